"""A scanner's table into the settings file: comments stay, and the old file is kept beside it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from terminal.errors import SettingsError, UsageError
from terminal.settings import load_settings

# Who has looked at a scanner so often keeps no older settings.
BACKUPS_MAX = 99


def inline(value: object) -> str:
    """Return a value as TOML writes it on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            told = ", ".join(f"{key} = {inline(each)}" for key, each in value.items())
            return f"{{ {told} }}" if told else "{}"
        case list() | tuple():
            return f"[{', '.join(inline(each) for each in value)}]"
        case _:
            raise ValueError(f"no setting is a {type(value).__name__}")


def write_scanner(config: Path, lane: str, table: Mapping[str, Any]) -> Path:
    """Make `table` the scanner of a lane, in one step; return where the old settings are kept.

    Args:
        config: the settings; a link is followed.
        lane: its name.
        table: the whole table.

    Raises:
        SettingsError: the file would not load with it; nothing was written.
        UsageError: the file has no such lane, or there are too many old ones beside it.
        OSError: it can't be read or written.
    """
    place = config.resolve()
    text = _changed(place.read_text("utf-8"), lane, table)
    new = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        _write_as(new, text, place.stat())
        _check(new, place)
        kept = _keep(place)
        new.replace(place)
    finally:
        new.unlink(missing_ok=True)
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    os.fsync(folder)
    os.close(folder)
    return kept


def _changed(text: str, lane: str, table: Mapping[str, Any]) -> str:
    import tomlkit  # noqa: PLC0415  # when settings are written

    document = tomlkit.parse(text)
    for each in document.get("lane", ()):
        if each.get("name") == lane:
            held = each["scanner"]
            for key in [key for key in held if key not in table]:
                del held[key]
            for key, value in table.items():
                if key not in held or held[key] != value:
                    held[key] = value
            return tomlkit.dumps(document)
    raise UsageError(f"the settings have no lane {lane}")


def _write_as(path: Path, text: str, like: os.stat_result) -> None:
    """Write a new file durably, with owner, group and mode of another."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123  # a descriptor
        if (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(descriptor, like.st_uid, like.st_gid)
        os.fchmod(descriptor, like.st_mode & 0o777)
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _check(new: Path, place: Path) -> None:
    try:
        load_settings(new)
    except SettingsError as error:
        told = str(error).replace(str(new), str(place))
        raise SettingsError(f"not written, for it would not load: {told}") from error


def _keep(place: Path) -> Path:
    """Give the old file a second name, which stays: the first that is free."""
    for number in range(1, BACKUPS_MAX + 1):
        kept = place.with_name(f"{place.name}.before-{number}")
        try:
            kept.hardlink_to(place)
        except FileExistsError:
            continue
        return kept
    raise UsageError(f"{place}.before-1 to -{BACKUPS_MAX} are there: remove old ones")
