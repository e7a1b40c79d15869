"""A serial scanner: an engine that decodes by itself and sends what it read."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from enum import Enum

from drivers.base import Deliver, DeviceLost, Report, Signal
from drivers.condition import ConditionTeller
from drivers.framing.base import Frame, Framing, LineFault, Message, Outcome, Reply
from drivers.framing.delimited import Delimited
from drivers.serial_line.answers import AnswerCutter
from drivers.serial_line.commands import Action, Commands
from drivers.serial_line.content import Content
from drivers.serial_line.health import LineHealth
from drivers.serial_line.heartbeat import Heartbeat
from drivers.serial_line.sending import Sending
from drivers.serial_line.users import other_users
from drivers.serial_link import SerialLink
from drivers.serial_port import Line, SerialPort
from drivers.steady import Steady

_ACK, _NAK = b"\x06", b"\x15"

# By then the person it was meant for has gone on, and it would be taken for the next one's.
SIGNAL_AGE_MS_MAX = 2_000


class Acknowledge(Enum):
    """Whether a scanner waits to hear that its code has come."""

    NONE = "none"  # or the framing does it, as SSI's
    OCTET = "ack"  # 06 for a code, 15 for one that came damaged


class SerialScanner:
    """Reads codes from a scanner on a serial port; a `Scanner`, and `Signalling`.

    Engines repeat a code as long as it is held before them, hence the hold-off. The port is
    DOWN when it is missing, when nothing but noise comes, when the scanner gives no sign of
    life or takes no commands; it is read all the while, and UP at the first good code.

    Args:
        port: a path, best one under /dev/serial/by-id, which stays when ports are renumbered.
        line: how it is set up.
        framing: how codes are marked off in the stream.
        content: what the scanner puts around a code's octets.
        commands: what the scanner is told.
        acknowledge: what it waits for.
        hold_off_ms: how long a code must be away before it counts as shown again; 0 = at once.
        monotonic_ms: the clock of `ScannedCode.seen_ms` and `read_ms`.
    """

    def __init__(  # noqa: PLR0913  # a device's settings, each by its name
        self,
        *,
        port: str,
        line: Line | None = None,
        framing: Framing | None = None,
        content: Content | None = None,
        commands: Commands | None = None,
        acknowledge: Acknowledge = Acknowledge.NONE,
        hold_off_ms: int = 1000,
        monotonic_ms: Callable[[], int],
    ) -> None:
        self._name = port
        self._content = content or Content()
        self._commands = commands or Commands()
        self._acknowledge = acknowledge
        self._stream = AnswerCutter(framing or Delimited(), self._commands.answers)
        self._sending = Sending(self._commands.octet_pause_ms)
        self._health = LineHealth()
        self._heartbeat = _heartbeat(self._commands)
        self._steady = Steady(hold_off_ms)
        self._monotonic_ms = monotonic_ms
        self._link = SerialLink(
            port=port, line=line or Line(), monotonic_ms=monotonic_ms, session=self._session
        )
        self._deliver: Deliver | None = None
        self._trigger_ms: int | None = None
        self._lock = threading.Lock()
        self._signal: tuple[Signal, int] | None = None  # the latest, and when it was given
        self._teller: ConditionTeller | None = None  # of the port that is open
        self._told = ""  # the trouble told last, before the names of other users

    @property
    def faults(self) -> Counter[LineFault]:
        """What was dropped since the start, by kind."""
        return self._health.faults

    def start(self, deliver: Deliver, report: Report) -> None:
        """Begin to read; returns at once. A missing device is reported, never raised."""
        self._deliver = deliver
        self._link.start(report)

    def forget(self) -> None:
        """Take what is in view as new again: what was delivered could not be used."""
        self._steady.forget()

    def signal(self, signal: Signal) -> None:
        """Have the scanner show it, if it has a command for it; from any thread."""
        with self._lock:
            self._signal = (signal, self._monotonic_ms())
        self._link.wake()

    def stop(self) -> None:
        """End the reading and free the port; returns when the thread is gone."""
        self._link.stop()

    def _session(self, port: SerialPort, teller: ConditionTeller) -> None:
        self._teller = teller
        self._begin(self._monotonic_ms())
        while not self._link.is_stopping:
            now_ms = self._monotonic_ms()
            self._tick(now_ms)
            octets = self._sending.ready(now_ms)
            ready = self._link.wait(
                port, to_write=bool(octets), timeout_ms=self._timeout_ms(now_ms)
            )
            self._receive(self._came(port) if ready.to_read else b"", self._monotonic_ms())
            if ready.to_write:
                self._write(port, octets)
            self._tell()
        self._end(port)

    def _came(self, port: SerialPort) -> bytes:
        octets = port.read()
        if not octets:
            self._fault(LineFault.TAKEN, self._monotonic_ms())
        return octets

    def _begin(self, now_ms: int) -> None:
        """Begin with a port just opened; what was cut off by its last end will never come."""
        self._stream.reset()
        self._sending.clear()
        self._health.reset()
        self._told = ""
        if self._heartbeat is not None:
            self._heartbeat.begin(now_ms)
        self._set_up(now_ms)
        every_ms = self._commands.trigger_ms
        self._trigger_ms = now_ms + every_ms if every_ms else None

    def _set_up(self, now_ms: int) -> None:
        """Have the scanner's settings sent, and no command that waited.

        They stand in its memory alone: they are gone whenever it was without power, though the
        port, its adapter's, stayed.
        """
        self._sending.clear_commands()
        for octets in self._commands.starting():
            self._sending.put(octets, now_ms, is_setting=True)

    def _write(self, port: SerialPort, octets: bytes) -> None:
        now_ms = self._monotonic_ms()
        was_stuck = self._sending.is_stuck(now_ms)
        count = port.write_some(octets)
        self._sending.wrote(count, now_ms)
        if count:
            self._stream.expect(now_ms)
            if was_stuck:
                self._set_up(now_ms)

    def _end(self, port: SerialPort) -> None:
        """Tell the scanner to stop; a line that takes nothing must not hold up the closing."""
        try:
            if self._sending.is_stuck(self._monotonic_ms()):
                port.discard_output()
            elif octets := self._commands.stopping():
                port.write_some(octets)
        except DeviceLost:
            return  # it is gone already, and told nothing more

    def _tick(self, now_ms: int) -> None:
        """Have sent what the time or somebody asks for."""
        with self._lock:
            given, self._signal = self._signal, None
        if given is not None and now_ms - given[1] <= SIGNAL_AGE_MS_MAX:
            for octets in self._commands.of_signal(given[0]):
                self._sending.put(octets, now_ms)
        if self._heartbeat is not None and (query := self._heartbeat.tick(now_ms)):
            self._sending.put(query, now_ms)
        if self._trigger_ms is not None and now_ms >= self._trigger_ms:
            if not self._sending.is_waiting:  # else triggers hold up what matters
                self._sending.put(self._commands.actions[Action.TRIGGER_ON], now_ms)
            self._trigger_ms = now_ms + self._commands.trigger_ms

    def _timeout_ms(self, now_ms: int) -> int | None:
        dues = (
            self._stream.due_ms,
            self._sending.due_ms(now_ms),
            self._trigger_ms,
            None if self._heartbeat is None else self._heartbeat.due_ms,
        )
        due_ms = min((due for due in dues if due is not None), default=None)
        return None if due_ms is None else max(0, due_ms - now_ms)

    def _receive(self, octets: bytes, now_ms: int) -> None:
        self._take(self._stream.receive(octets, now_ms), now_ms)

    def _take(self, outcomes: Iterable[Outcome], now_ms: int) -> None:
        for outcome in outcomes:
            match outcome:
                case Frame():
                    self._read(outcome, now_ms)
                case LineFault():
                    self._fault(outcome, now_ms)
                    if outcome.is_of_line:
                        self._answer(_NAK, now_ms)
                case Message():
                    self._live(now_ms)
                case Reply():
                    self._sending.put(outcome.octets, now_ms, is_urgent=True)

    def _read(self, frame: Frame, now_ms: int) -> None:
        self._answer(_ACK, now_ms)
        self._live(now_ms)
        payload = self._content.read(frame.payload)
        if isinstance(payload, LineFault):
            self._fault(payload, now_ms)
            return
        self._health.good(now_ms)
        self._tell()  # first, so that a lane is in service when the code comes
        self._hand_over(payload, frame.began_ms, now_ms)

    def _fault(self, fault: LineFault, now_ms: int) -> None:
        """Note it; where it makes trouble the scanner may have lost its settings."""
        was_well = not self._health.trouble
        self._health.fault(fault, now_ms)
        if was_well and self._health.trouble:
            self._set_up(now_ms)

    def _answer(self, octets: bytes, now_ms: int) -> None:
        if self._acknowledge is Acknowledge.OCTET:
            self._sending.put(octets, now_ms, is_urgent=True)

    def _live(self, now_ms: int) -> None:
        if self._heartbeat is None:
            return
        if self._heartbeat.is_dead:
            self._set_up(now_ms)
        self._heartbeat.heard(now_ms)

    def _hand_over(self, payload: bytes, seen_ms: int, now_ms: int) -> None:
        if self._deliver is None:
            return
        for code in self._steady.receive_one(
            payload, engine="serial", seen_ms=seen_ms, read_ms=now_ms
        ):
            self._deliver(code)

    def _tell(self) -> None:
        """Tell what is wrong, if that is another thing than was told last."""
        trouble = self._trouble()
        if self._teller is None or trouble == self._told:
            return
        self._told = trouble
        if not trouble:
            self._teller.up()
            return
        others = other_users(self._name)
        more = f"; {others} has the port open too and takes octets away: end it" if others else ""
        self._teller.down(f"scanner {self._name}: {trouble}{more}")

    def _trouble(self) -> str:
        if self._sending.is_stuck(self._monotonic_ms()):
            return "it takes no commands: check cable and flow control"
        if self._heartbeat is not None and self._heartbeat.is_dead:
            return "it does not answer: check its power, its cable and the baud rate"
        return self._health.trouble


def _heartbeat(commands: Commands) -> Heartbeat | None:
    return Heartbeat(commands.query, commands.query_ms) if commands.query_ms else None
