"""What the daemon says, for people at a screen, for the system's journal, and for programs."""

import json
import logging
import os

_FOR_PEOPLE = "%(asctime)s %(levelname)s %(message)s"
_FOR_SYSTEMD = "%(levelname)s %(message)s"  # which stamps every line itself


class JsonLines(logging.Formatter):
    """One object a line: time, level, message, and the trace of a bug where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return `record` as one line."""
        members: dict[str, object] = {
            "at": int(record.created),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            members["trace"] = self.formatException(record.exc_info)
        return json.dumps(members, ensure_ascii=False)


def begin_logging(level: str, *, as_json: bool) -> None:
    """Send everything of `level` and above to standard error.

    Args:
        level: a name of `logging`'s, in lower case.
        as_json: whether programs read it.
    """
    handler = logging.StreamHandler()
    under_systemd = "JOURNAL_STREAM" in os.environ
    text = logging.Formatter(_FOR_SYSTEMD if under_systemd else _FOR_PEOPLE)
    handler.setFormatter(JsonLines() if as_json else text)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
