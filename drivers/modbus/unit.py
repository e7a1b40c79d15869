"""One board on a bus: its relays as they were told to be, its inputs as they were read."""

from collections.abc import Callable, Iterator

from drivers.back_off import BackOff
from drivers.base import Condition
from drivers.modbus.frames import Answer, Request, flash, read_inputs, switch
from drivers.modbus.refusals import Refusals
from drivers.modbus.share import Share
from drivers.modbus.talk import Talk, UnitFault
from drivers.outputs import OFF, Output, Wanted

# One frame in a thousand is spoilt on a long cable; twice in a row is a board that is gone.
TRIES = 2

# Exception codes by which a board says that it does not know the command, the coil or the value.
# They are of what was asked for; others (busy, broken) are of the board.
_UNKNOWN = frozenset({1, 2, 3})
_NO_FLASH = (
    "it does not time its pulses itself: a gate would stay open if this machine died meanwhile;"
    " a board with flash-on (coil 0200) closes it"
)


class Unit:
    """Serves one unit's shares; in the bus's thread alone.

    Args:
        number: its address.
        port: the bus's, for the words told.
        poll_ms: how often its inputs are read.
        tell: takes a share, its condition and why.
        monotonic_ms: the clock.
    """

    def __init__(
        self,
        number: int,
        *,
        port: str,
        poll_ms: int,
        tell: Callable[[Share, Condition, str], None],
        monotonic_ms: Callable[[], int],
    ) -> None:
        self.number, self._port, self._poll_ms, self._tell = number, port, poll_ms, tell
        self._monotonic_ms = monotonic_ms
        self._back_off = BackOff()
        self._is_up, self._since_ms, self._retry_ms, self._why = False, 0, 0, ""
        self._times_pulses = True  # until it refuses to
        self._has_asked = False
        self._states: dict[int, Wanted] = {}  # as it was told; what it times ends by itself
        self._relays, self._inputs = Refusals[int](), Refusals[Share]()
        self.poll_due_ms = monotonic_ms()

    def switch(self, talk: Talk, shares: tuple[Share, ...]) -> None:
        """Bring its relays to what they shall be; off first, those that were not told yet.

        Raises:
            UnitFault: it does not do so.
        """
        self._has_asked = False
        self._relays.keep({channel for channel, _ in _outputs(shares)})
        self._inputs.keep(shares)
        if shares and (self._is_up or self._monotonic_ms() >= self._retry_ms):
            self._greet(talk, shares)
            self._tell_all(shares)  # before anything is on: who leaves then is waited for
            for channel, output in _outputs(shares):
                wanted = output.wanted(self._monotonic_ms())
                if channel in self._states and not _is_so(self._states[channel], wanted):
                    self._set(talk, channel, wanted)
        self._tell_all(shares)

    def is_polled(self, shares: tuple[Share, ...]) -> bool:
        """Return whether its inputs are to be read now."""
        return (
            self._is_up
            and self._monotonic_ms() >= self.poll_due_ms
            and bool(self._readable(shares))
        )

    def poll(self, talk: Talk, shares: tuple[Share, ...]) -> None:
        """Read its inputs and tell what follows.

        Raises:
            UnitFault: it does not say.
        """
        self.poll_due_ms = self._monotonic_ms() + self._poll_ms
        self._read(talk, shares, tries=TRIES)
        self._tell_all(shares)

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
        return min((*self._relays_due(shares), *self._inputs_due(shares)), default=None)

    def fail(self, why: str, shares: tuple[Share, ...]) -> None:
        """Take it for gone; what it was told and what it refused count no more."""
        now_ms = self._monotonic_ms()
        self._retry_ms = now_ms + self._back_off.wait_ms(now_ms - self._since_ms)
        self._is_up, self._why = False, why
        self._states.clear()
        self._relays.keep(())
        self._inputs.keep(())
        self._tell_all(shares)

    def end(self, talk: Talk) -> None:
        """Switch all off, if it is there.

        Raises:
            UnitFault: it is not.
        """
        for channel in self._states:
            self._ask(talk, switch(self.number, channel, is_on=False))

    def _greet(self, talk: Talk, shares: tuple[Share, ...]) -> None:
        """Switch off what was not told yet; one that comes back begins anew."""
        if not self._is_up:
            self._since_ms = self._monotonic_ms()
        tries = TRIES if self._is_up else 1  # the others wait for as long
        for channel, _ in _outputs(shares):
            if channel not in self._states and self._monotonic_ms() >= self._relays.retry_ms(
                channel
            ):
                request = switch(self.number, channel, is_on=False)
                self._note(self._ask(talk, request, tries=tries), channel, OFF)
        if not self._is_up:
            for share in shares:
                share.lose()
            self._read(talk, shares, tries=tries)
            self._is_up = True

    def _set(self, talk: Talk, channel: int, wanted: Wanted) -> None:
        if wanted.until_ms is not None and wanted.is_on and self._times_pulses:
            left_ms = max(1, wanted.until_ms - self._monotonic_ms())
            answer = self._ask(talk, flash(self.number, channel, left_ms))
            if answer.refusal not in _UNKNOWN:
                self._note(answer, channel, wanted)
                return
            self._times_pulses = False
        request = switch(self.number, channel, is_on=wanted.is_on)
        told = Wanted(is_on=wanted.is_on, said=wanted.said)
        self._note(self._ask(talk, request), channel, told)

    def _read(self, talk: Talk, shares: tuple[Share, ...], *, tries: int) -> None:
        """Read up to the highest input; as far as that is refused, up to the next one's."""
        readable = self._readable(shares)
        while readable:
            count = max(share.last_input for share in readable)
            answer = self._ask(talk, read_inputs(self.number, count), tries=tries)
            if not answer.refusal:
                self._take(answer, readable)
                return
            why = self._refused(answer, f"input {count}", "inputs")
            for share in readable:
                if share.last_input == count:
                    share.lose()
                    self._inputs.refuse(share, why, self._monotonic_ms())
            readable = [share for share in readable if share.last_input < count]

    def _take(self, answer: Answer, shares: list[Share]) -> None:
        now_ms = self._monotonic_ms()
        for share in shares:
            self._inputs.take(share, now_ms)
            share.take(dict(enumerate(answer.bits, start=1)), now_ms)

    def _readable(self, shares: tuple[Share, ...]) -> list[Share]:
        """Return those whose inputs are not refused, or to be tried again."""
        now_ms = self._monotonic_ms()
        watched = (share for share in shares if share.watch is not None)
        return [share for share in watched if now_ms >= self._inputs.retry_ms(share)]

    def _relays_due(self, shares: tuple[Share, ...]) -> Iterator[int]:
        now_ms = self._monotonic_ms()
        for channel, output in _outputs(shares):
            until_ms = output.wanted(now_ms).until_ms
            if self._relays.why(channel):
                yield self._relays.retry_ms(channel)
            elif until_ms is not None:
                yield until_ms

    def _inputs_due(self, shares: tuple[Share, ...]) -> Iterator[int]:
        for share in shares:
            if share.watch is not None:
                yield max(self.poll_due_ms, self._inputs.retry_ms(share))

    def _note(self, answer: Answer, channel: int, told: Wanted) -> None:
        """Note what a relay was told, or that the board refused it."""
        now_ms = self._monotonic_ms()
        if answer.refusal:
            why = self._refused(answer, f"relay {channel}", "channel or lamps")
            self._states.pop(channel, None)
            self._relays.refuse(channel, why, now_ms)
        else:
            self._states[channel] = told
            self._relays.take(channel, now_ms)

    def _refused(self, answer: Answer, what: str, setting: str) -> str:
        """Return why a number is refused.

        Raises:
            UnitFault: it is for the whole board's sake.
        """
        unit = f"unit {self.number} on {self._port}"
        if answer.refusal not in _UNKNOWN:
            raise UnitFault(
                f"{unit} can't serve {what} (exception {answer.refusal}): look at its manual, and"
                " at its supply"
            )
        return (
            f"{unit} has no {what} (exception {answer.refusal}): correct {setting}, or unit, in"
            " the settings"
        )

    def _ask(self, talk: Talk, request: Request, *, tries: int = TRIES) -> Answer:
        self._has_asked = True
        return talk.ask(request, tries=tries)

    def _tell_all(self, shares: tuple[Share, ...]) -> None:
        """Tell each share how it stands; the bus passes on what is new."""
        for share in shares:
            if not self._is_up:
                if self._why:
                    self._tell(share, Condition.DOWN, self._why)
            elif why := self._why_not(share):
                self._tell(share, Condition.DOWN, why)
            else:
                self._tell(share, Condition.UP, "" if self._times_pulses else _NO_FLASH)

    def _why_not(self, share: Share) -> str:
        """Return which of its numbers is refused; empty: none."""
        refused = (self._relays.why(channel) for channel in sorted(share.outputs))
        return next(filter(None, (*refused, self._inputs.why(share))), "")


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
