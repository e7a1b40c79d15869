"""Trust from a folder that somebody brought: by the daemon if one runs, else by ourselves."""

import json
from pathlib import Path

from offline_cache.state import StateFolder
from offline_cache.trust_client.folder import FolderSource
from terminal.bootstrap import make_links, open_desk, trust_store
from terminal.control import ask
from terminal.errors import ControlError, UsageError
from terminal.provisioning.by_folder import awaits_answer, enrolled_members, take_answer
from terminal.settings import Settings
from terminal.sync.trust import TrustSync


def import_folder(settings: Settings, folder: Path) -> dict[str, object]:
    """Return what became of what `folder` brings: see `Imported.members`.

    Raises:
        UsageError: it is no published folder.
        CacheError, ControlError: as they say.
    """
    folder = folder.resolve()
    if not FolderSource(folder).is_there():
        raise UsageError(f"{folder}: no published folder; name the one that metadata lies in")
    state = StateFolder(settings.state_folder)
    answer = ask(state.control, "import", json.dumps(str(folder)))
    match answer:
        case None:
            return _by_ourselves(state, settings, folder)
        case {"import": dict() as told}:
            return told
        case {"error": str() as error}:
            raise UsageError(error)
        case _:
            raise ControlError(f"{state.control}: the daemon's answer makes no sense")


def _by_ourselves(state: StateFolder, settings: Settings, folder: Path) -> dict[str, object]:
    with state:
        if awaits_answer(state, folder):
            identity = take_answer(state, settings, folder)
            store = trust_store(state, settings)
            return enrolled_members(identity.terminal, identity.epoch, store)
        desk = open_desk(state, settings)
        links = make_links(desk, state, settings)
        try:
            return TrustSync(links, trust=desk.trust).take_from(folder).members()
        finally:
            links.client.close()
            desk.writer.stop()
