"""`scan-central appeals`: what people asked for at screens, and what became of it."""

import json
from typing import Annotated

import typer

from central.centre import system_now
from central.commands.operators import audited
from central.commands.reporting import opened_store
from central.commands.words import HERE, Directory, Json, say
from central.details import details_of
from central.errors import NotFound
from central.operators.audit import printable
from central.projectors.reports import ReportProjector
from central.projectors.running import Projection
from central.site import open_site
from central.store.store import Store
from central.store.visits import Appeal, AppealState
from central.wording import utc

appeals = typer.Typer(
    help="Appeals that people left at screens.", no_args_is_help=True, rich_markup_mode=None
)
Terminal = Annotated[str, typer.Argument(help="The terminal's name.")]
Epoch = Annotated[int, typer.Argument(min=1)]
Seq = Annotated[int, typer.Argument(min=1, help="The entry's number: of 1-217 it is 217.")]


@appeals.command("list")
def list_appeals_command(
    *,
    state: Annotated[AppealState, typer.Option(help="How far they have come.")] = AppealState.OPEN,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Say which appeals there are, without their words: what can't wait first."""
    with opened_store(directory) as store:
        Projection(store, ReportProjector(store)).round(system_now())
        found = store.visits.appeals(state)
    for each in found:
        text = (
            f"{each.terminal} {each.number}  {each.urgency}  {utc(each.at)}  {each.service or '-'}"
            f"  {each.state.value} {each.operator}".rstrip()
        )
        say(_members(each), text, as_json=as_json)


@appeals.command("show")
def show_appeal_command(
    *,
    terminal: Terminal,
    epoch: Epoch,
    seq: Seq,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Open one appeal's words. They are personal data: know why you look."""
    own = [open_site(directory).keys.seal]
    with opened_store(directory) as store:
        found = _found(store, terminal, epoch, seq)
        lines = store.projections.lines(terminal, epoch, seq - 1, 1)
        try:
            words = details_of(json.loads(lines[0][1]), own) or {}
        except ValueError as error:
            raise NotFound(f"appeal {found.number}: {error}") from error
        audited(store, "details.open", f"{terminal} {epoch}/{seq}")
    said = {name: json.dumps(words[name], ensure_ascii=False) for name in words}
    text = "\n".join(f"{name}: {printable(told)}" for name, told in said.items())
    say({**_members(found), "words": words}, text, as_json=as_json)


@appeals.command("set")
def set_appeal_command(
    *,
    terminal: Terminal,
    epoch: Epoch,
    seq: Seq,
    state: Annotated[AppealState, typer.Argument(help="What it is from now on.")],
    note: Annotated[str, typer.Option(help="For who looks at it next.")] = "",
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Write how far an appeal has come."""
    with opened_store(directory) as store:
        found = _found(store, terminal, epoch, seq)
        with store.transaction():
            kept = note or found.note
            store.visits.work_on(found, state, operator="", note=kept, now=system_now())
            audited(store, f"appeal.{state.value}", f"{terminal} {epoch}/{seq}", note)
    members = {"terminal": terminal, "number": found.number, "state": state.value}
    say(members, f"{terminal} {found.number} is {state.value}", as_json=as_json)


def _found(store: Store, terminal: str, epoch: int, seq: int) -> Appeal:
    Projection(store, ReportProjector(store)).round(system_now())
    found = store.visits.appeal(terminal, epoch, seq)
    if found is None:
        raise NotFound(f"no appeal {epoch}-{seq} of {terminal!r}: see scan-central appeals list")
    return found


def _members(appeal: Appeal) -> dict[str, object]:
    return {
        "terminal": appeal.terminal,
        "epoch": appeal.epoch,
        "seq": appeal.seq,
        "number": appeal.number,
        "lane": appeal.lane,
        "at": appeal.at,
        "urgency": appeal.urgency,
        "service": appeal.service,
        "is_identified": appeal.pseudonym != "",
        "state": appeal.state.value,
        "operator": appeal.operator,
        "note": appeal.note,
    }
