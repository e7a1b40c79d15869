"""`scan-central subsidy`: what was paid to holders, as kiosks tell them."""

from typing import Annotated

import typer

from central.commands.operators import audited
from central.commands.reporting import opened_store
from central.commands.words import HERE, Directory, Json, say
from central.errors import BadRequest, NotFound
from central.queries import add_subsidy
from central.site import open_site
from protocol.query import PAYMENTS_MAX, Payment
from verifier.profile import Phrase

subsidy = typer.Typer(
    help="Subsidies that were paid; a holder who shows his card at a kiosk is told of his own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Status = Annotated[int, typer.Option(help="The card's status index.", min=0)]


@subsidy.command("add")
def add_subsidy_command(
    *,
    status: Status,
    on: Annotated[str, typer.Option(help="The day on which it was paid, as in 2026-10-15.")],
    amount_minor: Annotated[int, typer.Option(help="In minor units: 500 yuan are 50000.")],
    zh: Annotated[str, typer.Option(help="What it is called in Chinese.")],
    en: Annotated[str, typer.Option(help="What it is called in English.")],
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "CNY",
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Note a subsidy that was paid to the holder of a card."""
    try:
        payment = Payment(
            on=on, what=Phrase(zh=zh, en=en), amount_minor=amount_minor, currency=currency
        )
    except ValueError as error:
        raise BadRequest(str(error)) from error
    with opened_store(directory) as store:
        number = add_subsidy(store, open_site(directory), status, payment)
        if number is None:
            raise NotFound(f"no card has status index {status}")
        audited(store, "subsidy.add", f"status {status}", f"number {number}")
    members = {"number": number, "status": status, **payment.members()}
    say(members, f"{number}  {on}  {zh}  {en}", as_json=as_json)


@subsidy.command("list")
def list_subsidies_command(
    *, status: Status, directory: Directory = HERE, as_json: Json = False
) -> None:
    """Say what was paid to the holder of a card, the newest first. It is personal data."""
    with opened_store(directory) as store:
        kept = store.subsidies.of_card(status, PAYMENTS_MAX)
    for each in kept:
        paid = each.payment
        text = f"{each.number}  {paid.on}  {paid.amount_minor} {paid.currency}  {paid.what.en}"
        say({"number": each.number, **paid.members()}, text, as_json=as_json)
