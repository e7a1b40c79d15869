"""The trust half of a sync: what the centre published comes in, and goes to clock and lanes."""

import logging
import random
import time
from contextlib import ExitStack

from offline_cache.errors import CacheError
from offline_cache.trust_store import Trust
from terminal.errors import CentreRefused, CentreUnreachable
from terminal.learning import is_to_be_judged_anew, load_trust
from terminal.links import Links
from terminal.sync_machine import BACKOFF_S_FIRST, BACKOFF_S_MAX, Unreachable
from verifier.errors import TrustError
from verifier.model import UnixSeconds

log = logging.getLogger(__name__)

# What of the world may fail in a round; whatever else is a bug of ours.
FAILURES = (CentreUnreachable, CentreRefused, TrustError, CacheError, OSError)


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
                self._fetch()
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

    def _fetch(self) -> None:
        """Take what the centre published since the last round.

        Raises:
            CentreUnreachable, CentreRefused, TrustError, CacheError: what was held stays.
        """
        links, now = self._links, self._links.timekeeper.read().now
        try:
            is_new = links.store.accept(links.source, now=now)
            if not is_new and not self._is_unsure:
                return
            self._swap(now)
        except FAILURES:
            self._is_unsure = True
            raise
        self._is_unsure = False

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
