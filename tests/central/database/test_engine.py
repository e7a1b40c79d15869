"""What every engine promises alike."""

import threading
from collections.abc import Callable

import pytest

from central.database.engine import Database
from central.errors import CentralError, RowTaken

Opened = Callable[[], Database]

_ADD = "INSERT INTO publication (version, issued_at) VALUES (?, ?)"
_ALL = "SELECT version FROM publication ORDER BY version"
_COLUMNS = {"version": int, "issued_at": int}


def _add(database: Database, *versions: int) -> None:
    """Add publications at once, or none of them."""
    with database.transaction():
        for version in versions:
            database.execute(_ADD, (version, 5))


def _copy(database: Database, *versions: int) -> None:
    with database.transaction():
        database.copy_in("publication", _COLUMNS, [(version, 5) for version in versions])


def _add_and_fail(database: Database) -> None:
    with database.transaction():
        _add(database, 1)
        database.execute(_ADD, (2, 5))
        raise KeyError


def test_what_was_committed_is_seen_by_others(opened: Opened) -> None:
    one, other = opened(), opened()
    with one.transaction():
        one.execute(_ADD, (1, 5))
        one.execute_each(_ADD, [(2, 5), (3, 5)])
        one.copy_in("publication", _COLUMNS, [(4, 5)])
    assert other.rows(_ALL) == [(1,), (2,), (3,), (4,)]
    assert other.row("SELECT version FROM publication WHERE version = ?", (9,)) is None


def test_what_failed_leaves_nothing_of_itself_or_within_it(opened: Opened) -> None:
    one = opened()
    with pytest.raises(KeyError):
        _add_and_fail(one)
    assert not one.rows(_ALL)


def test_inner_transaction_that_fails_undoes_its_own_part_alone(opened: Opened) -> None:
    one = opened()
    with one.transaction():
        one.execute(_ADD, (1, 5))
        with pytest.raises(RowTaken):
            _add(one, 2, 1)
        _add(one, 3)
    assert one.rows(_ALL) == [(1,), (3,)]


@pytest.mark.parametrize("way", [_add, _copy])
def test_key_that_is_there_already_is_told(opened: Opened, way: Callable[..., None]) -> None:
    one = opened()
    one.execute(_ADD, (1, 5))
    with pytest.raises(RowTaken):
        way(one, 2, 1)
    assert one.rows(_ALL) == [(1,)]


def test_statement_that_is_wrong_is_no_matter_of_trying_again(opened: Opened) -> None:
    with pytest.raises(CentralError):
        opened().rows("SELECT nothing FROM nowhere")


def test_threads_have_transactions_of_their_own(opened: Opened) -> None:
    """Beside one that is open, another thread waits or works; neither sees what is unfinished."""
    one, seen = opened(), []
    with one.transaction():
        one.execute(_ADD, (1, 5))
        thread = threading.Thread(target=lambda: seen.append(one.rows(_ALL)))
        thread.start()
        if one.connections > 1:
            thread.join()
            assert seen == [[]]
    thread.join()
    assert seen in ([[]], [[(1,)]])


def test_row_that_is_locked_waits_for_its_holder(opened: Opened) -> None:
    one, counted = opened(), []
    one.execute(_ADD, (1, 0))
    select = f"SELECT issued_at FROM publication {one.row_lock}"  # noqa: S608  # our own word

    def count(times: int) -> None:
        for _ in range(times):
            with one.transaction():
                (issued_at,) = one.rows(select)[0]
                one.execute("UPDATE publication SET issued_at = ?", (issued_at + 1,))
        counted.append(times)

    threads = [threading.Thread(target=count, args=(20,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted == [20] * 4
    assert one.rows("SELECT issued_at FROM publication") == [(80,)]


def test_table_that_is_locked_waits_for_its_holder(opened: Opened) -> None:
    one = opened()

    def add() -> None:
        for _ in range(10):
            with one.transaction():
                one.lock_table("publication")
                (last,) = one.rows("SELECT coalesce(max(version), 0) FROM publication")[0]
                one.execute(_ADD, (last + 1, 5))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.rows(_ALL) == [(version,) for version in range(1, 41)]


@pytest.mark.parametrize("octets", [b"", b"\x00\xff?%s\\N\n\t"])
def test_octets_come_back_as_they_went(opened: Opened, octets: bytes) -> None:
    one = opened()
    row = ("gate-1", 1, 1 << 40, octets, b"c")
    columns = {"terminal": str, "epoch": int, "seq": int, "line": bytes, "chain": bytes}
    with one.transaction():
        one.copy_in("journal_entry", columns, [row])
    assert one.rows("SELECT * FROM journal_entry") == [row]
    assert one.rows("SELECT seq FROM journal_entry WHERE line = ?", (octets,)) == [(1 << 40,)]
