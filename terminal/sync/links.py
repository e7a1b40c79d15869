"""What a sync works with: the terminal's own, the centre, and the lanes."""

from collections.abc import Callable
from dataclasses import dataclass

from offline_cache.identity import Identity
from offline_cache.trust_client.source import Source
from offline_cache.trust_store import Trust, TrustStore
from offline_cache.writer import JournalWriter
from terminal.centre.client import CentreClient
from terminal.sync.orders import Orders
from terminal.sync.parting import Parting
from terminal.timekeeping import Timekeeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What the sync works with."""

    identity: Identity
    client: CentreClient
    source: Source  # of trust
    store: TrustStore
    writer: JournalWriter
    timekeeper: Timekeeper
    parting: Parting
    orders: Orders
    on_trust: Callable[[Trust], None]  # called in the sync's thread
