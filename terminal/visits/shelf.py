"""The content packs that this terminal's screens show: the newest good one of each name.

Packs come with the trust folder, proven. One that can't be read, for it was made for a later
version, say, leaves the last good one in its place, across restarts too; that copy lies in the
state folder and is proven by nobody (docs/limits.md).
"""

import logging
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path

from offline_cache.errors import CacheError
from offline_cache.files import write_durably
from protocol.content.limits import PACK_OCTETS_MAX
from protocol.trust_folder import content_path
from terminal.visits.held import HeldPack, read_held
from verifier.errors import TrustError

log = logging.getLogger(__name__)


class ContentShelf:
    """Filled by the thread that takes trust in; read by the daemon's loop.

    Args:
        names: of the packs that screens show; no other is looked at.
        folder: where the last good ones are kept.
    """

    def __init__(self, names: Collection[str], folder: Path) -> None:
        self._names, self._folder = sorted(names), folder
        self._held: Mapping[str, HeldPack] = {}  # swapped whole
        self.troubles: Mapping[str, str] = {}  # by name: why what is published is not shown

    def get(self, name: str) -> HeldPack | None:
        """Return the pack of that name; None: none was good so far, or it was taken away."""
        return self._held.get(name)

    def status(self) -> dict[str, object]:
        """Return what `scan-terminal status` shows of each pack; from any thread."""
        held, troubles = self._held, self.troubles
        return {
            name: {
                "version": None if name not in held else held[name].pack.version,
                "digest": None if name not in held else held[name].digest,
                "trouble": troubles.get(name, "" if name in held else "it is not published"),
            }
            for name in self._names
        }

    def take(self, files: Mapping[str, bytes]) -> None:
        """Take what is published now; `files` are the trust folder's, each read when asked for."""
        held, troubles = dict[str, HeldPack](), dict[str, str]()
        for name in self._names:
            try:
                pack = self._newest(name, files)
            except (CacheError, TrustError) as error:
                troubles[name] = str(error)
                pack = self._held.get(name) or self._kept(name)
                self._tell(name, str(error))
            if pack is not None:
                held[name] = pack
        self._held, self.troubles = held, troubles

    def _newest(self, name: str, files: Mapping[str, bytes]) -> HeldPack | None:
        path, before = content_path(name), self._held.get(name)
        if path not in files:
            return None
        octets = files[path]
        if before is not None and before.digest == sha256(octets).hexdigest():
            return before
        pack = read_held(octets, name)
        self._keep(name, octets)
        log.info("content %s: version %d is shown", name, pack.pack.version)
        return pack

    def _tell(self, name: str, trouble: str) -> None:
        if self.troubles.get(name) != trouble:
            log.error("content %s: the last good one is shown: %s", name, trouble)

    def _keep(self, name: str, octets: bytes) -> None:
        """Keep a good pack for a start with a bad one; without it nothing but that is lost."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            write_durably(self._folder / f"{name}.json", octets)
        except OSError as error:
            log.warning("content %s: not kept for later: %s", name, error.strerror)

    def _kept(self, name: str) -> HeldPack | None:
        try:
            with (self._folder / f"{name}.json").open("rb") as file:
                return read_held(file.read(PACK_OCTETS_MAX + 1), name)
        except (OSError, TrustError):
            return None
