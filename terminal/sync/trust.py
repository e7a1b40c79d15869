"""The trust half of a sync: what the centre published comes in, and goes to clock and lanes."""

import logging
import random
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from offline_cache.errors import CacheError
from offline_cache.trust_client.folder import FolderSource
from offline_cache.trust_client.source import Source
from offline_cache.trust_store import Trust
from terminal.errors import CentreRefused, CentreUnreachable
from terminal.sync.learning import is_to_be_judged_anew, load_trust
from terminal.sync.links import Links
from terminal.sync.machine import BACKOFF_S_FIRST, BACKOFF_S_MAX, Unreachable
from terminal.sync.timely_source import TimelySource
from verifier.errors import TrustError
from verifier.model import UnixSeconds

log = logging.getLogger(__name__)

# What of the world may fail in a round; whatever else is a bug of ours.
FAILURES = (CentreUnreachable, CentreRefused, TrustError, CacheError, OSError)

# The journal waits for so long at most, and a file more. A city's first set, 0.5 MB, comes in 30 s
# over a poor EDGE line; a larger one in several rounds.
REFRESH_S_MAX = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of trust that was brought in a folder."""

    fault: str = ""  # why nothing was taken; empty where what was brought is held now
    is_new: bool = False  # else it was held already
    version: int | None = None  # of what is held now
    age_s: int | None = None
    expired: tuple[str, ...] = ()  # roles that are past their expiry

    def members(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return asdict(self) | {"expired": list(self.expired)}


class TrustSync:
    """Asks for trust; what can't be had or taken leaves what is held as it was."""

    def __init__(self, links: Links, *, trust: Trust | None) -> None:
        self.held = trust
        self.trouble: Unreachable | None = None  # what hindered it when it was last asked for
        self.due_s = 0.0  # of the monotonic clock: before, nobody need ask
        self._is_unsure = trust is None  # the store may hold newer trust than the lanes
        self._failures = 0
        self._links = links

    def refresh(self) -> Unreachable | None:
        """Take what is new; return what hinders it. A refusal of trust says nothing of the journal."""
        try:
            with ExitStack() as then:  # each is done whatever becomes of the others
                then.callback(self._links.timekeeper.keep)
                then.callback(self._judge_anew)
                self._take(TimelySource(self._links.source, REFRESH_S_MAX))
        except FAILURES as error:
            self.trouble = Unreachable(what=str(error), retry_after_s=_retry_after_s(error))
            self._put_off()
        else:
            self.trouble, self._failures, self.due_s = None, 0, 0.0
        return self.trouble

    def _put_off(self) -> None:
        """Ask again after a back-off of its own: entries that flow must not reset it."""
        self._failures += 1
        ceiling_s = min(BACKOFF_S_MAX, BACKOFF_S_FIRST * 2.0 ** min(self._failures, 10))
        self.due_s = time.monotonic() + ceiling_s * random.random()  # noqa: S311  # spreads retries

    def take_from(self, folder: Path) -> Imported:
        """Take what somebody brought, under the rules for what the centre sends."""
        try:
            is_new = self._take(FolderSource(folder))
            self._links.timekeeper.keep()
        except FAILURES as error:
            log.warning("trust: nothing taken from %s: %s", folder, error)
            return Imported(fault=str(error))
        held, now = self.held, self._links.timekeeper.read().now
        if held is None or held.trusted.issued_at is None:
            return Imported(fault="nothing is held")
        age_s = max(0, now - held.trusted.issued_at)
        log.info("trust: version %d, %d s old, from %s", held.version, age_s, folder)
        return Imported(is_new=is_new, version=held.version, age_s=age_s, expired=held.expired)

    def _take(self, source: Source) -> bool:
        """Take what `source` has that is newer; return whether it was.

        Raises:
            CentreUnreachable, CentreRefused, TrustError, CacheError: what was held stays.
        """
        links, now = self._links, self._links.timekeeper.read().now
        try:
            is_new = links.store.accept(source, now=now)
            if is_new or self._is_unsure:
                self._swap(now)
        except FAILURES:
            self._is_unsure = True
            raise
        self._is_unsure = False
        return is_new

    def _judge_anew(self) -> None:
        """Hand the lanes lists that were left out while the clock was wrong.

        Raises:
            CacheError: what was held stays.
        """
        now = self._links.timekeeper.read().now
        if self.held is not None and is_to_be_judged_anew(self.held, now):
            self._swap(now)

    def _swap(self, now: UnixSeconds) -> None:
        """Let clock and lanes know of the trust that is held now."""
        links = self._links
        trust = load_trust(links.store, links.timekeeper, links.writer, now=now)
        if trust is not None:
            self.held = trust
            links.on_trust(trust)


def _retry_after_s(error: Exception) -> float:
    match error:
        case CentreUnreachable(retry_after_s=asked_s) | CentreRefused(retry_after_s=asked_s):
            return asked_s
        case _:
            return 0.0
