"""The audit on the page, and as a file."""

from collections.abc import Mapping

from central.operators.audit import members_of
from central.operators.audit import record as write
from central.operators.values import Act, Via
from central.pages.answers import Sheet
from central.pages.asked import Asked
from protocol.journal import compact

PAGE_LINES = 100
# Some 15 MB; all of it is `scan-central audit --json`.
EXPORT_MAX = 50_000
_END = 1 << 62


def newest(asked: Asked) -> Mapping[str, object]:
    """Return what was done before a number, the newest first."""
    before = asked.number("before", default=_END, largest=_END)
    found = asked.store.audit.before(before, PAGE_LINES)
    more = found[-1].number if len(found) == PAGE_LINES else None
    lines = [members_of(each) for each in found]
    return {"now": asked.now, "lines": lines, "next": more}


def export(asked: Asked) -> Sheet:
    """Return the newest lines, the oldest of them first, an object a line; it is audited too."""
    found = asked.store.audit.before(_END, EXPORT_MAX)[::-1]
    octets = b"".join(compact(members_of(each)) + b"\n" for each in found)
    act = Act(who=asked.who.name, via=Via.PAGE, what="audit.export", on=f"{len(found)} lines")
    with asked.store.transaction():
        write(asked.store, act, asked.now)
    return Sheet(octets=octets, name="audit.ndjson", media_type="application/x-ndjson")
