"""`content`: check a content pack's file, describe the form to an editor, say what a pack holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from terminal.commands.options import JsonOption
from terminal.commands.output import print_json, print_line

if TYPE_CHECKING:
    from protocol.content.model import ContentPack
    from protocol.content.reading import ExaminedPack


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Packs (JSON).")],
    *,
    as_json: JsonOption = False,
) -> int:
    """Tell the faults of each FILE, with their paths and what to write instead."""
    from protocol.content.reading import examine_pack  # noqa: PLC0415  # when used

    is_ok = True
    for file in files:
        examined = examine_pack(_octets(file))
        tell = _tell_json if as_json else _tell
        tell(file, examined)
        is_ok = is_ok and not examined.faults
    return 0 if is_ok else 1


def schema() -> None:
    """Print the JSON Schema of content packs, for an editor."""
    from protocol.content.schema import schema_text  # noqa: PLC0415  # when used

    typer.echo(schema_text(), nl=False)


def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A pack (JSON).")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Say what a pack holds: each category with its services, and what each service asks for."""
    from protocol.content.reading import read_pack  # noqa: PLC0415  # when used

    pack = read_pack(_octets(file), name=file.stem)
    if as_json:
        print_json(_members(file.stem, pack))
        return
    print_line(f"{file.stem} {pack.version}: {_counts(pack)}")
    for category in pack.categories:
        print_line(f"{category.name.zh}  {category.name.en}")
        for service in pack.services:
            if service.category == category.id:
                asks = " ".join(
                    word
                    for word, is_so in (
                        ("card", service.needs_card),
                        (f"queue={service.queue}", service.queue),
                        (f"checklist={service.checklist}", service.checklist),
                        ("subsidies", service.subsidies),
                    )
                    if is_so
                )
                print_line(f"  {service.id}  {service.name.zh}  {service.name.en}  {asks}".rstrip())


def _octets(file: Path) -> bytes:
    """Return a file, one octet more than a pack may have at most."""
    from protocol.content.limits import PACK_OCTETS_MAX  # noqa: PLC0415  # when used

    with file.open("rb") as opened:
        return opened.read(PACK_OCTETS_MAX + 1)


def _tell_json(file: Path, examined: "ExaminedPack") -> None:
    faults = [{"path": each.path, "en": each.en, "zh": each.zh} for each in examined.faults]
    print_json({"file": str(file), "ok": not faults, "faults": faults})


def _tell(file: Path, examined: "ExaminedPack") -> None:
    if examined.pack is not None:
        print_line(f"{file}: ok, {_counts(examined.pack)}")
        return
    count = len(examined.faults)
    print_line(f"{file}: {'1 fault' if count == 1 else f'{count} faults'}")
    for each in examined.faults:
        print_line(f"  {each}")
        print_line(f"    {each.zh}")


def _members(name: str, pack: "ContentPack") -> dict[str, object]:
    return {
        "name": name,
        "version": pack.version,
        "categories": len(pack.categories),
        "services": len(pack.services),
        "queues": len(pack.queues),
        "checklists": len(pack.checklists or {}),
    }


def _counts(pack: "ContentPack") -> str:
    told = _members("", pack)
    names = ("categories", "services", "queues", "checklists")
    return ", ".join(f"{told[name]} {name}" for name in names)
