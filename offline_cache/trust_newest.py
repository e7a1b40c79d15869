"""What was accepted last, kept apart: what is held may be damaged, and must let nothing old in."""

import json
from dataclasses import dataclass
from pathlib import Path

from offline_cache.files import write_durably
from protocol.journal import compact


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest root and set that were accepted, or some that are offered."""

    seen: int  # version of the newest root
    root: int = 0  # version of the root that the set was accepted under
    version: int = 0  # of its timestamp
    issued_at: int = 0
    resets: int = 0  # the highest number of an order to reset the floor

    def lets_in(self, offered: "Newest") -> bool:
        """Return whether `offered` may follow, or is this very set.

        Versions may begin anew under a newer root, for its keys sign no more for the old ones; a
        date goes back only with a new order.
        """
        grows = offered.version >= self.version or offered.root > self.root
        is_dated = offered.issued_at >= self.issued_at or offered.resets > self.resets
        return offered.seen >= self.seen and grows and is_dated


class NewestFile:
    """The file at `path`, which counts for one pinned root alone."""

    def __init__(self, path: Path, pinned: str) -> None:
        self._path, self._pinned = path, pinned

    def read(self) -> Newest | None:
        """Return what was kept; None: nothing yet, or damaged, so there is nothing to compare."""
        try:
            match json.loads(self._path.read_bytes()):
                case {
                    "pinned": self._pinned,
                    "newest": [
                        int() as seen,
                        int() as root,
                        int() as version,
                        int() as issued_at,
                        int() as resets,
                    ],
                }:
                    return Newest(
                        seen=seen, root=root, version=version, issued_at=issued_at, resets=resets
                    )
        except (OSError, ValueError, RecursionError):
            return None
        return None

    def write(self, newest: Newest) -> None:
        """Keep `newest`, durably.

        Raises:
            OSError: the disk is full or failing.
        """
        parts = [newest.seen, newest.root, newest.version, newest.issued_at, newest.resets]
        write_durably(self._path, compact({"pinned": self._pinned, "newest": parts}))
