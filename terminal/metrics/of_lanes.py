"""What the lanes say of themselves at an instant."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from drivers.base import Condition, DeviceReport
from terminal.lane_devices import Part
from terminal.lanes.machine import LaneState
from terminal.metrics import names
from terminal.metrics.metric import Family, Sample, family, one_hot

# A camera counts fifteen things, a serial line a few; a driver of others has no more of our memory.
SCANNER_EVENTS_MAX = 32


class MeasuredLane(Protocol):
    """A lane, as far as it is measured."""

    name: str
    profile_name: str

    @property
    def state(self) -> LaneState:
        """Return where it stands."""

    @property
    def trouble(self) -> str:
        """Return why it does not serve, or what is down."""

    @property
    def conditions(self) -> tuple[tuple[Part, DeviceReport], ...]:
        """Return what each device said last."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Return what befell the scanner."""

    @property
    def dropped(self) -> int:
        """Return how many codes were not taken."""


def lane_families(lanes: Sequence[MeasuredLane]) -> list[Family]:
    """Return how the lanes stand."""
    states = [state.value for state in LaneState]
    return [
        family(
            names.LANE_STATE,
            [
                sample
                for lane in lanes
                for sample in one_hot(names.LANE_STATE, (lane.name,), states, lane.state.value)
            ],
        ),
        family(
            names.LANE_TROUBLE,
            [Sample(labels=(lane.name,), value=float(lane.trouble != "")) for lane in lanes],
        ),
        family(names.DEVICES, [each for lane in lanes for each in _devices(lane)]),
        family(names.DEVICES_POOR, [each for lane in lanes for each in _poor(lane)]),
        family(names.SCANNER, [each for lane in lanes for each in _befell(lane)]),
        family(names.DROPPED, [Sample(labels=(lane.name,), value=lane.dropped) for lane in lanes]),
    ]


def _devices(lane: MeasuredLane) -> Iterable[Sample]:
    told = Counter((part, report.condition) for part, report in lane.conditions)
    for part in sorted({part for part, _ in told}, key=lambda each: each.value):
        for condition in Condition:
            place = (lane.name, part.value, condition.value)
            yield Sample(labels=place, value=told[part, condition])


def _poor(lane: MeasuredLane) -> Iterable[Sample]:
    poor = Counter[Part]({part: 0 for part, _ in lane.conditions})
    poor.update(
        part
        for part, report in lane.conditions
        if report.condition is Condition.UP and report.detail
    )
    return [Sample(labels=(lane.name, part.value), value=count) for part, count in poor.items()]


def _befell(lane: MeasuredLane) -> Iterable[Sample]:
    for event, count in list(lane.counts.items())[:SCANNER_EVENTS_MAX]:
        yield Sample(labels=(lane.name, event), value=count)
