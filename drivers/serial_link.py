"""A thread that keeps one serial port open, for scanners, relays and answer lines alike."""

from collections.abc import Callable

from drivers.condition import ConditionTeller
from drivers.device_link import DeviceLink
from drivers.serial_port import Line, SerialPort


class SerialLink(DeviceLink[SerialPort]):
    """A link whose port is UP as soon as it is open.

    Args:
        session: what is done on an open port; as a `DeviceLink`'s, but UP is told before it.
        is_up_when_open: False where more than an open port is needed; the session tells UP then.
        open_port: opens it; the bench brings one that notes when octets are written.
    """

    def __init__(
        self,
        *,
        port: str,
        line: Line,
        monotonic_ms: Callable[[], int],
        session: Callable[[SerialPort, ConditionTeller], None],
        open_port: Callable[[str, Line], SerialPort] = SerialPort,
        is_up_when_open: bool = True,
    ) -> None:
        def told(opened: SerialPort, teller: ConditionTeller) -> None:
            if is_up_when_open:
                teller.up()
            session(opened, teller)

        super().__init__(
            name=port,
            open_device=lambda: open_port(port, line),
            session=told,
            monotonic_ms=monotonic_ms,
        )
