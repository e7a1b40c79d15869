"""`profile`: check a profile's file, describe the form to an editor, say what a profile does."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line
from terminal.errors import UsageError
from terminal.timekeeping import system_now

if TYPE_CHECKING:
    from protocol.profile_file.reading import Examined
    from verifier.profile import Profile

_FILE = ".toml"


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Profiles (TOML).")],
    *,
    as_json: JsonOption = False,
) -> int:
    """Tell every fault of each FILE, with its path and what to write instead."""
    from protocol.profile_file.reading import examine  # noqa: PLC0415  # when used

    is_ok = True
    for file in files:
        examined = examine(file.read_bytes(), name=file.stem)
        tell = _tell_json if as_json else _tell
        tell(file, examined)
        is_ok = is_ok and not examined.faults
    return 0 if is_ok else 1


def _tell_json(file: Path, examined: "Examined") -> None:
    faults, advice = (
        [{"path": each.path, "en": each.en, "zh": each.zh} for each in told]
        for told in (examined.faults, examined.advice)
    )
    print_json({"file": str(file), "ok": not faults, "faults": faults, "advice": advice})


def _tell(file: Path, examined: "Examined") -> None:
    print_line(f"{file}: {_count(examined.faults) if examined.faults else 'ok'}")
    for mark, told in (("", examined.faults), ("advice: ", examined.advice)):
        for each in told:
            print_line(f"  {mark}{each}")
            print_line(f"    {each.zh}")


def _count(faults: tuple[object, ...]) -> str:
    return "1 fault" if len(faults) == 1 else f"{len(faults)} faults"


def schema() -> None:
    """Print the JSON Schema of profiles, for an editor."""
    from protocol.profile_file.schema import schema_text  # noqa: PLC0415  # when used

    typer.echo(schema_text(), nl=False)


def show(
    which: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="A profile that is held here, or a file.")
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    as_json: JsonOption = False,
) -> None:
    """Say in sentences what a profile does: one that this terminal holds, or a FILE (.toml)."""
    from protocol.profile_file.reading import read_profile  # noqa: PLC0415  # when used
    from terminal.wording.explaining import sentences  # noqa: PLC0415  # likewise

    file = Path(which)
    is_file = file.suffix == _FILE
    profile = read_profile(file.read_bytes(), name=file.stem) if is_file else _held(config, which)
    told = list(sentences(profile))
    if as_json:
        print_json({"name": profile.name, "sentences": [{"en": s.en, "zh": s.zh} for s in told]})
        return
    print_line(profile.name)
    for sentence in told:
        print_line(f"  {sentence.en}")
    for sentence in told:
        print_line(f"  {sentence.zh}")


def _held(config: Path, name: str) -> "Profile":
    """Return the profile `name` as this terminal holds it.

    Raises:
        UsageError: it holds none of that name.
    """
    from offline_cache.state import StateFolder  # noqa: PLC0415  # when used
    from terminal.bootstrap import trust_store  # noqa: PLC0415  # likewise
    from terminal.settings import load_settings  # noqa: PLC0415  # likewise

    settings = load_settings(config)
    trust = trust_store(StateFolder(settings.state_folder), settings).look(now=system_now())
    held = {} if trust is None else dict(trust.profiles)
    if name not in held:
        names = ", ".join(sorted(held)) or "none yet: sync first"
        raise UsageError(f"no profile {name} is held here ({names}); a file's name ends in {_FILE}")
    return held[name]
