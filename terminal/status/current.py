"""What a terminal says of itself now: its daemon, or without one its disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offline_cache.audit import JournalReader
from offline_cache.errors import CacheError, NoJournal
from offline_cache.identity import load_identity
from offline_cache.state import StateFolder
from terminal.control import ask
from terminal.errors import ControlError
from terminal.settings import Settings

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a terminal."""

    state: State | None  # None: it could not be had
    trouble: str = ""  # then why


def current_state(settings: Settings) -> dict[str, object]:
    """Return the running daemon's report; without one, what is on disk says.

    Raises:
        ControlError, CacheError: as they say.
    """
    state = StateFolder(settings.state_folder)
    answer = ask(state.control, "status")
    if answer is not None:
        return answer
    identity = load_identity(state.identity)
    seq, acked = _position(state.journal)
    return {
        "running": False,
        "terminal": identity.terminal,
        "epoch": identity.epoch,
        "journal": {"seq": seq, "acked": acked, "fault": None},
    }


def look(settings: Settings) -> Look:
    """Return what can be had now: a daemon that starts anew between two looks is no error."""
    try:
        return Look(state=current_state(settings))
    except (ControlError, CacheError) as error:
        return Look(state=None, trouble=str(error))


def _position(path: Path) -> tuple[int, int]:
    """Return the last entry of a journal on disk and the last acknowledged one; 0, 0: none yet."""
    try:
        reader = JournalReader(path)
    except NoJournal:
        return 0, 0
    try:
        return reader.last()[1], reader.checkpoint()[1]
    finally:
        reader.close()
