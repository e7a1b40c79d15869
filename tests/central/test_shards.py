"""A base a day and one delta beside it, as centre and terminal see them."""

import random
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from central.issuing import set_status
from central.publishing import publish
from central.shards import LIST_AGE_S_MAX
from central.site import Site
from offline_cache.trust_client.folder import FolderSource
from offline_cache.trust_store import TrustStore
from tests.central.peers import START
from tests.central.published import file_of, is_published, octets_of, publish_meant
from verifier.model import UnixSeconds
from verifier.status import SHARD_CARDS, Status, value_at

LIST = "status/city.example/0.cwt"
DELTA = "status/city.example/0.delta"
CARDS = 8_192
HOUR = 3_600


def _sample(places: Sequence[int], count: int) -> list[int]:
    """Return places spread as chance would spread them: gaps of one size compress too well."""
    return random.Random(44).sample(places, count)  # noqa: S311  # a test's own


def fill(site: Site, cards: int, revoked: int) -> None:
    """Issue `cards` cards and revoke some of them, at once."""
    chosen = _sample(range(cards), revoked)
    with closing(site.open_store()) as store:
        store.cards.allot([n.to_bytes(8, "big") for n in range(cards)], START)
        with store.transaction():
            store.database.execute_each(
                "UPDATE card SET status = 1 WHERE status_index = ?", [(n,) for n in chosen]
            )


@pytest.fixture
def town(site: Site) -> Site:
    """A centre whose list is long enough for a delta to be worth while."""
    fill(site, CARDS, 1_500)
    publish(site, START)
    return site


