"""A Modbus RTU bus: one port, one thread, several boards, the lanes that use them."""

from collections.abc import Callable, Mapping

from drivers.base import Condition, DeviceReport
from drivers.board import Board
from drivers.condition import ConditionTeller
from drivers.device_link import DeviceLink
from drivers.modbus.share import Share
from drivers.modbus.talk import Talk, UnitFault
from drivers.modbus.unit import Unit
from drivers.serial_port import Line, SerialPort

# How often inputs are read. A read takes some 25 ms at 9600 baud: two of them find a contact that
# lasts 50 ms, and what bounces less than SETTLE_MS is not told.
POLL_MS = 20


class ModbusBus(Board[SerialPort, Share]):
    """Boards on one serial port; what fails of one keeps the others from nothing.

    Openings come before readings. A unit that does not answer is asked again with back-off, from
    0.2 s to 5 s, each time for ANSWER_MS_MAX, which the others then wait at most. A number that a
    unit does not have is the trouble of who named it, and tried again likewise.

    Args:
        port: the bus's tty.
        line: how it is set up; all units alike.
        poll_ms: how often inputs are read.
        monotonic_ms: the clock.
    """

    def __init__(
        self,
        *,
        port: str,
        line: Line,
        poll_ms: int = POLL_MS,
        monotonic_ms: Callable[[], int],
        open_port: Callable[[str, Line], SerialPort] = SerialPort,
    ) -> None:
        super().__init__(
            name=port, open_device=lambda: open_port(port, line), monotonic_ms=monotonic_ms
        )
        self._baud, self._poll_ms = line.baud, poll_ms

    def _check(self, member: Share) -> None:
        for other in self._members:
            twice = set(other.outputs) & set(member.outputs)
            if twice and other.unit == member.unit:
                raise ValueError(f"relay {min(twice)} of unit {member.unit} has a driver already")

    def _is_reached(self, member: Share) -> bool:
        """Return whether the bus is served: the next round lets go of who leaves."""
        return member.told is not None

    def _tell(self, report: DeviceReport) -> None:
        """Tell of the port what concerns everybody; that it is open says nothing of its units."""
        if report.condition is Condition.UP:
            report = DeviceReport(device=self._name, condition=Condition.STARTING, detail="")
        with self._lock:
            for member in self._members:
                member.told = None
        if report != self._told:
            super()._tell(report)

    def _tell_share(self, share: Share, condition: Condition, detail: str) -> None:
        device = f"{self._name} unit {share.unit}"
        report = DeviceReport(device=device, condition=condition, detail=detail)
        with self._lock:
            if share in self._members and share.told != report:
                share.told = report
                share.report(report)

    def _serve(
        self, link: DeviceLink[SerialPort], device: SerialPort, teller: ConditionTeller
    ) -> None:
        teller.up()
        clock = self._monotonic_ms
        talk = Talk(link=link, port=device, name=self._name, baud=self._baud, monotonic_ms=clock)
        units: dict[int, Unit] = {}
        while not link.is_stopping:
            due_ms = self._round(talk, units)
            timeout_ms = None if due_ms is None else max(0, due_ms - clock())
            if link.wait(device, timeout_ms=timeout_ms).to_read:
                device.read()  # nobody was asked: noise, or an answer that comes too late
        shares = _by_unit(units, self._present())
        self._guard(shares, lambda unit: unit.end(talk))

    def _round(self, talk: Talk, units: dict[int, Unit]) -> int | None:
        """Serve every unit once; return when the next has to be, None: not by the time."""
        shares = self._present()
        leaving = [share for share in shares if share.is_leaving]
        for number in {share.unit for share in shares} - set(units):
            units[number] = Unit(
                number,
                port=self._name,
                poll_ms=self._poll_ms,
                tell=self._tell_share,
                monotonic_ms=self._monotonic_ms,
            )
        by_unit = _by_unit(units, shares)
        self._guard(by_unit, lambda unit: unit.switch(talk, by_unit[unit]))
        for share in leaving:
            share.left.set()
        polled = [unit for unit in units.values() if unit.is_polled(by_unit[unit])]
        if polled:
            first = min(polled, key=lambda unit: unit.poll_due_ms)
            self._guard({first: by_unit[first]}, lambda unit: unit.poll(talk, by_unit[unit]))
        due = (unit.due_ms(by_unit[unit]) for unit in units.values())
        return min((due_ms for due_ms in due if due_ms is not None), default=None)

    @staticmethod
    def _guard(
        by_unit: Mapping[Unit, tuple[Share, ...]],
        act: Callable[[Unit], None],
    ) -> None:
        """Let each unit act; what fails is that unit's trouble alone."""
        for unit, shares in by_unit.items():
            try:
                act(unit)
            except UnitFault as fault:
                unit.fail(str(fault), shares)


def _by_unit(units: Mapping[int, Unit], shares: tuple[Share, ...]) -> dict[Unit, tuple[Share, ...]]:
    return {
        unit: tuple(share for share in shares if share.unit == unit.number)
        for unit in units.values()
    }
