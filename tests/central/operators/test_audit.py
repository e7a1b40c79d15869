import pytest

from central.operators.audit import DETAIL_MAX, GENESIS, broken_at, lines, members_of, record
from central.operators.values import Act, Via
from protocol.journal import extend
from tests.central.peers import START
from tests.central.stores import Held


def _write(held: Held, count: int, detail: str = "") -> None:
    for number in range(count):
        act = Act(who="li", via=Via.PAGE, what="sign-in", on=f"thing-{number}", detail=detail)
        with held.store.transaction():
            record(held.store, act, START)


def test_changed_line_is_found(held: Held) -> None:
    _write(held, 3)
    changed = "UPDATE audit SET line = ? WHERE number = 2"
    held.store.database.execute(changed, (b'{"number":2,"who":"nobody"}',))
    assert broken_at(held.store) == 2


def test_line_that_was_made_no_json_is_found(held: Held) -> None:
    _write(held, 2)
    line = b"\xff"
    changed = "UPDATE audit SET line = ?, chain = ? WHERE number = 1"
    held.store.database.execute(changed, (line, extend(GENESIS, line)))
    assert broken_at(held.store) == 1


@pytest.mark.parametrize("gone", [1, 2])
def test_line_that_was_taken_out_is_found(held: Held, gone: int) -> None:
    _write(held, 3)
    held.store.database.execute("DELETE FROM audit WHERE number = ?", (gone,))
    assert broken_at(held.store) == gone


def test_line_that_was_put_before_the_first_is_found(held: Held) -> None:
    _write(held, 2)
    add = "INSERT INTO audit (number, line, chain) VALUES (0, ?, ?)"
    held.store.database.execute(add, (b'{"number":0}', GENESIS))
    assert broken_at(held.store) == 1


@pytest.mark.parametrize(
    "spoilt", [b"\xff", b"", b"[]", b"{}", b"[" * 100_000, b'{"number":"x"}'], ids=lambda s: s[:9]
)
def test_spoilt_line_is_told_as_that_and_hides_no_other(held: Held, spoilt: bytes) -> None:
    _write(held, 3)
    held.store.database.execute("UPDATE audit SET line = ? WHERE number = 2", (spoilt,))
    told = [members_of(each) for each in lines(held.store)]
    assert [each["what"] for each in told] == ["sign-in", "unreadable", "sign-in"]
    assert [each["number"] for each in told] == [1, 2, 3]


def test_lines_stand_in_order_and_hold_together(held: Held) -> None:
    _write(held, 3)
    assert broken_at(held.store) is None
    told = [members_of(each) for each in lines(held.store)]
    assert [each["number"] for each in told] == [1, 2, 3]
    assert told[0] == {
        "number": 1,
        "at": START,
        "who": "li",
        "via": "page",
        "what": "sign-in",
        "on": "thing-0",
        "detail": "",
        "chain": next(lines(held.store)).chain.hex(),
    }


def test_what_people_write_is_bounded_and_printable(held: Held) -> None:
    _write(held, 1, detail="a\x1b[2Jb\u202ec\x00" + "x" * DETAIL_MAX)
    (line,) = lines(held.store)
    detail = str(members_of(line)["detail"])
    assert detail.startswith("a\\x1b[2Jb\\u202ec\\x00xxx")
    assert len(detail) == DETAIL_MAX


def _write_and_fail(held: Held) -> None:
    with held.store.transaction():
        record(held.store, Act(who="li", via=Via.PAGE, what="x", on="y"), START)
        raise ZeroDivisionError


def test_act_that_is_undone_leaves_no_line(held: Held) -> None:
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(held)
    assert list(lines(held.store)) == []
