"""Signing in and out, and changing one's own password."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from fastapi import Request, Response

from central.centre import Centre
from central.errors import BadRequest
from central.operators.accounts import PASSWORD_CHARACTERS_MAX, check_password
from central.operators.audit import record
from central.operators.sessions import end_session, form_token, operator_of
from central.operators.signing_in import (
    Try,
    Wait,
    begin_try,
    end_change,
    end_try,
    network_of,
)
from central.operators.values import Act, Operator, Via
from central.pages.admission import Way, address_of, cookie_of, give_cookie
from central.pages.answers import PageCode, PageRefused, answer
from central.pages.asked import malformed
from central.pages.passwords import Passwords

_NAME_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where people sign in."""

    centre: Centre
    passwords: Passwords
    way: Way


async def sign_in(desk: Desk, request: Request, body: Mapping[str, object]) -> Response:
    """Begin a session for whoever knows a name's password.

    Raises:
        PageRefused: too many tries, or a wrong one: no answer says which of the two is wrong.
    """
    name, password = _text(body, "name", _NAME_MAX), _text(body, "password")
    before = cookie_of(request, desk.way)
    with desk.passwords.one(_network(desk, request)):
        tried = await _begin_try(desk, request, name)
        known = None if tried.known is None else tried.known.password
        went_well = await desk.passwords.fits(known, password)
        cookie = await desk.centre.work(partial(_end_try, desk, tried, before, went_well=went_well))
    if not cookie or tried.known is None:
        raise PageRefused(PageCode.WRONG, "name or password is wrong")
    return _signed_in(desk, request, tried.known, cookie)


def who(operator: Operator, cookie: str) -> Mapping[str, object]:
    """Return who has signed in, and what their page sends with each change."""
    return {"name": operator.name, "role": operator.role.value, "form": form_token(cookie)}


async def sign_out(desk: Desk, request: Request, operator: Operator) -> Response:
    """End this session."""
    cookie = cookie_of(request, desk.way)
    await desk.centre.work(partial(_sign_out, desk, cookie, operator))
    response = answer({})
    give_cookie(response, request, desk.way, "")
    return response


async def set_password(
    desk: Desk, request: Request, operator: Operator, body: Mapping[str, object]
) -> Response:
    """Change one's own password; every other browser is signed out.

    Raises:
        PageRefused: the old one is wrong, or the new one too easily tried.
    """
    old, new = _text(body, "old"), _text(body, "new")
    try:
        check_password(operator.name, new)
    except BadRequest as error:
        raise PageRefused(PageCode.PASSWORD, str(error)) from error
    with desk.passwords.one(_network(desk, request)):
        tried = await _begin_try(desk, request, operator.name)
        if tried.known is None or not await desk.passwords.fits(tried.known.password, old):
            await desk.centre.work(partial(_end_try, desk, tried, "", went_well=False))
            raise PageRefused(PageCode.WRONG, "the old password is wrong")
        digest = await desk.passwords.digest(new)
        before = cookie_of(request, desk.way)
        cookie = await desk.centre.work(partial(_end_change, desk, tried, digest, before))
    if not cookie:
        raise PageRefused(PageCode.SIGNED_OUT, "somebody else has changed this account meanwhile")
    return _signed_in(desk, request, operator, cookie)


def _signed_in(desk: Desk, request: Request, operator: Operator, cookie: str) -> Response:
    response = answer(who(operator, cookie))
    give_cookie(response, request, desk.way, cookie)
    return response


def _network(desk: Desk, request: Request) -> str:
    return network_of(address_of(request, desk.way))


async def _begin_try(desk: Desk, request: Request, name: str) -> Try:
    address = address_of(request, desk.way)
    task = partial(begin_try, desk.centre.store, name, address, desk.centre.now())
    try:
        return await desk.centre.work(task)
    except Wait as error:
        raise PageRefused(PageCode.WAIT, str(error), wait_s=error.wait_s) from error


def _end_try(desk: Desk, tried: Try, before: str, *, went_well: bool) -> str:
    now = desk.centre.now()
    return end_try(desk.centre.store, tried, went_well=went_well, before=before, now=now)


def _sign_out(desk: Desk, cookie: str, operator: Operator) -> None:
    store, now = desk.centre.store, desk.centre.now()
    with store.transaction():
        if operator_of(store, cookie, now) is not None:
            end_session(store, cookie)
            act = Act(who=operator.name, via=Via.PAGE, what="sign-out", on=operator.name)
            record(store, act, now)


def _end_change(desk: Desk, tried: Try, digest: str, cookie: str) -> str:
    store, now = desk.centre.store, desk.centre.now()
    return end_change(store, tried, digest, cookie=cookie, now=now)


def _text(body: Mapping[str, object], name: str, longest: int = PASSWORD_CHARACTERS_MAX) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise malformed(f"{name} is a text of 1 to {longest} characters")
    return value
