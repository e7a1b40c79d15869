"""What the terminal knows, how old that is, and what of its own the centre knows."""

from collections.abc import Iterable, Sequence

from terminal.desk import Desk
from terminal.metrics import names
from terminal.metrics.metric import Family, Sample, family, one_hot, single
from terminal.metrics.of_lanes import MeasuredLane
from terminal.sync.machine import SyncState
from terminal.sync.thread import Sync
from verifier.clock import ClockQuality, ClockState
from verifier.model import Freshness, FreshnessLimits, UnixSeconds
from verifier.verify import dated_at

Position = tuple[int | None, int | None]
"""The journal's last entry and the last acknowledged one; None: it can't tell."""


def journal_families(desk: Desk, position: Position) -> list[Family]:
    """Return how far the journal and the centre's knowledge of it are."""
    seq, acked = position
    told = [
        single(names.JOURNAL_FAULT, float(desk.writer.fault is not None)),
        single(names.VALUE_STOP, float(desk.value_stop != "")),
    ]
    if seq is not None:
        told.append(single(names.JOURNAL_LAST, seq))
    if acked is not None:
        told.append(single(names.JOURNAL_ACKED, acked))
    if seq is not None and acked is not None:
        told.append(single(names.JOURNAL_PENDING, max(0, seq - acked)))
    return told


def sync_families(desk: Desk, sync: Sync) -> list[Family]:
    """Return how the sync and the centre's word on sales stand."""
    states = [state.value for state in SyncState]
    approvals = desk.till.approvals
    is_out = approvals is not None and approvals.is_out
    return [
        family(names.SYNC_STATE, one_hot(names.SYNC_STATE, (), states, sync.machine.state.value)),
        single(names.SYNC_SUCCESS, sync.last_success_at),
        single(names.BREAKER, float(is_out)),
    ]


def clock_families(desk: Desk) -> list[Family]:
    """Return what decisions know of the time."""
    reading, standing = desk.timekeeper.read(), desk.timekeeper.standing()
    states = [state.value for state in ClockState]
    return [
        single(names.CLOCK_TRUSTED, float(reading.quality is ClockQuality.TRUSTED)),
        family(names.CLOCK_STATE, one_hot(names.CLOCK_STATE, (), states, standing.state.value)),
        single(names.CLOCK_UNCERTAINTY, reading.uncertainty_s),
        single(names.CLOCK_TIME, reading.now),
    ]


def trust_families(desk: Desk, lanes: Sequence[MeasuredLane]) -> list[Family]:
    """Return how old keys and status lists are, and how each lane's profile sees that."""
    trust, now = desk.trust, desk.timekeeper.read().now
    if trust is None:
        return [single(names.TRUST_VERSION, 0), single(names.TRUST_LISTS, 0)]
    dates = _dates(desk)
    aged = [(lane.name, of, date, now - date) for lane in lanes for of, date in dates]
    return [
        single(names.TRUST_VERSION, trust.version),
        single(names.TRUST_LISTS, len(trust.trusted.lists)),
        family(
            names.LIST_ISSUED, [Sample(labels=(lane, of), value=date) for lane, of, date, _ in aged]
        ),
        family(
            names.LIST_AGE,
            [Sample(labels=(lane, of), value=max(0, age_s)) for lane, of, _, age_s in aged],
        ),
        family(names.LIST_STATE, [each for lane in lanes for each in _states(desk, lane, now)]),
    ]


def _dates(desk: Desk) -> list[tuple[str, UnixSeconds]]:
    """Return when the keys, and the oldest of the status lists, were issued."""
    trust = desk.trust
    if trust is None or trust.trusted.issued_at is None:
        return []
    trusted, issued_at = trust.trusted, trust.trusted.issued_at
    lists = (dated_at(each, trusted, is_foreign=False) for each in trusted.lists.values())
    return [("keys", issued_at), ("status", min(lists, default=issued_at))]


def _states(desk: Desk, lane: MeasuredLane, now: UnixSeconds) -> Iterable[Sample]:
    profile = desk.profile(lane.profile_name)
    if profile is None:
        return
    limits: dict[str, FreshnessLimits] = {
        "keys": profile.keys_limits,
        "status": profile.status_limits,
    }
    known = [state.value for state in Freshness]
    for of, date in _dates(desk):
        state = limits[of].of(max(0, now - date)).value
        yield from one_hot(names.LIST_STATE, (lane.name, of), known, state)
