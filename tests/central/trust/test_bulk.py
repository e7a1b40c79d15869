"""Bulk changes of a status list: the limit, and the second key."""

from contextlib import closing
from pathlib import Path

import pytest

from central.errors import BadRequest
from central.publishing import publish
from central.site import Site
from central.trust.approving import approve_bulk
from central.trust.bulk import FLIPS_FREE, WINDOW_S, Change, change_between
from central.trust.errors import BulkRefused
from central.trust.rotation import rotate
from protocol.keys import new_signing_key
from tests.central.peers import START
from tests.central.published import file_of, octets_of
from tests.central.trust.sticks import lose, take_away
from verifier.model import UnixSeconds
from verifier.status import Status

LIST = "status/city.example/0.cwt"
LIMIT = FLIPS_FREE  # half a percent of a list of 2,048 entries is less


def at(seconds: int) -> UnixSeconds:
    return UnixSeconds(START + seconds)


def revoke(site: Site, cards: range, status: Status = Status.REVOKED) -> None:
    with closing(site.open_store()) as store, store.transaction():
        for card in cards:
            store.cards.set_status(card, status)


def test_change_within_the_limit_is_published(town: Site) -> None:
    revoke(town, range(LIMIT))
    assert publish(town, at(60)).changed == (LIST,)


def test_change_over_the_limit_is_refused_and_nothing_is_written(town: Site) -> None:
    before = (town.tuf / "metadata/timestamp.json").read_bytes()
    revoke(town, range(LIMIT + 1))
    with pytest.raises(BulkRefused, match=r"51 of 2048 .*\(50\).*scan-central trust approve"):
        publish(town, at(60))
    assert (town.tuf / "metadata/timestamp.json").read_bytes() == before
    revoke(town, range(LIMIT, LIMIT + 1), Status.VALID)
    assert publish(town, at(61)).changed == (LIST,)


def test_small_steps_of_one_day_add_up(town: Site) -> None:
    revoke(town, range(LIMIT))
    publish(town, at(60))
    revoke(town, range(LIMIT, LIMIT + 1))
    with pytest.raises(BulkRefused):
        publish(town, at(60 + WINDOW_S - 1))
    assert publish(town, at(60 + WINDOW_S)).changed


def test_taking_everything_back_is_a_bulk_change_too(town: Site) -> None:
    for first in (0, LIMIT):
        revoke(town, range(first, first + LIMIT))
        publish(town, at(60 + first * WINDOW_S))
    revoke(town, range(2 * LIMIT), Status.VALID)
    with pytest.raises(BulkRefused, match="change 100 of"):
        publish(town, at(60 + 2 * LIMIT * WINDOW_S))


def test_second_key_approves_and_its_word_is_kept(town: Site) -> None:
    revoke(town, range(LIMIT + 1))
    ((change, record),) = approve_bulk(town, (), now=at(60))
    assert (change.name, change.flips, change.entries) == (LIST, LIMIT + 1, 2_048)
    assert publish(town, at(61)).changed == (LIST,)
    note = record.read_text("utf-8")
    assert f"list {LIST}\n" in note
    assert f"flips {LIMIT + 1}\n" in note
    assert record.stat().st_mode & 0o777 == 0o600


def test_what_was_approved_leaves_the_day_its_own_limit(town: Site) -> None:
    revoke(town, range(LIMIT + 1))
    approve_bulk(town, (), now=at(60))
    publish(town, at(61))
    revoke(town, range(LIMIT + 1, 2 * LIMIT + 1))
    assert publish(town, at(62)).changed


def test_approval_is_of_one_change_alone(town: Site) -> None:
    revoke(town, range(LIMIT + 1))
    approve_bulk(town, (), now=at(60))
    revoke(town, range(LIMIT + 1, LIMIT + 2))
    with pytest.raises(BulkRefused):
        publish(town, at(61))


