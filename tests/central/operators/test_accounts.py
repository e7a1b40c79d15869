import pytest

from central.errors import BadRequest, NotFound
from central.operators.accounts import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    add_operator,
    change_password,
    change_role,
    check_password,
    remove_operator,
)
from central.operators.audit import lines, members_of
from central.operators.values import OperatorRole, Via
from tests.central.operators.conftest import PASSWORD, AddOperator
from tests.central.peers import START
from tests.central.stores import Held


@pytest.mark.parametrize("name", ["", "Li", "li li", "-li", "l" * 33, "李", "li\n", "a/b", "<b>"])
def test_name_that_is_none_is_refused(held: Held, name: str) -> None:
    with pytest.raises(BadRequest, match="no operator's name"):
        add_operator(held.store, name, OperatorRole.ADMIN, PASSWORD, by="root", now=START)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "x" * PASSWORD_CHARACTERS_MIN,
        "abcdefghijklmno"[: PASSWORD_CHARACTERS_MIN - 1],
        "operator" * 3,
        "abc" * 10,
        "abcd" * (PASSWORD_CHARACTERS_MAX // 4) + "e",
    ],
)
def test_password_that_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(BadRequest):
        check_password("operator", password)


def test_password_just_long_enough_is_taken() -> None:
    check_password("li", "abcdefghijklmno"[:PASSWORD_CHARACTERS_MIN])
    check_password("li", "abcd" * (PASSWORD_CHARACTERS_MAX // 4))


def test_second_of_a_name_is_refused_and_the_first_stays(held: Held, add: AddOperator) -> None:
    first = add("li", OperatorRole.VIEWER)
    with pytest.raises(BadRequest, match="there is an operator li"):
        add("li", OperatorRole.ADMIN)
    assert held.store.operators.get("li") == first


def test_what_nobody_is_called_is_not_found(held: Held) -> None:
    with pytest.raises(NotFound):
        change_role(held.store, "li", OperatorRole.ADMIN, by="root", now=START)
    with pytest.raises(NotFound):
        change_password(held.store, "li", "x", by="root", via=Via.COMMAND, now=START)
    with pytest.raises(NotFound):
        remove_operator(held.store, "li", by="root", now=START)
    assert list(lines(held.store)) == []


def test_each_change_stands_in_the_audit_without_the_password(held: Held, add: AddOperator) -> None:
    operator = add("li")
    change_role(held.store, "li", OperatorRole.ADMIN, by="root", now=START)
    change_password(held.store, "li", operator.password, by="li", via=Via.PAGE, now=START)
    remove_operator(held.store, "li", by="root", now=START)
    told = [members_of(each) for each in lines(held.store)]
    assert [(each["who"], each["via"], each["what"], each["detail"]) for each in told] == [
        ("root", "command", "operator.add", "operator"),
        ("root", "command", "operator.role", "admin"),
        ("li", "page", "operator.password", ""),
        ("root", "command", "operator.remove", ""),
    ]
    assert operator.password not in str(told)


def test_roles_may_what_those_before_them_may() -> None:
    viewer, operator, admin = OperatorRole
    assert [role.may(operator) for role in (viewer, operator, admin)] == [False, True, True]
    assert [role.may(admin) for role in (viewer, operator, admin)] == [False, False, True]
    assert all(role.may(viewer) for role in OperatorRole)
