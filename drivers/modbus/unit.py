"""One board on a bus: its relays as they were told to be, its inputs as they were read."""

from collections.abc import Callable, Iterator, Mapping

from drivers.back_off import BackOff
from drivers.base import Condition, DeliverContact, Report
from drivers.board import Member
from drivers.contacts import ContactWatch
from drivers.modbus.frames import Answer, Request, flash, read_inputs, switch
from drivers.modbus.talk import Talk, UnitFault
from drivers.outputs import OFF, Output, Wanted

# One frame in a thousand is spoilt on a long cable; twice in a row is a board that is gone.
TRIES = 2

# Exception codes by which a board says that it does not know the command, the coil or the value.
_UNKNOWN = frozenset({1, 2, 3})
_NO_FLASH = (
    "it does not time its pulses itself: a gate would stay open if this machine died meanwhile;"
    " a board with flash-on (coil 0200) closes it"
)


class Share(Member):
    """One driver's share of a bus: outputs, and maybe inputs, of one unit.

    Args:
        report: where its unit's condition is told.
        outputs: by channel, from 1.
        unit: the board's address.
        watch: the contacts at its inputs, from 1.
        deliver: where their changes go.
    """

    def __init__(
        self,
        report: Report,
        outputs: Mapping[int, Output],
        *,
        unit: int,
        watch: ContactWatch | None = None,
        deliver: DeliverContact | None = None,
    ) -> None:
        super().__init__(report, outputs)
        self.unit, self.watch, self._deliver = unit, watch, deliver

    def take(self, levels: Mapping[int, bool], now_ms: int) -> None:
        """Tell what follows from the levels of the unit's inputs."""
        if self.watch is not None and self._deliver is not None and not self.is_leaving:
            for event in self.watch.receive(levels, now_ms):
                self._deliver(event)


