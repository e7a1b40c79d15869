from drivers.base import Condition, DeviceReport
from drivers.condition import ConditionTeller


def test_only_changes_are_told() -> None:
    told: list[DeviceReport] = []
    teller = ConditionTeller("port", told.append)
    teller.starting()
    for _ in range(3):
        teller.up()
    for detail in ("gone", "gone", "busy"):
        teller.down(detail)
    teller.up()
    for detail in ("640 x 480", "640 x 480", ""):
        teller.up(detail)
    assert [(report.condition, report.detail) for report in told] == [
        (Condition.STARTING, ""),
        (Condition.UP, ""),
        (Condition.DOWN, "gone"),
        (Condition.DOWN, "busy"),
        (Condition.UP, ""),
        (Condition.UP, "640 x 480"),
        (Condition.UP, ""),
    ]