class _Noting(FolderSource):
    """Notes what was fetched, by its path."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.fetched: dict[str, int] = {}

    def target(self, name: str, *, limit: int) -> bytes:
        octets = super().target(name, limit=limit)
        folder, _, file = name.rpartition("/")
        self.fetched[f"{folder}/{file.partition('.')[2]}"] = len(octets)
        return octets


class _Counting(FolderSource):
    """Notes which targets are asked for."""

    fetched: dict[str, int]

    def target(self, name: str, *, limit: int) -> bytes:
        octets = super().target(name, limit=limit)
        folder, _, file = name.rpartition("/")
        self.fetched[f"{folder}/{file.partition('.')[2]}"] = len(octets)
        return octets


class Reader:
    """A terminal's trust folder, and what it fetched of the centre's targets."""

    def __init__(self, folder: Path, site: Site) -> None:
        self._source = _Counting(site.tuf)
        self._store = TrustStore(folder, site.pin)

    def sync(self, now: int) -> dict[str, int]:
        """Take what is published; return the octets of each target that was fetched, by path."""
        self._source.fetched = {}
        self._store.accept(self._source, now=UnixSeconds(now))
        return self._source.fetched

    def values(self, now: int, *indexes: int) -> list[int]:
        trust = self._store.load(now=UnixSeconds(now))
        assert trust is not None
        assert trust.problems == ()
        (told,) = trust.trusted.lists.values()
        assert not told.is_behind
        return [value_at(told, index) for index in indexes]


def at(seconds: int) -> UnixSeconds:
    return UnixSeconds(START + seconds)


def valid(site: Site, count: int) -> list[int]:
    """Return the first cards that are not revoked."""
    with closing(site.open_store()) as store:
        told = store.cards.statuses(0)
    return [index for index in range(len(told) + count) if index not in told][:count]


def test_change_is_published_as_a_delta_and_the_base_stays(town: Site) -> None:
    base = octets_of(town, LIST)
    card = valid(town, 1)[0]
    set_status(town, card, Status.REVOKED)
    assert publish(town, at(60)).changed == (DELTA,)
    assert octets_of(town, LIST) == base


def test_delta_without_further_change_is_kept_as_it_is(town: Site) -> None:
    set_status(town, valid(town, 1)[0], Status.REVOKED)
    publish(town, at(60))
    assert publish(town, at(120)).changed == ()


def test_delta_of_a_clock_that_was_ahead_is_signed_anew_with_the_reset(town: Site) -> None:
    set_status(town, valid(town, 1)[0], Status.REVOKED)
    publish(town, at(12 * HOUR))
    assert publish(town, at(60), reset_floor=START).changed == ("trust/floor-reset.json", DELTA)
    assert publish(town, at(61)).changed == ()


def test_terminal_learns_of_every_change_whatever_it_has_missed(town: Site, tmp_path: Path) -> None:
    """Deltas are cumulative: one that came late takes the same step as one that saw them all."""
    cards = valid(town, 3)
    every, late = Reader(tmp_path / "every", town), Reader(tmp_path / "late", town)
    for reader in (every, late):
        assert LIST in reader.sync(START)
    for step, card in enumerate(cards, 1):
        set_status(town, card, Status.REVOKED if step < 3 else Status.SUSPENDED)
        publish(town, at(step))
        assert set(every.sync(START + step)) == {DELTA}
        assert every.values(START + step, *cards)[:step] == [1, 1, 2][:step]
    assert set(late.sync(START + 3)) == {DELTA}
    assert late.values(START + 3, *cards) == [1, 1, 2]


def test_change_that_is_taken_back_needs_no_delta(town: Site, tmp_path: Path) -> None:
    reader, card = Reader(tmp_path / "reader", town), valid(town, 1)[0]
    set_status(town, card, Status.SUSPENDED)
    publish(town, at(60))
    reader.sync(START + 60)
    set_status(town, card, Status.VALID)
    assert publish(town, at(120)).changed == ()
    assert not is_published(town, DELTA)
    assert reader.sync(START + 120) == {}
    assert reader.values(START + 120, card) == [0]


def test_base_is_new_after_a_day_and_its_delta_goes(town: Site) -> None:
    set_status(town, valid(town, 1)[0], Status.REVOKED)
    publish(town, at(LIST_AGE_S_MAX - 1))
    assert is_published(town, DELTA)
    assert publish(town, at(LIST_AGE_S_MAX)).changed == (LIST,)
    assert not is_published(town, DELTA)


@pytest.mark.slow
def test_base_is_new_where_a_delta_would_take_half_of_it(town: Site) -> None:
    size = len(octets_of(town, LIST))
    cards, step = iter(valid(town, 2_000)), 0
    while (changed := publish_meant(town, at(step)).changed) != (LIST,):
        step += 1
        assert step == 1 or changed == (DELTA,)
        assert len(octets_of(town, DELTA)) <= size / 2
        for _ in range(100):
            with closing(town.open_store()) as store:
                store.cards.set_status(next(cards), Status.REVOKED)
    assert step > 2
    assert not is_published(town, DELTA)


def test_base_is_new_where_cards_were_added(town: Site) -> None:
    with closing(town.open_store()) as store:
        store.cards.allot([b"one more"], START)
    assert publish(town, at(60)).changed == (LIST,)


@pytest.mark.parametrize("seconds", [0, -60])
def test_base_is_new_where_the_clock_has_not_moved_on(town: Site, seconds: int) -> None:
    """A delta must be younger than its base."""
    set_status(town, valid(town, 1)[0], Status.REVOKED)
    assert publish(town, at(seconds)).changed == (LIST,)


@pytest.mark.parametrize("damage", [b"", b"nonsense"])
def test_damaged_delta_is_replaced(town: Site, damage: bytes) -> None:
    set_status(town, valid(town, 1)[0], Status.REVOKED)
    publish(town, at(60))
    file_of(town, DELTA).write_bytes(damage)
    assert publish(town, at(61)).changed == (DELTA,)


def test_damaged_base_is_replaced_and_takes_its_delta_along(town: Site) -> None:
    set_status(town, valid(town, 1)[0], Status.REVOKED)
    publish(town, at(60))
    file_of(town, LIST).write_bytes(b"nonsense")
    assert publish(town, at(61)).changed == (LIST,)
    assert not is_published(town, DELTA)


@pytest.mark.slow
def test_hour_of_a_full_shard_costs_a_terminal_less_than_a_kilobyte(
    site: Site, tmp_path: Path
) -> None:
    """44 revocations an hour, as in a city of ten such shards whose list is some 14 kB."""
    fill(site, SHARD_CARDS, 9_000)
    publish(site, START)
    reader = Reader(tmp_path / "reader", site)
    first = reader.sync(START)
    cards = _sample(valid(site, SHARD_CARDS - 9_000), 44)
    with closing(site.open_store()) as store:
        for card in cards:
            store.cards.set_status(card, Status.REVOKED)
    publish(site, at(HOUR))
    hour = reader.sync(START + HOUR)
    assert set(hour) == {DELTA}
    assert hour[DELTA] < 1_000
    assert first[LIST] > 10 * hour[DELTA]
    assert reader.values(START + HOUR, *cards) == [1] * 44
