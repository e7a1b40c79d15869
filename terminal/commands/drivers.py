"""`drivers`: what can stand behind a lane's devices, how far it is to be trusted, and a check."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from terminal.commands.options import JsonOption
from terminal.commands.output import print_json, print_line

if TYPE_CHECKING:
    from drivers.quality import Evidence, QualityCard


def show(*, as_json: JsonOption = False) -> int:
    """List every driver, ours and those that others bring, with its quality card.

    Exit 1 where one that is installed can't be used. The modules of others' drivers are imported.
    """
    from drivers.cards import CARDS  # noqa: PLC0415  # when used
    from terminal.devices.third_party import SHELVES, load_maker  # noqa: PLC0415
    from terminal.errors import DriverUnusable  # noqa: PLC0415

    worst = 0
    for part, cards in CARDS.items():
        for name, card in cards.items():
            _tell(part, name, "scan-terminal", card, as_json=as_json)
    for part, shelf in SHELVES.items():
        for name in shelf.names():
            try:
                _tell(
                    part, name, shelf.bringers(name), load_maker(part, name).card, as_json=as_json
                )
            except DriverUnusable as error:
                _tell(part, name, shelf.bringers(name), None, str(error), as_json=as_json)
                worst = 1
    return worst


def check(
    name: Annotated[str, typer.Argument(help="As its entry point names it.")],
    *,
    as_json: JsonOption = False,
) -> int:
    """Run the conformance kit against a driver that others bring, before its own simulator.

    Exit 1 where a check failed.
    """
    from drivers.clock import monotonic_ms  # noqa: PLC0415  # when used
    from drivers.conformance import Outcome, check_driver  # noqa: PLC0415
    from terminal.devices.third_party import SHELVES, load_maker  # noqa: PLC0415

    parts = [part for part, shelf in SHELVES.items() if name in shelf.names()] or ["scanner"]
    has_failed = False
    for part in parts:
        for found in check_driver(part, load_maker(part, name), monotonic_ms):
            has_failed |= found.outcome is Outcome.FAILED
            told = {"part": part, "name": name, "check": found.check}
            if as_json:
                print_json({**told, "outcome": found.outcome.value, "what": found.what})
            else:
                what = f": {found.what}" if found.what else ""
                print_line(f"{found.outcome.value:8} {part} {name}, {found.check}{what}")
    return 1 if has_failed else 0


def _tell(  # a line's parts
    part: str,
    name: str,
    bringer: str,
    card: "QualityCard | None",
    trouble: str = "",
    *,
    as_json: bool,
) -> None:
    if as_json:
        print_json(
            {
                "part": part,
                "name": name,
                "from": bringer,
                "card": None if card is None else _card_members(card),
                "trouble": trouble,
            }
        )
        return
    grade = "unusable" if card is None else card.grade.value
    print_line(f"{grade:8} {part} {name} (from {bringer}) {trouble}".rstrip())
    if card is not None and card.times_pulse:
        print_line("         times a gate's pulse itself, where the board can")
    for evidence in () if card is None else card.evidence:
        print_line(f"         {evidence.proof.value}: {_words(evidence)}")


def _words(evidence: "Evidence") -> str:
    real = (evidence.device, evidence.firmware, str(evidence.on or ""), evidence.who)
    told = ", ".join(each for each in real if each)
    return f"{evidence.what} ({told})" if told else evidence.what


def _card_members(card: "QualityCard") -> dict[str, Any]:
    return {
        "grade": card.grade.value,
        "times_pulse": card.times_pulse,
        "evidence": [
            {
                "proof": each.proof.value,
                "what": each.what,
                "device": each.device,
                "firmware": each.firmware,
                "on": None if each.on is None else each.on.isoformat(),
                "who": each.who,
            }
            for each in card.evidence
        ],
    }
