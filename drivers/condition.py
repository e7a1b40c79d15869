"""A device's condition, told when it changes and only then."""

from drivers.base import Condition, DeviceReport, Report


class ConditionTeller:
    """Hands on changes of one device's condition; call it from one thread."""

    def __init__(self, device: str, report: Report) -> None:
        self._device = device
        self._report = report
        self._last: DeviceReport | None = None

    def starting(self) -> None:
        """Tell that the device is being looked for."""
        self._tell(Condition.STARTING, "")

    def up(self, detail: str = "") -> None:
        """Tell that the device works, and in which respect it is not what was asked for."""
        self._tell(Condition.UP, detail)

    def down(self, detail: str) -> None:
        """Tell that the device does not work, and why; another reason is another change."""
        self._tell(Condition.DOWN, detail)

    def _tell(self, condition: Condition, detail: str) -> None:
        report = DeviceReport(device=self._device, condition=condition, detail=detail)
        if report != self._last:
            self._last = report
            self._report(report)
