"""`scan-central operator` and `scan-central audit`: who may sign in, and what they did."""

import getpass
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from central.centre import system_now
from central.commands.reporting import opened_store
from central.commands.words import HERE, Directory, Json, put, say
from central.errors import BadRequest, CentralError
from central.operators.accounts import (
    PASSWORD_CHARACTERS_MAX,
    add_operator,
    change_password,
    change_role,
    check_password,
    remove_operator,
)
from central.operators.audit import broken_at, lines, members_of, record
from central.operators.values import Act, Operator, OperatorRole, Via
from central.site import Site
from central.store.store import Store
from central.wording import utc
from protocol.keys import password_digest

if TYPE_CHECKING:
    from central.pages.admission import Way

operator = typer.Typer(
    help="People who may sign in to the operators' pages.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(help="To sign in with: a-z 0-9 . _ -")]
RoleOption = Annotated[OperatorRole, typer.Option(help="What they may do.")]
RoleWord = Annotated[OperatorRole, typer.Argument(help="What they may do.")]


class AuditBroken(CentralError):  # noqa: N818  # the house's word for it
    """Somebody has changed the audit."""

    exit_code = 1


@operator.command("add")
def add_command(
    *,
    name: Name,
    role: RoleOption = OperatorRole.VIEWER,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Let a person sign in. The password is asked for, or is the first line of standard input."""
    with opened_store(directory) as store:
        password = _asked_password()
        made = add_operator(store, name, role, password, by=_me(), now=system_now())
    text = f"{name} may sign in as {role.value}: /operate/ of a centre that serves from now on"
    say(_members(made), text, as_json=as_json)


@operator.command("list")
def list_command(*, directory: Directory = HERE, as_json: Json = False) -> None:
    """Say who may sign in."""
    with opened_store(directory) as store:
        found = store.operators.all()
    for each in found:
        text = f"{each.name}  {each.role.value}  changed {utc(each.changed_at)}"
        say(_members(each), text, as_json=as_json)


@operator.command("role")
def role_command(
    *, name: Name, role: RoleWord, directory: Directory = HERE, as_json: Json = False
) -> None:
    """Change what somebody may do; their browsers are signed out."""
    with opened_store(directory) as store:
        change_role(store, name, role, by=_me(), now=system_now())
    say({"name": name, "role": role.value}, f"{name} is {role.value}", as_json=as_json)


@operator.command("password")
def password_command(*, name: Name, directory: Directory = HERE, as_json: Json = False) -> None:
    """Set somebody's password anew; their browsers are signed out, a lock-out ends."""
    with opened_store(directory) as store:
        password = _asked_password()
        check_password(name, password)
        digest = password_digest(password)
        change_password(store, name, digest, by=_me(), via=Via.COMMAND, now=system_now())
    say({"name": name}, f"{name} has a new password", as_json=as_json)


@operator.command("remove")
def remove_command(*, name: Name, directory: Directory = HERE, as_json: Json = False) -> None:
    """Let somebody sign in no more; what they did stays in the audit."""
    with opened_store(directory) as store:
        remove_operator(store, name, by=_me(), now=system_now())
    say({"name": name}, f"{name} signs in no more", as_json=as_json)


def audit_command(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Say whether all lines are as they were written.")
    ] = False,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Print what operators did, the oldest first; or check it, exit 1 where it was changed."""
    with opened_store(directory) as store:
        if check:
            _check(store, as_json=as_json)
            return
        for line in lines(store):
            members = members_of(line)
            if as_json:
                put(members)
            else:
                typer.echo(_text(members))


def _check(store: Store, *, as_json: bool) -> None:
    broken, last = broken_at(store), store.audit.last()
    number, chain = (0, "") if last is None else (last.number, last.chain.hex())
    members = {"lines": number, "chain": chain, "broken_at": broken}
    text = f"{number} lines, none changed; the chain ends with {chain or 'nothing'}"
    if broken is not None:
        if as_json:
            put(members)
        raise AuditBroken(f"line {broken} of the audit was changed, or is missing")
    say(members, text, as_json=as_json)


def audited(store: Store, what: str, on: str, detail: str = "") -> None:
    """Write into the audit what a command did, by the system's user who gave it."""
    act = Act(who=_me(), via=Via.COMMAND, what=what, on=on, detail=detail)
    with store.transaction():
        record(store, act, system_now())


def pages_way(site: Site, *, operators: bool | None, public_url: str | None) -> "Way | None":
    """Return how browsers come to the operators' pages; None: they are not served.

    Raises:
        BadRequest: `public_url` is no https://HOST.
    """
    from central.pages.admission import way_of  # noqa: PLC0415  # needs the extra

    way = way_of(public_url)
    if operators is None:
        store = site.open_store()
        try:
            operators = bool(store.operators.all())
        finally:
            store.close()
    return way if operators else None


def _me() -> str:
    """Return the system's user; of `sudo`, the one who called it."""
    sudo = os.environ.get("SUDO_USER", "")
    try:
        own = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in containers
        own = str(os.getuid())
    return f"{own} ({sudo})" if sudo and sudo != own else own


def _asked_password() -> str:
    """Return a password, never from an argument: those stand in the list of processes."""
    if not sys.stdin.isatty():
        return sys.stdin.readline(PASSWORD_CHARACTERS_MAX + 2).rstrip("\r\n")
    password = getpass.getpass("password: ")
    if getpass.getpass("once more: ") != password:
        raise BadRequest("the two differ: nothing was changed")
    return password


def _members(of: Operator) -> dict[str, object]:
    return {
        "name": of.name,
        "role": of.role.value,
        "created_at": of.created_at,
        "changed_at": of.changed_at,
    }


def _text(members: dict[str, object]) -> str:
    at = utc(int(str(members["at"])))
    told = [members[name] for name in ("number", "who", "via", "what", "on", "detail")]
    return "  ".join([at, *(str(each) for each in told if each != "")])
