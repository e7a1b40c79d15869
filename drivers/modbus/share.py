"""One driver's share of a Modbus bus."""

from collections.abc import Mapping

from drivers.base import DeliverContact, DeviceReport, Report
from drivers.board import Member
from drivers.contacts import ContactWatch
from drivers.outputs import Output


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
        # Of the unit, since the port was opened; under the bus's lock.
        self.told: DeviceReport | None = None

    @property
    def last_input(self) -> int:
        """The highest input of its contacts; 0: it has none."""
        return max(self.watch.numbers) if self.watch is not None else 0

    def lose(self) -> None:
        """Know nothing of its contacts' levels any more."""
        if self.watch is not None:
            self.watch.lose()

    def take(self, levels: Mapping[int, bool], now_ms: int) -> None:
        """Tell what follows from the levels of the unit's inputs."""
        if self.watch is not None and self._deliver is not None and not self.is_leaving:
            for event in self.watch.receive(levels, now_ms):
                self._deliver(event)
