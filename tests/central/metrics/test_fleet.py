import json

import pytest

from central.metrics.exposition import METRICS
from central.metrics.fleet import FRESH_S_MIN, Fleet, FleetWatch, Trouble, look_at_fleet
from central.records import TerminalState
from central.reports import SILENT_S
from tests.central.peers import START
from tests.central.stores import Held
from verifier.model import UnixSeconds

WELL = {"clock": "trusted", "trust": 0, "journal_fault": None, "sync": "working", "parted": False}


def looked(held: Held, *, now: int = START) -> Fleet:
    return look_at_fleet(held.store, ("outlet",), UnixSeconds(now))


def troubles(fleet: Fleet) -> set[Trouble]:
    return {trouble for trouble, count in fleet.by_trouble.items() if count}


def test_centre_without_terminals_has_no_troubles(held: Held) -> None:
    fleet = looked(held)
    assert fleet.by_status == dict.fromkeys(TerminalState, 0)
    assert (troubles(fleet), fleet.entries_held, fleet.projector_behind) == (
        set(),
        0,
        {"outlet": 0},
    )


def test_terminal_is_silent_after_a_quarter_of_an_hour_and_not_before(held: Held) -> None:
    held.enrol("gate-1")
    seen = held.now
    held.store.health.keep("gate-1", json.dumps(WELL), seen)
    assert troubles(looked(held, now=seen + SILENT_S - 1)) == set()
    assert troubles(looked(held, now=seen + SILENT_S)) == {Trouble.SILENT}  # as pages and reports


@pytest.mark.parametrize(
    ("told", "trouble"),
    [
        ({"clock": "untrusted"}, Trouble.CLOCK),
        ({"journal_fault": "the disk is full"}, Trouble.JOURNAL),
        ({"parted": True}, Trouble.PARTED),
        ({"trust": None}, Trouble.TRUST),
        ({"lanes_out": 1}, Trouble.LANES),
        ({"scanners_down": 1}, Trouble.DEVICES),
        ({"devices_down": 2}, Trouble.DEVICES),
        ({"scanners_poor": 1}, Trouble.CAMERA),
        ({"lists": "stale"}, Trouble.LISTS),
        ({"lists": "none"}, Trouble.LISTS),
    ],
)
def test_what_a_terminal_tells_of_itself_is_counted(
    held: Held, told: dict[str, object], trouble: Trouble
) -> None:
    held.enrol("gate-1")
    held.store.health.keep("gate-1", json.dumps(WELL | told), held.now)
    assert troubles(looked(held)) == {trouble}


def test_what_a_read_model_has_not_taken_in_is_told(held: Held) -> None:
    held.enrol("gate-1")
    held.bring("gate-1", {}, {}, {})
    fleet = look_at_fleet(held.store, ("reports",), held.now)
    assert (fleet.entries_held, fleet.projector_behind) == (3, {"reports": 3})
    held.project()
    assert look_at_fleet(held.store, ("reports",), held.now).projector_behind == {"reports": 0}


def test_fleet_is_looked_through_no_more_than_a_twentieth_of_the_time() -> None:
    ticks, looks = [0.0], list[float]()
    fleet = Fleet(
        by_status={},
        by_trouble={},
        entries_held=0,
        entries_behind=0,
        published_version=0,
        published_at=UnixSeconds(0),
        projector_behind={},
    )

    def look() -> Fleet:
        looks.append(ticks[0])
        ticks[0] += 2.0
        return fleet

    watch = FleetWatch(look, lambda: ticks[0])
    watch.fleet()
    for moment in (2.0 + FRESH_S_MIN, 41.9, 42.0):
        ticks[0] = moment
        watch.fleet()
    assert looks == [0.0, 42.0]


def test_page_has_every_metric_of_the_centre(docs_of_metrics: str) -> None:
    for name, (label, told) in METRICS.items():
        labels = f"`{label}`" if label else ""
        assert f"| `scan_central_{name}` | gauge | {labels} | {told} |" in docs_of_metrics
