"""The centre's address that an enrolment slip brought, kept where the settings name none."""

import json
from pathlib import Path

from offline_cache.files import write_durably
from terminal.errors import SettingsError


def keep_url(path: Path, url: str) -> None:
    """Keep `url` in `path`, durably.

    Raises:
        OSError: the disk is full or failing.
    """
    write_durably(path, json.dumps({"url": url}).encode(), mode=0o600)


def kept_url(path: Path) -> str:
    """Return the address kept in `path`; empty: none is.

    Raises:
        SettingsError: the file can't be read, or is none that `keep_url` wrote.
    """
    try:
        members = json.loads(path.read_bytes())
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SettingsError(
            f"{path}: can't be read ({error.strerror}); run as the daemon's user"
        ) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path) from error
    match members:
        case {"url": str() as url, **rest} if not rest:
            return url
        case _:
            raise _damaged(path)


def _damaged(path: Path) -> SettingsError:
    return SettingsError(f"{path}: damaged; set centre.url, and remove it")
