"""What the routes work with: the site, its open database and the time."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from central.site import Site
from central.store import Store
from verifier.model import UnixSeconds

Clock = Callable[[], UnixSeconds]


def system_now() -> UnixSeconds:
    """Return the time of this machine's clock."""
    return UnixSeconds(int(time.time()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """One centre at work."""

    site: Site
    store: Store
    now: Clock
