"""Signing in: negative tests first."""

import pytest

from central.operators.accounts import BY_NAME, change_password
from central.operators.audit import lines, members_of
from central.operators.sessions import operator_of
from central.operators.signing_in import (
    ADDRESS_PATIENCE,
    FORGET_S,
    NAME_PATIENCE,
    WAIT_S,
    Try,
    Wait,
    begin_try,
    end_try,
    network_of,
)
from central.operators.values import Via
from protocol.keys import is_password_of, password_digest
from tests.central.operators.conftest import CHEAP, PASSWORD, AddOperator
from tests.central.peers import START
from tests.central.stores import Held
from verifier.model import UnixSeconds

_HOME = "192.0.2.7"


def _try(held: Held, name: str, *, address: str = _HOME, good: bool = False) -> str:
    tried = begin_try(held.store, name, address, held.now)
    return end_try(held.store, tried, went_well=good, before="", now=held.now)


def _fail_often(held: Held, name: str, *, times: int, far: bool = False) -> None:
    for number in range(times):
        _try(held, name, address=f"198.51.100.{number}" if far else _HOME)


def test_fifth_failure_by_a_name_locks_it_even_for_the_right_password(
    held: Held, add: AddOperator
) -> None:
    add("li")
    _fail_often(held, "li", times=NAME_PATIENCE.free, far=True)
    with pytest.raises(Wait) as refused:
        begin_try(held.store, "li", _HOME, held.now)
    assert refused.value.wait_s == WAIT_S


def test_name_that_nobody_has_is_locked_just_as_one_that_somebody_has(
    held: Held, add: AddOperator
) -> None:
    add("li")
    told = []
    for name in ("li", "nobody"):
        _fail_often(held, name, times=NAME_PATIENCE.free, far=True)
        with pytest.raises(Wait) as refused:
            begin_try(held.store, name, _HOME, held.now)
        told.append(refused.value.wait_s)
        held.store.operators.forget_old_tries(held.now + 1)
    assert told == [WAIT_S, WAIT_S]


def test_tries_that_are_made_at_once_are_counted_before_any_is_answered(
    held: Held, add: AddOperator
) -> None:
    add("li")
    for number in range(NAME_PATIENCE.free):
        begin_try(held.store, "li", f"198.51.100.{number}", held.now)
    with pytest.raises(Wait):
        begin_try(held.store, "li", _HOME, held.now)


def test_address_is_locked_over_all_names(held: Held) -> None:
    for number in range(ADDRESS_PATIENCE.free):
        _try(held, f"name-{number}")
    with pytest.raises(Wait):
        begin_try(held.store, "another", _HOME, held.now)
    begin_try(held.store, "another", "203.0.113.9", held.now)


def test_waits_double_up_to_their_end_and_are_over_in_time(held: Held, add: AddOperator) -> None:
    add("li")
    waits = []
    for _ in range(NAME_PATIENCE.free + 7):
        _try(held, "li", address=f"2001:db8:{len(waits)}::1")
        try:
            begin_try(held.store, "li", "203.0.113.9", held.now)
        except Wait as wait:
            waits.append(wait.wait_s)
            held.now = UnixSeconds(held.now + wait.wait_s)
    assert waits[0] == WAIT_S
    assert waits[-1] == NAME_PATIENCE.wait_s_max
    assert waits == sorted(waits)


def test_blocked_tries_make_no_lock_longer(held: Held, add: AddOperator) -> None:
    add("li")
    _fail_often(held, "li", times=NAME_PATIENCE.free)
    before = held.store.operators.tries(BY_NAME, "li")
    for _ in range(3):
        with pytest.raises(Wait):
            begin_try(held.store, "li", _HOME, held.now)
    assert held.store.operators.tries(BY_NAME, "li") == before


def test_success_frees_the_name_and_takes_back_one_try_of_the_address(
    held: Held, add: AddOperator
) -> None:
    add("li")
    _fail_often(held, "li", times=NAME_PATIENCE.free - 1)
    assert _try(held, "li", good=True)
    assert held.store.operators.tries(BY_NAME, "li") is None
    for number in range(ADDRESS_PATIENCE.free - NAME_PATIENCE.free + 1):
        _try(held, f"name-{number}")
    with pytest.raises(Wait):
        begin_try(held.store, "li", _HOME, held.now)


def test_tries_are_forgotten_after_a_day(held: Held, add: AddOperator) -> None:
    add("li")
    _fail_often(held, "li", times=NAME_PATIENCE.free - 1)
    held.now = UnixSeconds(START + FORGET_S + 1)
    _try(held, "li")
    tries = held.store.operators.tries(BY_NAME, "li")
    assert tries is not None
    assert tries.failures == 1


def test_password_that_was_changed_while_it_was_tried_opens_nothing(
    held: Held, add: AddOperator
) -> None:
    add("li")
    tried = begin_try(held.store, "li", _HOME, held.now)
    digest = password_digest("another long password", CHEAP)
    change_password(held.store, "li", digest, by="root", via=Via.COMMAND, now=held.now)
    assert end_try(held.store, tried, went_well=True, before="", now=held.now) == ""


def test_cookie_that_was_there_before_is_ended_and_never_taken_over(
    held: Held, add: AddOperator
) -> None:
    """Session fixation: what somebody else put into the browser must not become a session."""
    add("li")
    planted = "A" * 43
    tried = begin_try(held.store, "li", _HOME, held.now)
    cookie = end_try(held.store, tried, went_well=True, before=planted, now=held.now)
    assert cookie != planted
    assert operator_of(held.store, planted, held.now) is None
    tried = begin_try(held.store, "li", _HOME, held.now)
    second = end_try(held.store, tried, went_well=True, before=cookie, now=held.now)
    assert operator_of(held.store, cookie, held.now) is None
    assert operator_of(held.store, second, held.now) is not None


def test_audit_tells_of_failures_but_not_what_was_typed_where_nobody_has_that_name(
    held: Held, add: AddOperator
) -> None:
    add("li")
    _try(held, "li")
    _try(held, PASSWORD.replace(" ", ""))  # typed into the wrong field
    told = [members_of(each) for each in lines(held.store)]
    assert [(each["who"], each["what"], each["on"]) for each in told[1:]] == [
        ("li", "sign-in.failed", _HOME),
        ("?", "sign-in.failed", _HOME),
    ]
    assert PASSWORD.replace(" ", "") not in str(told)


def test_name_is_taken_as_it_is_typed_on_telephones(held: Held, add: AddOperator) -> None:
    add("li")
    tried = begin_try(held.store, " Li ", _HOME, held.now)
    assert isinstance(tried, Try)
    assert tried.known is not None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "?"),
    ],
)
def test_customer_with_a_whole_network_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


def test_digest_of_a_password_fits_that_password_alone() -> None:
    digest = password_digest(PASSWORD, CHEAP)
    assert digest.startswith("$argon2id$")
    assert is_password_of(digest, PASSWORD)
    for wrong in ("", PASSWORD[:-1], PASSWORD + " ", PASSWORD.upper()):
        assert not is_password_of(digest, wrong)
    assert not is_password_of("$argon2id$nonsense", PASSWORD)
    assert password_digest(PASSWORD, CHEAP) != digest


def test_password_is_the_same_from_every_keyboard() -> None:
    assert is_password_of(password_digest("cafe\u0301 cafe\u0301 cafe", CHEAP), "café café cafe")