class Unit:
    """Serves one unit's shares; in the bus's thread alone.

    Args:
        number: its address.
        poll_ms: how often its inputs are read.
        tell: takes its number, its condition and why.
        monotonic_ms: the clock.
    """

    def __init__(
        self,
        number: int,
        *,
        poll_ms: int,
        tell: Callable[[int, Condition, str], None],
        monotonic_ms: Callable[[], int],
    ) -> None:
        self.number, self._poll_ms, self._tell = number, poll_ms, tell
        self._monotonic_ms = monotonic_ms
        self._back_off = BackOff()
        self._is_up, self._since_ms, self._retry_ms = False, 0, 0
        self._times_pulses = True  # until it refuses to
        self._has_asked = False
        self._states: dict[int, Wanted] = {}  # as it was told; what it times ends by itself
        self.poll_due_ms = monotonic_ms()

    def switch(self, talk: Talk, shares: tuple[Share, ...]) -> None:
        """Bring its relays to what they shall be; off first, those that were not told yet.

        Raises:
            UnitFault: it does not do so.
        """
        self._has_asked = False
        if not shares or not (self._is_up or self._monotonic_ms() >= self._retry_ms):
            return
        self._greet(talk, shares)
        for channel, output in _outputs(shares):
            wanted = output.wanted(self._monotonic_ms())
            if not _is_so(self._states[channel], wanted):
                self._set(talk, channel, wanted)

    def is_polled(self, shares: tuple[Share, ...]) -> bool:
        """Return whether its inputs are to be read now."""
        return (
            self._is_up
            and any(share.watch is not None for share in shares)
            and self._monotonic_ms() >= self.poll_due_ms
        )

    def poll(self, talk: Talk, shares: tuple[Share, ...]) -> None:
        """Read its inputs and tell what follows.

        Raises:
            UnitFault: it does not say.
        """
        self.poll_due_ms = self._monotonic_ms() + self._poll_ms
        self._read(talk, shares, tries=TRIES)

    def due_ms(self, shares: tuple[Share, ...]) -> int | None:
        """Return when it has to be served again, None: not by the time.

        After a request that is at once: a waking meanwhile was not heard.
        """
        if not shares:
            return None
        if self._has_asked:
            return self._monotonic_ms()
        if not self._is_up:
            return self._retry_ms
        now_ms = self._monotonic_ms()
        changes = [output.wanted(now_ms).until_ms for _, output in _outputs(shares)]
        due = [until_ms for until_ms in changes if until_ms is not None]
        if any(share.watch is not None for share in shares):
            due.append(self.poll_due_ms)
        return min(due, default=None)

    def fail(self, why: str) -> None:
        """Take it for gone; what it was told counts no more."""
        now_ms = self._monotonic_ms()
        self._retry_ms = now_ms + self._back_off.wait_ms(now_ms - self._since_ms)
        self._is_up = False
        self._states.clear()
        self._tell(self.number, Condition.DOWN, why)

    def end(self, talk: Talk) -> None:
        """Switch all off, if it is there."""
        try:
            for channel in self._states:
                self._ask(talk, switch(self.number, channel, is_on=False))
        except UnitFault as fault:
            self.fail(str(fault))

    def _greet(self, talk: Talk, shares: tuple[Share, ...]) -> None:
        """Switch off what was not told yet; one that comes back begins anew."""
        if not self._is_up:
            self._since_ms = self._monotonic_ms()
        tries = TRIES if self._is_up else 1  # the others wait for as long
        for channel, _ in _outputs(shares):
            if channel not in self._states:
                request = switch(self.number, channel, is_on=False)
                self._accepted(self._ask(talk, request, tries=tries), channel)
                self._states[channel] = OFF
        if not self._is_up:
            for share in shares:
                if share.watch is not None:
                    share.watch.lose()
            self._read(talk, shares, tries=tries)
            self._is_up = True
            self._tell_up()

    def _set(self, talk: Talk, channel: int, wanted: Wanted) -> None:
        if wanted.until_ms is not None and wanted.is_on and self._times_pulses:
            left_ms = max(1, wanted.until_ms - self._monotonic_ms())
            answer = self._ask(talk, flash(self.number, channel, left_ms))
            if answer.refusal not in _UNKNOWN:
                self._accepted(answer, channel)
                self._states[channel] = wanted
                return
            self._times_pulses = False
            self._tell_up()
        request = switch(self.number, channel, is_on=wanted.is_on)
        self._accepted(self._ask(talk, request), channel)
        self._states[channel] = Wanted(is_on=wanted.is_on, said=wanted.said)

    def _read(self, talk: Talk, shares: tuple[Share, ...], *, tries: int) -> None:
        numbers = [number for each in shares if each.watch for number in each.watch.numbers]
        if not numbers:
            return
        answer = self._ask(talk, read_inputs(self.number, max(numbers)), tries=tries)
        if answer.refusal:
            raise UnitFault(
                f"unit {self.number} has no inputs up to {max(numbers)} (exception"
                f" {answer.refusal}): look at its manual, and at inputs in the settings"
            )
        now_ms = self._monotonic_ms()
        for share in shares:
            share.take(dict(enumerate(answer.bits, start=1)), now_ms)

    def _accepted(self, answer: Answer, channel: int) -> None:
        if answer.refusal:
            raise UnitFault(
                f"unit {self.number} has no relay {channel}, or can't switch it (exception"
                f" {answer.refusal}): look at its manual, and at channel in the settings"
            )

    def _ask(self, talk: Talk, request: Request, *, tries: int = TRIES) -> Answer:
        self._has_asked = True
        return talk.ask(request, tries=tries)

    def _tell_up(self) -> None:
        self._tell(self.number, Condition.UP, "" if self._times_pulses else _NO_FLASH)


def _outputs(shares: tuple[Share, ...]) -> Iterator[tuple[int, Output]]:
    return (pair for share in shares for pair in share.outputs.items())


def _is_so(state: Wanted, wanted: Wanted) -> bool:
    """Return whether a relay is as it shall be, for as long as it shall be so by itself.

    One that times its pulse is told again when that is prolonged or is to be held, and told to
    be off at its end, in case that it did not understand.
    """
    if state.is_on is not wanted.is_on or state.said != wanted.said:
        return False
    if not state.is_on or state.until_ms is None:
        return True
    return wanted.until_ms is not None and wanted.until_ms <= state.until_ms
