"""The terminal's state folder: who holds it, and where everything in it lies."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from offline_cache.errors import CacheBusy, CacheError
from offline_cache.files import make_folders

_LOCK_NAME = "lock"


class StateFolder:
    """The paths below `folder`; entering the context takes it for this process alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "journal.db"
        self.identity = folder / "identity.json"
        self.trust = folder / "trust"
        self.floor = folder / "clock.json"
        self.histories = folder / "histories.json"
        self.clients = folder / "clients.json"  # digests of programs' tokens
        self.centre = folder / "centre.json"  # its address, where the settings name none
        self.content = folder / "content"  # the last good content packs
        self.control = folder / "control.sock"
        self.lock = folder / _LOCK_NAME
        self.wipe_order = folder / "wipe-order.json"  # to be obeyed
        self.wiped = folder / "wiped.json"  # the one that was
        self._lock: int | None = None

    def __enter__(self) -> Self:
        """Take the folder.

        Raises:
            CacheBusy: another process has it.
            CacheError: it can't be made or opened.
        """
        try:
            make_folders(self.folder, mode=0o700)
            lock = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CacheError(
                f"{self.folder}: can't be used as state folder ({error.strerror});"
                " create it and give it to this user"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise CacheBusy(
                f"{self.folder}: another scan-terminal runs on this state folder; stop it first"
            ) from error
        self._lock = lock
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the folder back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
