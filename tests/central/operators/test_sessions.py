import pytest

from central.operators.accounts import change_password, change_role, remove_operator
from central.operators.sessions import (
    ABSOLUTE_S,
    IDLE_S,
    NOTE_USE_S,
    SESSIONS_EACH_MAX,
    begin_session,
    end_session,
    form_token,
    operator_of,
)
from central.operators.values import OperatorRole, Via
from tests.central.operators.conftest import AddOperator
from tests.central.peers import START
from tests.central.stores import Held
from verifier.model import UnixSeconds


@pytest.fixture
def cookie(held: Held, add: AddOperator) -> str:
    add("li")
    return _begin(held)


def _begin(held: Held) -> str:
    with held.store.transaction():
        return begin_session(held.store, "li", "", held.now)


def _is_in(held: Held, cookie: str, after_s: int = 0) -> bool:
    return operator_of(held.store, cookie, UnixSeconds(START + after_s)) is not None


def test_forged_cookie_opens_nothing(held: Held, cookie: str) -> None:
    swapped = ("B" if cookie[0] == "A" else "A") + cookie[1:]
    for forged in ("", "A" * 43, swapped, cookie[:-1], cookie + "A"):
        assert not _is_in(held, forged)
    assert _is_in(held, cookie)


def test_cookie_itself_is_kept_nowhere(held: Held, cookie: str) -> None:
    (session,) = held.store.operators.sessions("li")
    assert cookie.encode() not in session.digest
    assert form_token(cookie) not in (cookie, session.digest.hex())


def test_idle_session_ends_exactly_in_time(held: Held, cookie: str) -> None:
    assert not _is_in(held, cookie, IDLE_S)
    assert _is_in(held, cookie, IDLE_S - 1)


def test_session_in_use_ends_after_a_shift(held: Held, cookie: str) -> None:
    for after_s in range(0, ABSOLUTE_S, IDLE_S - 1):
        assert _is_in(held, cookie, after_s)
    assert _is_in(held, cookie, ABSOLUTE_S - 1)
    assert not _is_in(held, cookie, ABSOLUTE_S)


def test_use_is_noted_not_more_often_than_once_a_minute(held: Held, cookie: str) -> None:
    _is_in(held, cookie, NOTE_USE_S - 1)
    (session,) = held.store.operators.sessions("li")
    assert session.used_at == START
    _is_in(held, cookie, NOTE_USE_S)
    (session,) = held.store.operators.sessions("li")
    assert session.used_at == START + NOTE_USE_S


def test_page_that_asks_by_itself_keeps_no_session_alive(held: Held, cookie: str) -> None:
    for after_s in range(0, IDLE_S, NOTE_USE_S):
        now = UnixSeconds(START + after_s)
        assert operator_of(held.store, cookie, now, is_there=False) is not None
    assert not _is_in(held, cookie, IDLE_S)


def test_signing_out_ends_this_session_alone(held: Held, cookie: str) -> None:
    other = _begin(held)
    end_session(held.store, cookie)
    assert not _is_in(held, cookie)
    assert _is_in(held, other)


def test_change_of_role_or_password_ends_every_session(held: Held, cookie: str) -> None:
    change_role(held.store, "li", OperatorRole.VIEWER, by="root", now=START)
    assert not _is_in(held, cookie)
    second = _begin(held)
    change_password(held.store, "li", "digest", by="root", via=Via.COMMAND, now=START)
    assert not _is_in(held, second)


def test_removed_operator_is_out_at_once(held: Held, cookie: str) -> None:
    remove_operator(held.store, "li", by="root", now=START)
    assert not _is_in(held, cookie)


def test_oldest_session_goes_when_there_are_too_many(held: Held, cookie: str) -> None:
    held.now = UnixSeconds(START + 1)
    others = [_begin(held) for _ in range(SESSIONS_EACH_MAX)]
    assert not _is_in(held, cookie)
    assert all(_is_in(held, each) for each in others)
