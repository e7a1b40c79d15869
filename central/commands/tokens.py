"""`scan-central token`: what operators' programs read the centre with."""

from typing import Annotated

import typer

from central.centre import system_now
from central.commands.operators import audited
from central.commands.reporting import opened_store
from central.commands.words import HERE, Directory, Json, say
from central.records import Scope, Token
from central.tokens import DAYS_DEFAULT, DAYS_MAX, end_token, make_token
from central.wording import utc

token = typer.Typer(
    help="Tokens by which programs of an operator read health and events.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@token.command("make")
def make_command(
    *,
    name: Annotated[str, typer.Argument(help="Who will hold it, such as dashboard.")],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it reads; may come again; default: all.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it is good.", min=1, max=DAYS_MAX)] = (
        DAYS_DEFAULT
    ),
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Make a token. It is shown once: the centre keeps a digest of it."""
    with opened_store(directory) as store:
        text, made = make_token(store, name, frozenset(scope or Scope), days=days, now=system_now())
        audited(store, "token.make", made.token_id, name)
    members = {**_members(made), "token": text}
    say(
        members,
        f"token: {text}\nid: {made.token_id}\ngood until: {utc(made.expires_at)}",
        as_json=as_json,
    )


@token.command("list")
def list_command(*, directory: Directory = HERE, as_json: Json = False) -> None:
    """Say which tokens there are."""
    with opened_store(directory) as store:
        tokens = store.tokens.all()
    for each in tokens:
        scopes = " ".join(_scopes(each))
        text = f"{each.token_id}  {each.name}  {scopes}  good until {utc(each.expires_at)}"
        say(_members(each), text, as_json=as_json)


@token.command("end")
def end_command(
    *,
    token_id: Annotated[str, typer.Argument(help="As token list shows it.")],
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Let a token open nothing any more, from now on."""
    with opened_store(directory) as store:
        end_token(store, token_id)
        audited(store, "token.end", token_id)
    say({"token_id": token_id}, f"{token_id} is ended", as_json=as_json)


def _members(of: Token) -> dict[str, object]:
    return {
        "token_id": of.token_id,
        "name": of.name,
        "scopes": _scopes(of),
        "created_at": of.created_at,
        "expires_at": of.expires_at,
    }


def _scopes(of: Token) -> list[str]:
    return sorted(scope.value for scope in of.scopes)
