"""`scan-central invite`: a code by which one phone gets one test card from the test page."""

from typing import Annotated

import typer

from central.centre import system_now
from central.commands.drawing import drawer
from central.commands.enrolling import Qr
from central.commands.operators import audited
from central.commands.reporting import opened_store
from central.commands.words import HERE, Directory, Json, say
from central.errors import BadRequest
from central.holder.invitations import HOURS_DEFAULT, HOURS_MAX, invite
from central.issuing import capability_mask, type_mask
from central.store.invitations import Invitation
from central.wording import utc


def invite_command(
    *,
    capabilities: Annotated[str, typer.Option(help="Such as health-pass,shop.")] = "",
    types: Annotated[str, typer.Option(help="Such as senior,student.")] = "",
    hours: Annotated[
        int, typer.Option(help="How long the card is good.", min=1, max=HOURS_MAX)
    ] = HOURS_DEFAULT,
    url: Annotated[
        str, typer.Option(help="By which phones reach the centre: https://HOST or a localhost.")
    ] = "",
    qr: Qr = None,
    show: Annotated[bool, typer.Option("--list", help="List invitations, and who used them.")] = (
        False
    ),
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Invite one phone to be a test citizen, for an hour; see serve --holder-page."""
    if show:
        _show(directory, as_json=as_json)
        return
    if qr is not None and not url:
        raise BadRequest("--qr draws a link: say --url too, as phones reach the centre")
    draw = drawer(qr)
    with opened_store(directory) as store:
        code, made = invite(
            store,
            types=type_mask(types),
            capabilities=capability_mask(capabilities),
            hours=hours,
            now=system_now(),
        )
        audited(store, "test-card.invite", made.invitation_id, f"for {hours} h")
    # Behind the number sign it stays in the phone: no server's log has it.
    link = f"{url.rstrip('/')}/holder/#{code}" if url else ""
    draw(link)
    members = {"code": code, "link": link or None, **_members(made)}
    text = f"invitation: {code}\ngood until: {utc(made.expires_at)}" + (f"\n{link}" if link else "")
    say(members, text, as_json=as_json)


def _show(directory: Directory, *, as_json: bool) -> None:
    with opened_store(directory) as store:
        found = store.invitations.all()
    for each in found:
        told = "not used" if each.use is None else f"card {each.use.status_index}"
        text = f"{each.invitation_id}  {told}  ends {utc(each.expires_at)}"
        say(_members(each), text, as_json=as_json)


def _members(of: Invitation) -> dict[str, object]:
    return {
        "invitation": of.invitation_id,
        "expires_at": of.expires_at,
        "card_s": of.valid_s,
        "used_at": None if of.use is None else of.use.used_at,
        "status": None if of.use is None else of.use.status_index,
    }
