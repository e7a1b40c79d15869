"""Terminals: the overview with its filters, one of them in detail, and taking one out."""

from collections import Counter
from collections.abc import Mapping

from central.histories import missing_of
from central.operators.audit import record
from central.operators.values import Act, Via
from central.pages.answers import PageCode, PageRefused
from central.pages.asked import Asked, checked, malformed
from central.pages.fleet import Seen, Sign, counts_of, seen_of
from central.projectors.entry import HOUR_S, Entry, read_entry
from central.projectors.tallies import VERDICT
from central.records import TerminalState
from central.store.health import Standing

PAGE_MAX = 100
PAGE_DEFAULT = 50
EVENTS_SHOWN = 50
# Older ones are on the terminal's own history; a terminal gets a new one when its disk is lost.
EPOCHS_SHOWN = 20
LANE_HOURS = 24
_SEARCH_MAX = 64
_REASON_MAX = 200
_LATEST = 1 << 53  # a page's numbers are exact up to there


def overview(asked: Asked) -> Mapping[str, object]:
    """Return how many terminals have what is wrong, and the page of those that are asked for."""
    fleet = asked.fleet.seen(asked.now)
    found = sorted(_chosen(asked, fleet), key=_ORDERS[_order(asked)])
    first = asked.number("first", default=0, largest=_LATEST)
    limit = asked.number("limit", default=PAGE_DEFAULT, largest=PAGE_MAX, smallest=1)
    return {
        "now": asked.now,
        "terminals": len(fleet),
        "well": sum(not each.signs for each in fleet),
        "waiting": sum(each.behind for each in fleet),
        "signs": counts_of(fleet),
        "found": len(found),
        "first": first,
        "page": [_row(each, asked.now) for each in found[first : first + limit]],
    }


def _order(asked: Asked) -> str:
    order = asked.query.get("order", "trouble")
    if order not in _ORDERS:
        raise malformed(f"order is one of {', '.join(_ORDERS)}")
    return order


def _chosen(asked: Asked, fleet: list[Seen]) -> list[Seen]:
    wanted, words = asked.query.get("sign", ""), asked.query.get("search", "").lower()
    if wanted not in {"", "well", *(sign.value for sign in Sign)} or len(words) > _SEARCH_MAX:
        raise malformed("sign or search is none of ours")
    if wanted == "well":
        fleet = [each for each in fleet if not each.signs]
    elif wanted:
        fleet = [each for each in fleet if Sign(wanted) in each.signs]
    return [each for each in fleet if words in each.standing.terminal.lower()]


_RANK = {sign: place for place, sign in enumerate(Sign)}
_ORDERS = {
    "trouble": lambda each: (
        [_RANK[sign] for sign in each.signs] or [len(_RANK)],
        each.standing.terminal,
    ),
    "name": lambda each: each.standing.terminal,
    "seen": lambda each: (each.standing.last_seen_at, each.standing.terminal),
    "behind": lambda each: (-each.behind, each.standing.terminal),
}


def _row(seen: Seen, now: int) -> dict[str, object]:
    of = seen.standing
    return {
        "terminal": of.terminal,
        "state": of.state.value,
        "last_seen": of.last_seen_at,
        "silent_s": max(0, now - of.last_seen_at),
        "epoch": of.epoch,
        "acked": of.acked,
        "known": of.known,
        "behind": seen.behind,
        "version": str(of.health.get("version") or "")[:_SEARCH_MAX],
        "signs": [sign.value for sign in seen.signs],
    }


def one_terminal(asked: Asked) -> Mapping[str, object]:
    """Return all that is known of one terminal.

    Raises:
        PageRefused: there is none of that name.
    """
    of = _standing(asked)
    name, order = of.terminal, asked.store.orders.get(of.terminal)
    return {
        "now": asked.now,
        **_row(seen_of(of, asked.now), asked.now),
        "told": of.told_at,
        "health": dict(of.health),
        "lanes": [_lane(asked, name, *each) for each in asked.store.tallies.lanes(name).items()],
        "epochs": _epochs(asked, of),
        "missing": list(missing_of(asked.store, name)),
        "order": None if order is None else {"at": order.ordered_at, "obeyed": order.obeyed_at},
        "events": _events(asked, of),
        "aside": len(asked.store.histories.newest_aside(name, EVENTS_SHOWN)),
    }


def _standing(asked: Asked) -> Standing:
    name = asked.path["terminal"]
    found = asked.store.health.one(checked(name))
    if found is None:
        raise PageRefused(PageCode.NOT_FOUND, "no terminal is called so")
    return found


def _lane(asked: Asked, terminal: str, lane: str, last: int) -> dict[str, object]:
    hour = asked.now // HOUR_S
    hours = range(hour - LANE_HOURS + 1, hour + 1)
    counts = Counter[str]()
    for _, name, count in asked.store.tallies.of_lane(terminal, lane, VERDICT, hours):
        counts[name] += count
    return {"lane": lane, "last": last or None, "counts": dict(counts)}


def _epochs(asked: Asked, of: Standing) -> list[dict[str, object]]:
    newest = range(of.epoch, max(0, of.epoch - EPOCHS_SHOWN), -1)
    ends = asked.store.histories
    return [{"epoch": each, "entries": ends.end(of.terminal, each)[0]} for each in newest]


def _events(asked: Asked, of: Standing) -> list[dict[str, object]]:
    lines = asked.store.histories.newest(of.terminal, EVENTS_SHOWN)
    return [_event(read_entry(of.terminal, 0, 0, line)) for line in lines]


def _event(entry: Entry) -> dict[str, object]:
    """Return what happened, and nothing by which anybody could be followed about."""
    return {
        "at": min(entry.at, _LATEST),
        "lane": entry.lane,
        "type": entry.type,
        "verdict": entry.verdict,
        "reason": entry.reason,
        "amount_minor": entry.amount_minor,
        "currency": entry.currency,
        "counts": {**entry.refused, **entry.noted},
    }


def aside(asked: Asked) -> Mapping[str, object]:
    """Return the newest lines that are kept beside a terminal's journal: in quarantine."""
    of = _standing(asked)
    lines = asked.store.histories.newest_aside(of.terminal, EVENTS_SHOWN)
    return {"lines": [_event(read_entry(of.terminal, 0, 0, line)) for line in lines]}


def set_state(asked: Asked) -> Mapping[str, object]:
    """Refuse a terminal's uploads, or take them again.

    Raises:
        PageRefused: no such terminal or state, or no reason given.
    """
    words = {state.value: state for state in TerminalState}
    state, why = words.get(asked.text("state", 16)), asked.text("why", _REASON_MAX)
    if state is None:
        raise malformed(f"state is one of {', '.join(words)}")
    name = checked(asked.path["terminal"])
    what = "terminal.suspend" if state is TerminalState.SUSPENDED else "terminal.resume"
    with asked.store.transaction():
        if not asked.store.terminals.set_state(name, state):
            raise PageRefused(PageCode.NOT_FOUND, "no terminal is called so")
        act = Act(who=asked.who.name, via=Via.PAGE, what=what, on=name, detail=why)
        record(asked.store, act, asked.now)
    asked.fleet.forget()
    return {"terminal": name, "state": state.value}
