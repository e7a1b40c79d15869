"""The trust folder on disk: what is held, proven from the pinned root down."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tuf.api.metadata import Timestamp

from offline_cache.errors import CacheCorrupt
from offline_cache.files import sync_folder
from offline_cache.trust import Published
from offline_cache.trust_client.lookup import NamedFile, all_files
from offline_cache.trust_client.roots import ROOT, first_root, next_root
from offline_cache.trust_client.source import NoSource
from offline_cache.trust_client.workflow import Workflow
from offline_cache.trust_held import HeldFile, HeldSet
from offline_cache.trust_newest import NewestFile
from offline_cache.trust_objects import TrustObjects
from protocol.trust_folder import CONTENT, X_ISSUED, content_path
from verifier.errors import TrustError
from verifier.model import UnixSeconds

# Twelve digits: a centre's clock may say anything, and how far it is believed is the clock's part.
_DATE_MAX = 999_999_999_999


class Shelf:
    """Where everything of the store lies; nothing of it is believed unproven."""

    def __init__(
        self, folder: Path, pinned: bytes, *, contents: frozenset[str] | None = None
    ) -> None:
        """Take the folder.

        Args:
            folder: all of it is the store's.
            pinned: the SHA-256 of 1.root.json.
            contents: names of the content packs that are shown here; no other is fetched or kept.
                None: every one.
        """
        self._folder, self.pinned = folder, pinned.hex()
        self._contents = None if contents is None else frozenset(map(content_path, contents))
        self.held = HeldFile(folder / "held")
        self.newest = NewestFile(folder / "newest", self.pinned)
        self.objects, self.arrays = TrustObjects(folder / "objects"), folder / "arrays"

    def keep(self, held: HeldSet) -> None:
        """Swap what is held for `held`, once the names of all that it names are durable.

        Files that are there already need not be: the sync of their folder may have failed, or the
        process that made them was killed before it.

        Raises:
            OSError: the disk is full or failing; what was held stays.
        """
        for folder in (self._folder / "objects", self._folder, self._folder.parent):
            sync_folder(folder)
        self.held.write(held)

    def proven(self, held: HeldSet, *, now: UnixSeconds) -> Workflow:
        """Return the set that is held, proven under the root that it was accepted under.

        Raises:
            CacheCorrupt: a file is missing or altered.
            TrustError: it is another centre's, or not what it was.
        """
        octets = {role: self.objects.read(digest, role) for role, digest in held.metadata.items()}
        octets[ROOT] = self.chain(held)[held.proven_by - 1]
        workflow = Workflow(octets, NoSource(), now=now, keep=lambda _, __: None)
        workflow.refresh()
        return workflow

    def chain(self, held: HeldSet) -> tuple[bytes, ...]:
        """Return the roots that are held, each proven by the one before.

        Raises:
            CacheCorrupt, TrustError: as `proven`.
        """
        if held.roots[0] != self.pinned:
            raise TrustError("it begins with another root than the one that is pinned")
        chain = tuple(self.objects.read(digest, ROOT) for digest in held.roots)
        root = first_root(chain[0])
        for octets in chain[1:]:
            root = next_root(octets, root)
        return chain

    def file(self, path: str, named: NamedFile) -> bytes:
        """Return a target.

        Raises:
            CacheCorrupt: it is missing or altered.
        """
        octets = self.objects.read(named.sha256, path)
        if len(octets) != named.size:
            raise CacheCorrupt(f"{path} is not of the length that is named; sync again")
        return octets

    def named(self, workflow: Workflow) -> Mapping[str, NamedFile]:
        """Return what this terminal wants of all that is named.

        Raises:
            TrustError: as `all_files` says.
        """
        every, contents = all_files(workflow), self._contents
        if contents is None:
            return every
        return {
            path: file
            for path, file in every.items()
            if not path.startswith(CONTENT) or path in contents
        }

    def files(self, named: Mapping[str, NamedFile]) -> Mapping[str, bytes]:
        """Return targets by path, each read when it is asked for."""
        return _Files(named, self.file)


class _Files(Mapping[str, bytes]):
    """Files by path, each read when it is asked for: a billion cards' are 14 MB."""

    def __init__(
        self, named: Mapping[str, NamedFile], read: Callable[[str, NamedFile], bytes]
    ) -> None:
        self._named, self._read = named, read

    def __getitem__(self, path: str) -> bytes:
        return self._read(path, self._named[path])

    def __contains__(self, path: object) -> bool:
        return path in self._named

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)


def published(workflow: Workflow, source: str) -> Published:
    """Return what a proven set says of itself.

    Raises:
        TrustError: it does not say when it was made.
    """
    return Published(
        version=workflow.timestamp.version,
        issued_at=issued_at(workflow.timestamp),
        expired=workflow.expired,
        source=source,
    )


def issued_at(timestamp: Timestamp) -> UnixSeconds:
    """Return when a timestamp was made: TUF itself says only when it ends.

    Raises:
        TrustError: it does not say.
    """
    value = timestamp.unrecognized_fields.get(X_ISSUED)
    if type(value) is not int or not 0 <= value <= _DATE_MAX:
        raise TrustError(f"the timestamp lacks {X_ISSUED}, or has none that is a moment")
    return UnixSeconds(value)
