"""One card: revoked, suspended or made valid again, by its status index."""

from collections.abc import Mapping

from central.errors import NotFound
from central.issuing import write_status
from central.operators.audit import record
from central.operators.values import Act, Via
from central.pages.answers import PageCode, PageRefused
from central.pages.asked import Asked, malformed
from verifier.status import Status

_VALUES = {each.name.lower(): each for each in (Status.VALID, Status.REVOKED, Status.SUSPENDED)}
_INDEX_MAX = 0xFFFF_FFFF  # 32 bits
_REASON_MAX = 200


def set_status(asked: Asked) -> Mapping[str, object]:
    """Write a card's status; terminals learn of it with the next publication.

    The index comes twice, as a number and as it was typed once more: a slip of a finger would shut
    somebody out.

    Raises:
        PageRefused: the two differ, no reason is given, or there is no such card.
    """
    index, again = asked.body.get("status"), asked.text("again", 16)
    value, why = _VALUES.get(asked.text("value", 16)), asked.text("why", _REASON_MAX)
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= _INDEX_MAX:
        raise malformed("status is a card's status index")
    if str(index) != again or value is None:
        raise malformed("the index and its repetition differ, or the value is none")
    try:
        with asked.store.transaction():
            write_status(asked.store, asked.centre.site, index, value)
            what = f"card.{value.name.lower()}"
            act = Act(who=asked.who.name, via=Via.PAGE, what=what, on=f"status {index}", detail=why)
            record(asked.store, act, asked.now)
    except NotFound as error:
        raise PageRefused(PageCode.NOT_FOUND, str(error)) from error
    return {"status": index, "value": value.name.lower()}
