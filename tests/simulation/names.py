"""The names that runs know entries by: of a presentation, or of what takes it back."""

import json

from offline_cache.journal import Append
from protocol.journal import PresentationRecord
from protocol.use import AnnulRecord


def presentation_of(line: bytes) -> str | None:
    """Return what a journal line is of, a presentation or its taking back; None: it is of none."""
    told = json.loads(line)
    name = told.get("presentation")
    if not isinstance(name, str):
        return None
    return _taken_back(name) if told["type"] == "annul" else name


def name_of(request: Append) -> str:
    """Return what a lane asks to be written, by the name that its line will have."""
    record = request.draft.record
    match record:
        case PresentationRecord():
            return record.presentation
        case AnnulRecord():
            return _taken_back(record.presentation)
        case _:
            raise TypeError("lanes show presentations, or take them back")


def _taken_back(presentation: str) -> str:
    """Return the name of what takes a presentation back: there is one at most."""
    return f"back of {presentation}"
