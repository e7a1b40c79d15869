"""How terminals do, for programs of the operator."""

from central.store.health import Standing
from central.store.store import Store
from protocol.journal import compact

# A page is 4.5 kB a terminal at the very most, half a kB as a rule.
TERMINALS_MAX = 500
TERMINALS_DEFAULT = 100


def health_behind(store: Store, after: str, limit: int) -> tuple[bytes, str | None]:
    """Return a page of terminals behind `after`, and the last on it; None: there are no more.

    Args:
        store: of the centre.
        after: a terminal's id; empty: from the first.
        limit: how many at most.
    """
    found = store.health.page(after, limit)
    last = found[-1].terminal if len(found) == limit else None
    return compact({"terminals": [_members(each) for each in found], "next": last}), last


def _members(of: Standing) -> dict[str, object]:
    return {
        "terminal": of.terminal,
        "status": of.state.value,
        "epoch": of.epoch,
        "acked": of.acked,
        "known": of.known,
        "last_seen": of.last_seen_at,
        "told": of.told_at,
        "health": dict(of.health),
    }
