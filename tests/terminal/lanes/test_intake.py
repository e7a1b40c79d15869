"""What waits before a lane that is told to end."""

from drivers.base import ScannedCode
from drivers.clock import monotonic_ms
from terminal.lanes.intake import Intake


def code(payload: bytes) -> ScannedCode:
    now_ms = monotonic_ms()
    return ScannedCode(payload=payload, engine="serial", seen_ms=now_ms, read_ms=now_ms)


def test_a_lane_that_ends_serves_who_waits_and_takes_no_more() -> None:
    """Else a line that never falls silent would keep the terminal from ending."""
    intake = Intake("gate-1", forget=lambda: None)
    intake.put(code(b"waits"))
    intake.stop()
    intake.put(code(b"comes"))
    taken = intake.take()
    assert taken is not None
    assert taken.payload == b"waits"
    assert intake.take() is None
    assert intake.dropped == 0
