"""Erasing all that a terminal holds: keys first, so that a power cut leaves nothing of use.

What a flash chip keeps of old pages is beyond any file's reach: a state folder on an encrypted
disk is the answer to that (docs/limits.md).
"""

import os
from pathlib import Path

from offline_cache import files
from offline_cache.state import StateFolder


def erase(state: StateFolder) -> None:
    """Erase everything in the folder but its lock and the order to do so; durable on return.

    A power cut in between leaves the order, by which the next start goes on. The folder must be
    held, and nothing in it open.

    Raises:
        OSError: the disk is read-only or failing; what is erased by then stays so.
    """
    files.remove(state.identity)
    files.sync_folder(state.folder)
    for path in sorted(state.folder.iterdir()):
        if path not in (state.lock, state.wipe_order, state.wiped):
            _erase(path)
    files.sync_folder(state.folder)
    files.rename_durably(state.wipe_order, state.wiped)


def _erase(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        files.remove(path)
        return
    for folder, folders, names in os.walk(path, topdown=False):
        for name in names:
            files.remove(Path(folder, name))
        for name in folders:
            _remove_folder(Path(folder, name))
    path.rmdir()


def _remove_folder(path: Path) -> None:
    if path.is_symlink():
        files.remove(path)
    else:
        path.rmdir()
