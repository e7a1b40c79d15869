"""Accounts of operators: made, changed and removed, each act in the audit."""

import re

from central.errors import BadRequest, NotFound, RowTaken
from central.operators.audit import record
from central.operators.values import Act, Operator, OperatorRole, Via
from central.store.store import Store
from protocol.keys import PASSWORD_COST, PasswordCost, password_digest
from verifier.model import UnixSeconds

# NIST SP 800-63B-4, 3.1.1.2: 15 where it is the only proof; nothing about which characters.
PASSWORD_CHARACTERS_MIN = 15
# Argon2id takes more; nobody types more, and a long one costs time before it is refused.
PASSWORD_CHARACTERS_MAX = 256

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")

# The rows of sign_in_try.
BY_NAME, BY_ADDRESS = "name", "address"


def add_operator(  # noqa: PLR0913  # an account is so many things
    store: Store,
    name: str,
    role: OperatorRole,
    password: str,
    *,
    by: str,
    now: UnixSeconds,
    cost: PasswordCost = PASSWORD_COST,
) -> Operator:
    """Let a person sign in.

    Args:
        store: of the centre.
        name: to sign in with.
        role: what they may do.
        password: their first one.
        by: who does this, by a command.
        now: by this machine's clock.
        cost: of a try at the password.

    Raises:
        BadRequest: no name, a password that is too short, or there is one of that name.
    """
    if NAME.fullmatch(name) is None:
        raise BadRequest(f"{name!r} is no operator's name: 1 to 32 of a-z 0-9 . _ -")
    check_password(name, password)
    digest = password_digest(password, cost)
    operator = Operator(name=name, role=role, password=digest, created_at=now, changed_at=now)
    try:
        with store.transaction():
            store.operators.add(operator)
            record(store, _act(by, "operator.add", name, role.value), now)
    except RowTaken as error:
        raise BadRequest(f"there is an operator {name}: see scan-central operator list") from error
    return operator


def check_password(name: str, password: str) -> None:
    """Refuse a password that is too easily tried.

    Raises:
        BadRequest: too short or long, the name, or one character again and again.
    """
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise BadRequest(
            f"a password has {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters:"
            " take four words"
        )
    if len(set(password)) <= 3 or password.lower().replace(name, "") == "":  # aaa, ababab
        raise BadRequest("this password is tried among the first: take four words")


def change_role(store: Store, name: str, role: OperatorRole, *, by: str, now: UnixSeconds) -> None:
    """Write what an operator may do; they sign in anew.

    Raises:
        NotFound: there is none of that name.
    """
    with store.transaction():
        if not store.operators.set_role(name, role, now):
            raise NotFound(_UNKNOWN.format(name))
        _end_sessions(store, name)
        record(store, _act(by, "operator.role", name, role.value), now)


def change_password(
    store: Store, name: str, digest: str, *, by: str, via: Via, now: UnixSeconds
) -> None:
    """Write an operator's password; they sign in anew, everywhere.

    Raises:
        NotFound: there is none of that name.
    """
    with store.transaction():
        if not store.operators.set_password(name, digest, now):
            raise NotFound(_UNKNOWN.format(name))
        _end_sessions(store, name)
        record(store, Act(who=by, via=via, what="operator.password", on=name), now)


def remove_operator(store: Store, name: str, *, by: str, now: UnixSeconds) -> None:
    """Let an operator sign in no more; what they did stays in the audit.

    Raises:
        NotFound: there is none of that name.
    """
    with store.transaction():
        if not store.operators.remove(name):
            raise NotFound(_UNKNOWN.format(name))
        _end_sessions(store, name)
        record(store, _act(by, "operator.remove", name), now)


_UNKNOWN = "no operator is called {!r}: see scan-central operator list"


def _end_sessions(store: Store, name: str) -> None:
    """Sign out everywhere, and let whoever was locked out try again."""
    store.operators.end_all(name)
    store.operators.forget_tries(BY_NAME, name)


def _act(by: str, what: str, name: str, detail: str = "") -> Act:
    return Act(who=by, via=Via.COMMAND, what=what, on=name, detail=detail)
