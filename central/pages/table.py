"""Every route of the pages behind the sign-in, and the least role that may take it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from central.operators.values import OperatorRole
from central.pages import appeals, auditing, cards, plots, terminals, work
from central.pages.answers import Sheet
from central.pages.asked import Asked

_VIEWER, _OPERATOR, _ADMIN = OperatorRole

Do = Callable[[Asked], Mapping[str, object] | Sheet]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One thing that a page asks for; what is no GET changes something."""

    method: str
    path: str
    least: OperatorRole
    do: Do


def _get(path: str, least: OperatorRole, do: Do) -> Route:
    return Route(method="GET", path=path, least=least, do=do)


def _post(path: str, least: OperatorRole, do: Do) -> Route:
    return Route(method="POST", path=path, least=least, do=do)


ROUTES = (
    _get("terminals", _VIEWER, terminals.overview),
    _get("terminals/{terminal}", _VIEWER, terminals.one_terminal),
    _get("terminals/{terminal}/hours", _VIEWER, plots.hours_of_one),
    _get("terminals/{terminal}/aside", _OPERATOR, terminals.aside),
    _post("terminals/{terminal}/state", _OPERATOR, terminals.set_state),
    _get("hours", _VIEWER, plots.hours_of_all),
    _get("cases", _VIEWER, work.queue),
    _get("case", _VIEWER, work.one_case),
    _post("case/claim", _OPERATOR, work.claim),
    _post("case/leave", _OPERATOR, work.leave),
    _post("case/resolve", _OPERATOR, work.resolve),
    _post("case/reopen", _OPERATOR, work.reopen),
    _get("appeals", _VIEWER, appeals.queue),
    _get("appeal", _VIEWER, appeals.one_appeal),
    _post("appeal/claim", _OPERATOR, appeals.claim),
    _post("appeal/leave", _OPERATOR, appeals.leave),
    _post("appeal/end", _OPERATOR, appeals.end),
    _post("appeal/words", _OPERATOR, appeals.words),
    _get("visits", _VIEWER, appeals.visits),
    _post("card", _ADMIN, cards.set_status),
    _get("audit", _ADMIN, auditing.newest),
    _get("audit/export", _ADMIN, auditing.export),
)
