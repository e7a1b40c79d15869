"""Who may have a page: anybody who stands before the terminal, and no page of anybody else's.

What a screen shows and takes, whoever touches it may see and do, so there is no token. Instead a
request must come from this machine, to a name that is ours, and from a page that is ours.
"""

import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import Scope as AsgiScope

from terminal.local.admission import OWN_SITE, Door
from terminal.local.limits import Limits
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.local.rates import Rates

# Of one screen, for one person: only where he stands, so only on this machine.
_SCREENS = "/screen/"
_PAGES = (_SCREENS, "/counter/", "/assets/")
# No form and no image of another page can send it, and none asks leave in vain (Fetch, 4.1).
_OWN_HEADER, _OWN_VALUE = "x-screen", "1"
_READS = ("GET", "HEAD")


def is_page(path: str) -> bool:
    """Return whether a path is one of pages."""
    return path.startswith(_PAGES)


class PageAdmission:
    """Looks at heads of requests for pages; `Admission.check_form` has found them well-formed."""

    def __init__(self, limits: Limits, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._asked = Rates(
            burst=limits.page_burst, per_s=limits.page_per_s, names_max=limits.peers_max
        )

    def admit(self, scope: AsgiScope, headers: Headers, door: Door, peer: str) -> None:
        """Let a request in.

        Raises:
            RequestRefused: it is not for this listener, of another page, or one of too many.
        """
        if door.port is None or (scope["path"].startswith(_SCREENS) and not door.is_loopback):
            raise RequestRefused(LocalProblem.NOT_FOUND)
        origin = headers.get("origin")
        is_own = origin is not None and origin == door.own_origin(headers.get("host", ""))
        is_of_nobody = origin is None and scope["method"] in _READS
        if headers.get("sec-fetch-site") not in OWN_SITE or not (is_own or is_of_nobody):
            raise RequestRefused(LocalProblem.ORIGIN)
        if scope["method"] == "POST" and headers.get(_OWN_HEADER) != _OWN_VALUE:
            raise RequestRefused(LocalProblem.ORIGIN, "X-Screen: 1 is missing")
        wait_s = self._asked.wait_s(peer, self._now_s())
        if wait_s:
            raise RequestRefused(LocalProblem.TOO_FAST, retry_after_s=int(wait_s) + 1)
