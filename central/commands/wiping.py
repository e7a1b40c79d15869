"""`scan-central wipe`: a terminal that was stolen, or is given away, erases itself."""

from typing import Annotated

import typer

from central.centre import system_now
from central.commands.operators import audited
from central.commands.reporting import opened_store
from central.commands.words import HERE, Directory, Json, say
from central.orders import order_wipe, take_back_wipe
from central.wording import utc


def wipe_command(
    *,
    terminal: Annotated[str, typer.Argument(help="The terminal's name.")],
    take_back: Annotated[
        bool, typer.Option("--take-back", help="The order, if it has not been obeyed yet.")
    ] = False,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Order a terminal to bring home what it can and erase itself, when it next comes by."""
    with opened_store(directory) as store:
        if take_back:
            take_back_wipe(store, terminal)
            audited(store, "terminal.wipe-back", terminal)
            say({"terminal": terminal, "order": None}, "taken back", as_json=as_json)
            return
        order = order_wipe(store, terminal, now=system_now())
        audited(store, "terminal.wipe", terminal, order.order_id)
    members = {"terminal": terminal, "epoch": order.epoch, "order": order.order_id}
    when = "it has not said that it obeys"
    if order.obeyed_at is not None:
        when = f"it said at {utc(order.obeyed_at)} that it obeys"
    text = f"order {order.order_id}: {terminal} is to erase itself; {when}"
    say(members | {"obeyed_at": order.obeyed_at}, text, as_json=as_json)
