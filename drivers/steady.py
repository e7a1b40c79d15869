"""A code held in view is one presentation, however often it is read."""

import hashlib
from collections import OrderedDict

# What is remembered per lane. A frame brings at most 8 codes and a code is forgotten after the
# hold-off, so this is 32 frames of nothing but fresh codes: no holder can do that by accident.
CODES_MAX = 256


class Steady:
    """Tells a new presentation from one that is still going on.

    Only digests of payloads are kept: this memory lives as long as the daemon, and what a
    holder showed is none of its business.

    Args:
        hold_off_ms: how long a code must be unseen before it counts as shown again; 0 takes
            every reading for a presentation.
    """

    def __init__(self, hold_off_ms: int) -> None:
        if hold_off_ms < 0:
            raise ValueError(f"hold_off_ms is below zero: {hold_off_ms}")
        self._hold_off_ms = hold_off_ms
        self._seen_ms: OrderedDict[bytes, int] = OrderedDict()  # least recently seen first

    def is_new(self, payload: bytes, now_ms: int) -> bool:
        """Return whether this reading begins a presentation, and remember it.

        A code last seen exactly `hold_off_ms` ago is new.
        """
        self._forget(now_ms)
        digest = hashlib.blake2b(payload, digest_size=16).digest()
        is_new = self._seen_ms.pop(digest, None) is None
        self._seen_ms[digest] = now_ms
        if len(self._seen_ms) > CODES_MAX:
            self._seen_ms.popitem(last=False)
        return is_new

    def _forget(self, now_ms: int) -> None:
        while self._seen_ms:
            digest, seen_ms = next(iter(self._seen_ms.items()))
            if now_ms - seen_ms < self._hold_off_ms:
                return
            del self._seen_ms[digest]
