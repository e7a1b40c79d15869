"""The daemon's state as values for `status`, other programs and systemd."""

from typing import Any

from terminal.desk import Desk
from terminal.lanes.lane import Lane
from terminal.sync.thread import Sync
from verifier.clock import ClockReading
from verifier.model import FreshnessLimits, UnixSeconds
from verifier.verify import dated_at


def report(
    desk: Desk, lanes: list[Lane], sync: Sync, position: tuple[int | None, int | None]
) -> dict[str, object]:
    """Return everything that `scan-terminal status --json` shows of a running daemon.

    Args:
        desk: what the lanes share.
        lanes: all of them.
        sync: the terminal's.
        position: the journal's last entry and the last acknowledged one; None: it can't tell.
    """
    seq, acked = position
    reading, fault = desk.timekeeper.read(), desk.writer.fault
    return {
        "running": True,
        "terminal": desk.identity.terminal,
        "epoch": desk.identity.epoch,
        "clock": _clock(desk, reading),
        "journal": {"seq": seq, "acked": acked, "fault": None if fault is None else str(fault)},
        "value_stop": desk.value_stop or None,
        "sales": _sales(desk),
        "trust": _trust(desk, reading.now),
        "sync": {"state": sync.machine.state.value, "detail": sync.machine.detail},
        "lanes": [_lane(lane, freshness(desk, lane.profile_name, reading.now)) for lane in lanes],
    }


def _clock(desk: Desk, reading: ClockReading) -> dict[str, object]:
    standing = desk.timekeeper.standing()
    far = standing.far
    return {
        "quality": reading.quality.value,
        "uncertainty_s": reading.uncertainty_s,
        "state": standing.state.value,
        "floor": standing.floor,
        "far": None if far is None else {"source": far.source.value, "date": far.date},
    }


def _sales(desk: Desk) -> dict[str, object]:
    """Return whether the centre is asked, and what lanes sold today and the day before."""
    approvals = desk.till.approvals
    return {
        "approvals": "out" if approvals is not None and approvals.is_out else "asked",
        "days": [total.members() for total in desk.totals.told()],
    }


def _trust(desk: Desk, now: int) -> dict[str, object] | None:
    if desk.trust is None:
        return None
    issued_at = desk.trust.trusted.issued_at
    return {
        "version": desk.trust.version,
        "age_s": None if issued_at is None else max(0, now - issued_at),
        "status_lists": len(desk.trust.trusted.lists),
        "source": desk.trust.source,
        "expired": list(desk.trust.expired),
        "problems": list(desk.trust.problems),
    }


def freshness(desk: Desk, profile_name: str, now: UnixSeconds) -> dict[str, dict[str, Any]] | None:
    """Return how old keys and the oldest status list are, and how a lane's profile sees that."""
    trust, profile = desk.trust, desk.profile(profile_name)
    if trust is None or profile is None or trust.trusted.issued_at is None:
        return None
    trusted, issued_at = trust.trusted, trust.trusted.issued_at
    lists = (dated_at(each, trusted, is_foreign=False) for each in trusted.lists.values())
    return {
        "keys": _age(profile.keys_limits, issued_at, now),
        "status": _age(profile.status_limits, min(lists, default=issued_at), now),
    }


def _age(limits: FreshnessLimits, date: UnixSeconds, now: UnixSeconds) -> dict[str, Any]:
    age_s = max(0, now - date)
    return {"age_s": age_s, "state": limits.of(age_s).value}


def _lane(lane: Lane, fresh: dict[str, dict[str, Any]] | None) -> dict[str, object]:
    return {
        "name": lane.name,
        "profile": lane.profile_name,
        "freshness": fresh,
        "state": lane.machine.state.value,
        "trouble": lane.trouble,
        "dropped": lane.dropped,
        "counts": dict(lane.counts),
        "devices": [
            {
                "part": part.value,
                "device": told.device,
                "condition": told.condition.value,
                "detail": told.detail,
            }
            for part, told in lane.conditions
        ],
    }


def is_healthy(state: dict[str, object]) -> bool:
    """Return whether a report speaks of a terminal that does all its work."""
    match state:
        case {
            "running": True,
            "clock": {"quality": "trusted"},
            "journal": {"fault": None},
            "sync": {"state": "working"},
            "lanes": list() as lanes,
        } if state.get("value_stop") is None:
            return all(lane["state"] != "out-of-service" and not lane["trouble"] for lane in lanes)
        case _:
            return False
