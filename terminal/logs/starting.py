"""Choosing how the log is written, at the start."""

import logging
import os
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TextIO

from terminal.logs.forms import Form, as_json, for_people, with_priority
from terminal.logs.handler import EventHandler
from terminal.logs.journald import SOCKET, JournalSocket, is_wanted

log = logging.getLogger(__name__)


def begin_logging(level: str, *, as_json: bool) -> EventHandler:
    """Send everything of `level` and above where it is read; return the one that does.

    Args:
        level: a name of `logging`'s, in lower case.
        as_json: whether programs read standard error.
    """
    handler = make_handler(sys.stderr, os.environ, is_json=as_json)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    sys.excepthook = _tell_end
    return handler


def _tell_end(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    """Tell of what ends the program, as of any bug: without its words."""
    log.critical("the program ends: %s", kind.__name__, exc_info=error)


def make_handler(stream: TextIO, environment: Mapping[str, str], *, is_json: bool) -> EventHandler:
    """Return the handler of a process with this standard error and environment.

    Under systemd lines go to its journal with their fields; where its socket is not there, as
    lines with a priority. Elsewhere a person reads them, or with `is_json` a program.
    """
    if is_json:
        return EventHandler(stream, as_json)
    is_journal = is_wanted(environment, _descriptor(stream))
    is_service = "INVOCATION_ID" in environment and not stream.isatty()
    form: Form = with_priority if is_journal or is_service else for_people
    journal = JournalSocket() if is_journal and SOCKET.is_socket() else None
    return EventHandler(stream, form, journal)


def _descriptor(stream: TextIO) -> int:
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return -1  # no file stands behind it
