"""`enrol` and `trust-root`: how a technician makes this machine a terminal."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line
from terminal.errors import ControlError, UsageError
from terminal.provisioning.pinned import ROOT_FILES
from terminal.settings import Settings, load_settings

# The longest slip has 800 characters; a line that is longer is none.
_LINE_BYTES_MAX = 1_024
# What `decode` reads of pictures; anything else that is named is a code.
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".pdf"})
_MINUTES = 15


def enrol(  # noqa: PLR0913  # typer reads options from the signature
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE_OR_QR",
            help="The one-time code or slip, a picture of its QR, or - for standard input.",
        ),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    arm: Annotated[
        bool, typer.Option("--arm", help="Have the daemon read the QR by its own scanners.")
    ] = False,
    minutes: Annotated[int, typer.Option(help="For how long; 15 at most.")] = _MINUTES,
    disarm: Annotated[bool, typer.Option("--disarm", help="Have it read no more.")] = False,
    request: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Without a network: write a request there."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make this machine a terminal: by a code, by its own scanner, or by a folder."""
    wanted = [code is not None, arm, disarm, request is not None]
    if wanted.count(True) != 1:
        raise UsageError("give one of: a code, --arm, --disarm, --request FOLDER")
    settings = load_settings(config)
    if request is not None:
        told = _requested(settings, request)
    elif code is not None:
        told = _enrolled(settings, _text(code))
    else:
        told = _asked_daemon(settings, "enrol-arm" if arm else "enrol-disarm", minutes, is_on=arm)
    if as_json:
        print_json(told)
    else:
        for line in _said(told):
            print_line(line)


def _enrolled(settings: Settings, text: str) -> Mapping[str, object]:
    """Return who this machine is now; a daemon that waits does it itself, for it holds the disk."""
    from terminal.enrolling import enrol_terminal  # noqa: PLC0415  # network, when used
    from terminal.provisioning.asked import read_asked  # noqa: PLC0415

    read_asked(text)  # a typing error is told before anybody is asked
    answer = _ask(settings, "enrol", json.dumps(text))
    if answer is None:
        identity = enrol_terminal(settings, text)
        return {"terminal": identity.terminal, "epoch": identity.epoch}
    return answer


def _asked_daemon(
    settings: Settings, word: str, minutes: int, *, is_on: bool
) -> Mapping[str, object]:
    from terminal.provisioning.arming import MINUTES_MAX  # noqa: PLC0415  # when used

    if not 1 <= minutes <= MINUTES_MAX:
        raise UsageError(f"--minutes: it is armed for 1 to {MINUTES_MAX} minutes")
    answer = _ask(settings, word, str(minutes) if is_on else "")
    match answer:
        case None:
            raise ControlError("no daemon runs here: systemctl start scan-terminal, then again")
        case {"enrolment": dict() as told}:
            return told
        case _:
            raise ControlError("the daemon's answer makes no sense")


def _ask(settings: Settings, word: str, about: str) -> Mapping[str, object] | None:
    """Return the answer of a daemon that waits to be enrolled; None: none runs.

    Raises:
        UsageError: it refuses, or is a terminal already.
    """
    from offline_cache.state import StateFolder  # noqa: PLC0415  # heavy, when used
    from terminal.control import ask  # noqa: PLC0415

    answer = ask(StateFolder(settings.state_folder).control, word, about)
    match answer:
        case {"error": "unknown request"}:
            raise UsageError(
                "this machine is enrolled already, and its daemon runs; to enrol it anew, stop the"
                " daemon and move the state folder away"
            )
        case {"error": str() as error}:
            raise UsageError(error)
        case _:
            return answer


def _requested(settings: Settings, folder: Path) -> Mapping[str, object]:
    from terminal.provisioning.by_folder import write_request  # noqa: PLC0415  # when used

    answer = _ask(settings, "enrol-request", json.dumps(str(folder.resolve())))
    return write_request(settings, folder) if answer is None else answer


def _said(told: Mapping[str, object]) -> tuple[str, ...]:
    """Return lines; what ends one within a name is escaped as each is printed."""
    match told:
        case {"terminal": str() as terminal, "epoch": int() as epoch}:
            return (f"this machine is terminal {terminal}, epoch {epoch}",)
        case {"file": str() as file, "fingerprint": str() as fingerprint}:
            return (
                f"request: {file}",
                f"fingerprint: {fingerprint}",
                "take the folder to the centre:",
                "  scan-central enrolment NAME --answer FOLDER --fingerprint FINGERPRINT",
            )
        case {"state": "unarmed"}:
            return ("not armed: scanners read nothing",)
        case _:
            return (f"armed for {told['ends_in_s']} s: show the enrolment QR to a scanner",)


def _text(code: str) -> str:
    """Return what a code, a picture of it or standard input says."""
    if code == "-":
        return sys.stdin.readline(_LINE_BYTES_MAX)
    if Path(code).suffix.lower() in _PICTURES:
        return _read_picture(code)
    return code


def _read_picture(path: str) -> str:
    """Return the one enrolment code in a picture.

    Raises:
        UsageError: there is none, or there are two.
        DriverError: no picture.
    """
    from drivers.picture_files.reader import PictureReader  # noqa: PLC0415  # processes, when used
    from terminal.provisioning.asked import wants_enrolment  # noqa: PLC0415

    found: set[str] = set()
    with PictureReader() as reader, reader.open(path) as file:
        for frame in file.frames():
            texts = (wants_enrolment(reading.payload) for reading in frame.look.readings)
            found |= {text for text in texts if text is not None}
            if not file.is_still:
                raise UsageError(f"{path}: name a picture, no video")
    if len(found) != 1:
        what = "two enrolment codes are" if found else "no enrolment code is"
        raise UsageError(f"{path}: {what} in the picture")
    return found.pop()


def trust_root(
    root: Annotated[
        str | None, typer.Argument(help="What `scan-central init` printed; to pin it here.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    file: Annotated[
        Path, typer.Option("--file", help="Where to pin it, for whoever builds an image.")
    ] = ROOT_FILES[0],
    as_json: JsonOption = False,
) -> None:
    """Show which root this machine pins, or pin one in a file (as root)."""
    from terminal.provisioning.pinned import pin_root  # noqa: PLC0415  # when used

    if root is not None:
        pin_root(root, file)
    # A new machine and an image may have their root before they have settings.
    counts = root if root and not config.exists() else load_settings(config).centre.trust_root
    is_ours = root is None or counts == root
    told = {"trust_root": counts, "is_pinned": is_ours}
    if as_json:
        print_json(told)
    else:
        print_line(f"trust root: {counts}")
    if not is_ours:
        raise UsageError(f"{file} is written, but centre.trust_root in {config} goes first")
