"""The published repository as the terminal keeps it, and the trust that lanes load from it.

Files lie under their digests, written before the one file that names them all is swapped by
rename. Whatever moment the power goes, what is loaded is one whole, signed state.
"""

from dataclasses import replace
from pathlib import Path

from offline_cache.errors import CacheCorrupt
from offline_cache.status_arrays import StatusArrays
from offline_cache.trust import Trust, assemble
from offline_cache.trust_client.source import Source
from offline_cache.trust_intake import Intake
from offline_cache.trust_shelf import Shelf, published
from verifier.errors import TrustError
from verifier.model import UnixSeconds

__all__ = ["Trust", "TrustStore"]


class TrustStore:
    """The folder on disk. One process writes; it holds the state folder."""

    def __init__(
        self,
        folder: Path,
        root: bytes,
        *,
        in_use: frozenset[str] = frozenset(),
        contents: frozenset[str] | None = None,
    ) -> None:
        """Take the folder.

        Args:
            folder: all of it is the store's.
            root: the pinned SHA-256 of 1.root.json.
            in_use: arrays of a trust that another store loaded; they stay until there is another.
            contents: names of the content packs that are shown here; None: every one.
        """
        self._folder, self._shelf = folder, Shelf(folder, root, contents=contents)
        self._arrays = StatusArrays(self._shelf.arrays, writes=True)
        self._arrays_now = in_use
        self._arrays_before: frozenset[str] = frozenset()

    def accept(self, source: Source, *, now: UnixSeconds) -> bool:
        """Take what `source` has that is newer; return whether it is anything to lanes.

        A root is kept as soon as it is proven; all the rest together, once every file is there.

        Args:
            source: asked for what is not held.
            now: the instant at which status signers must be in their window, and by which expiry
                is told; that refuses nothing.

        Raises:
            TrustError: forged, older than what is held, or a file is not what was named; what was
                held stays. A date may go back once, with a new order to reset the clock's floor,
                for the date held may be the false one.
            OSError: the disk is full or failing; what was held stays.
        """
        return Intake(self._shelf, self._arrays, source, now=now).take()

    def load(self, *, now: UnixSeconds) -> Trust | None:
        """Return the trust held, None before the first; for the process that holds the folder.

        Arrays of the trust before this one stay until there is another, for lanes look cards up
        in them until they are handed the new ones.

        Raises:
            CacheCorrupt: a file is missing or altered.
        """
        trust = self._loaded(self._arrays, now)
        if trust is None:
            return None
        if trust.arrays != self._arrays_now:
            self._arrays_before, self._arrays_now = self._arrays_now, trust.arrays
        self._arrays.forget_all_but(self._arrays_now | self._arrays_before)
        return replace(trust, problems=(*trust.problems, *self._arrays.take_troubles()))

    def look(self, *, now: UnixSeconds) -> Trust | None:
        """Return the trust held as any process may see it: nothing is written or removed.

        Raises:
            CacheCorrupt: a file is missing or altered.
        """
        return self._loaded(StatusArrays(self._shelf.arrays, writes=False), now)

    def _loaded(self, arrays: StatusArrays, now: UnixSeconds) -> Trust | None:
        held = self._shelf.held.read()
        if held is None or not held.metadata:
            return None
        try:
            workflow = self._shelf.proven(held, now=now)
            files = self._shelf.files(self._shelf.named(workflow))
            return assemble(published(workflow, held.source), files, now=now, arrays=arrays)
        except TrustError as error:
            raise CacheCorrupt(f"{self._folder}: {error}; sync again") from error