@pytest.mark.parametrize(("old", "new"), [("flips 51", "flips 50"), ("— bulk", "— other")])
def test_altered_approval_is_none(town: Site, old: str, new: str) -> None:
    revoke(town, range(LIMIT + 1))
    ((_, record),) = approve_bulk(town, (), now=at(60))
    record.write_text(record.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(BulkRefused):
        publish(town, at(61))


def test_approval_by_a_key_of_the_server_is_none(town: Site) -> None:
    """Whoever holds the server has its online keys, and can write files."""
    take_away(town, town.directory.parent / "second", "bulk-1")
    revoke(town, range(LIMIT + 1))
    forged = new_signing_key().seed.hex()
    (town.tuf_keys / "bulk-1.key").write_text(forged)
    with pytest.raises(BadRequest, match="bulk key is not here"):
        approve_bulk(town, (), now=at(60))


def test_second_key_comes_on_a_stick_and_is_not_needed_otherwise(
    town: Site, tmp_path: Path
) -> None:
    stick = take_away(town, tmp_path / "second", "bulk-1")
    assert approve_bulk(town, (), now=at(30)) == ()
    revoke(town, range(LIMIT + 1))
    assert approve_bulk(town, (stick,), now=at(60))
    assert publish(town, at(61)).changed


def test_approval_by_a_key_that_was_rotated_out_is_none(town: Site) -> None:
    revoke(town, range(LIMIT + 1))
    approve_bulk(town, (), now=at(60))
    revoke(town, range(LIMIT, LIMIT + 1), Status.VALID)
    lose(town, "bulk-1")
    rotate(town, ["bulk-1"], into=town.tuf_keys, now=at(60))
    publish(town, at(61))
    revoke(town, range(LIMIT + 1))
    with pytest.raises(BulkRefused):
        publish(town, at(60 + WINDOW_S))


def test_forgotten_cards_need_the_second_key(town: Site) -> None:
    """The database was restored from before cards were issued: their places would vanish."""
    with closing(town.open_store()) as store:
        store.database.execute("DELETE FROM card WHERE status_index >= 1000")
    with pytest.raises(BulkRefused, match="change 0 of"):
        publish(town, at(60))


@pytest.fixture
def damaged(town: Site) -> Site:
    """A centre of many revoked cards whose published list is damaged."""
    revoke(town, range(LIMIT + 1))
    approve_bulk(town, (), now=at(60))
    publish(town, at(60))
    file_of(town, LIST).write_bytes(b"nonsense")
    return town


def test_damaged_list_is_made_anew_without_the_second_key(damaged: Site) -> None:
    assert publish(damaged, at(61)).changed == (LIST,)
    assert octets_of(damaged, LIST)


def test_damaged_list_hides_no_bulk_change(damaged: Site) -> None:
    revoke(damaged, range(LIMIT + 1, LIMIT + 2))
    with pytest.raises(BulkRefused):
        publish(damaged, at(61))


@pytest.mark.parametrize("octets", [b"", b"nonsense", b"[]", b'{"x": 5}', b'{"x": {"y": 5}}'])
def test_damaged_note_of_the_day_lifts_no_limit(town: Site, octets: bytes) -> None:
    town.noted.write_bytes(octets)
    revoke(town, range(LIMIT + 1))
    with pytest.raises(BulkRefused):
        publish(town, at(60))


@pytest.mark.parametrize(
    ("entries", "limit"), [(1_024, 50), (10_000, 50), (10_200, 51), (1 << 20, 5_242)]
)
def test_limit_is_half_a_percent_and_never_under_fifty(entries: int, limit: int) -> None:
    change = change_between("x", bytes(entries // 4), bytes(entries // 4))
    assert (change.entries, change.limit) == (entries, limit)
    assert not _with_flips(change, limit).is_bulk(0)
    assert _with_flips(change, limit + 1).is_bulk(0)
    assert _with_flips(change, limit).is_bulk(1)


def _with_flips(change: Change, flips: int) -> Change:
    return Change(
        name=change.name,
        flips=flips,
        entries=change.entries,
        shrinks=False,
        before_sha256=change.before_sha256,
        after_sha256=change.after_sha256,
    )


@pytest.mark.parametrize(
    ("before", "after", "flips"),
    [
        (b"\x00", b"\x00", 0),
        (b"\x00", b"\x01", 1),
        (b"\x01", b"\x02", 1),  # one place, two bits of it
        (b"\x00", b"\xff", 4),
        (b"\x00", b"\x00\x00", 0),  # new cards, all valid
        (b"\x00", b"\x00\x05", 2),  # new cards, revoked from the first
        (b"\x00\x05", b"\x00", 2),
    ],
)
def test_places_are_counted_and_not_bits(before: bytes, after: bytes, flips: int) -> None:
    change = change_between("x", before, after)
    assert (change.flips, change.shrinks) == (flips, len(after) < len(before))
