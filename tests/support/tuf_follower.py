"""Another's TUF client, as a terminal that follows a published folder: the tests' oracle."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

from protocol.trust_folder import X_ISSUED

_METADATA, _TARGETS = "folder://metadata/", "folder://targets/"


class _FolderFetcher(FetcherInterface):
    """Reads files where a web server would serve them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.fetched: list[str] = []

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = url.removeprefix("folder://")
        try:
            octets = (self._folder / path).read_bytes()
        except FileNotFoundError as error:
            raise DownloadHTTPError(path, 404) from error
        self.fetched.append(path)
        yield octets


class Follower:
    """Keeps what it has accepted from one refresh to the next."""

    def __init__(self, folder: Path, own: Path) -> None:
        """Pin the first root of the repository in `folder`; keep files in `own`."""
        self._folder, self._own = folder, own
        self._pinned = (folder / "metadata/1.root.json").read_bytes()
        (own / "targets").mkdir(parents=True)
        self.fetched: list[str] = []
        self._updater: Updater | None = None

    def refresh(self, now: int, between: Callable[[], None] = lambda: None) -> None:
        """Follow the folder to its newest timestamp.

        Args:
            now: the moment by which metadata must not have expired.
            between: is called when all but the files is known.

        Raises:
            tuf.api.exceptions.RepositoryError: what is published can't be believed.
        """
        fetcher = _FolderFetcher(self._folder)
        updater = Updater(
            str(self._own / "metadata"),
            _METADATA,
            str(self._own / "targets"),
            _TARGETS,
            fetcher=fetcher,
            bootstrap=self._pinned,
        )
        updater._trusted_set.reference_time = datetime.fromtimestamp(now, UTC)
        updater.refresh()
        between()
        self._updater, self.fetched = updater, fetcher.fetched

    def read(self, path: str) -> bytes | None:
        """Return a target's octets, proven; None where it is not published."""
        assert self._updater is not None
        target = self._updater.get_targetinfo(path)
        if target is None:
            return None
        kept = self._own / "targets" / path.replace("/", "_")
        return Path(self._updater.download_target(target, str(kept))).read_bytes()

    @property
    def issued_at(self) -> int:
        """Return what the newest timestamp says of its making."""
        assert self._updater is not None
        return int(self._updater._trusted_set.timestamp.unrecognized_fields[X_ISSUED])

    def version(self, role: str) -> int:
        """Return the version of a role's metadata that is believed."""
        assert self._updater is not None
        return int(self._updater._trusted_set[role].version)
