"""The root that this machine pins: from the settings, a technician's file, or the package.

Never from a QR and never from the network: what a QR says is judged by it.
"""

from hashlib import sha256
from pathlib import Path

from offline_cache.files import write_durably
from terminal.errors import SettingsError, UsageError
from verifier.errors import TrustError
from verifier.trust import base64url

# A technician's goes before the package's: who builds an image for a city puts the second there.
ROOT_FILES = (Path("/etc/scan-terminal/trust-root"), Path("/usr/share/scan-terminal/trust-root"))

# 43 letters and a line end; who wrote a comment beside it has written something else.
_FILE_OCTETS_MAX = 64
# The daemon's own user reads it, though a command's umask keeps what it writes to who runs it.
_READABLE = 0o644
_FOLDER_READABLE = 0o755


def root_octets(text: str) -> bytes:
    """Return the digest that `text` pins.

    Raises:
        SettingsError: it is no SHA-256 in base64url.
    """
    try:
        octets = base64url(text)
    except TrustError:
        octets = b""
    if len(octets) != sha256().digest_size:
        raise SettingsError("centre.trust_root is no SHA-256; copy it from `scan-central init`")
    return octets


def root_on_disk(files: tuple[Path, ...] = ROOT_FILES) -> str:
    """Return the root in the first of `files` that is there.

    Raises:
        SettingsError: none is, or the first holds no root: no other is tried behind it.
    """
    for path in files:
        try:
            with path.open("rb") as file:
                octets = file.read(_FILE_OCTETS_MAX + 1)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SettingsError(f"{path}: can't be read ({error.strerror})") from error
        return _checked(path, octets)
    raise SettingsError(
        f"centre.trust_root is missing, and there is no {' and no '.join(map(str, files))}; pin"
        " the root that `scan-central init` printed: scan-terminal trust-root ROOT"
    )


def _checked(path: Path, octets: bytes) -> str:
    text = octets.decode("ascii", "replace").strip()
    try:
        root_octets(text)
    except SettingsError as error:
        raise SettingsError(
            f"{path}: holds no trust root; write it anew: scan-terminal trust-root ROOT"
        ) from error
    return text


def pin_root(text: str, path: Path) -> None:
    """Keep a technician's root in `path`.

    Raises:
        UsageError: it is no root.
        OSError: the file can't be written.
    """
    try:
        root_octets(text)
    except SettingsError as error:
        raise UsageError(
            "this is no trust root: copy the one `scan-central init` printed"
        ) from error
    is_new = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    if is_new:
        path.parent.chmod(_FOLDER_READABLE)
    write_durably(path, f"{text}\n".encode(), mode=_READABLE)
    path.chmod(_READABLE)
