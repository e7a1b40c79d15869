"""Terminals that fetch while the centre publishes, or that are slow."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from central.issuing import set_status
from central.publishing import publish
from central.site import Site
from central.trust.rotation import rotate
from central.trust.sweeping import KEPT_S, sweep
from tests.central.peers import START
from tests.central.published import octets_of
from tests.support.tuf_follower import Follower
from verifier.model import UnixSeconds
from verifier.status import Status

LIST = "status/city.example/0.cwt"
HOUR = 3_600


def at(seconds: int) -> UnixSeconds:
    return UnixSeconds(START + seconds)


def _reads_at_every_write(
    town: Site, folder: Path, now: int
) -> tuple[list[int], Callable[[str, int, int], None]]:
    """Return what notes the date that terminals come to after each file that is written.

    A new terminal, and one that follows all the way, both read everything each time.
    """
    seen: list[int] = []
    numbers = count(1)
    always = Follower(town.tuf, folder / "always")
    always.refresh(START)

    def read(what: str, _: int, __: int) -> None:
        if what != "files":
            return
        fresh = Follower(town.tuf, folder / f"fresh-{next(numbers)}")
        for follower in (always, fresh):
            follower.refresh(now)
            assert follower.read(LIST) is not None
            assert follower.read("trust/keys.json") is not None
            assert follower.read("policy/profiles/gate.toml") is not None
        assert always.issued_at == fresh.issued_at
        seen.append(fresh.issued_at)

    return seen, read


def test_terminal_that_reads_between_any_two_writes_finds_a_whole_folder(
    town: Site, tmp_path: Path
) -> None:
    (town.directory / "profiles").mkdir()
    (town.directory / "profiles" / "gate.toml").write_bytes(b'entry_type = "passage"\n')
    set_status(town, 3, Status.REVOKED)
    seen, read = _reads_at_every_write(town, tmp_path, START + 60)
    publish(town, at(60), reset_floor=START, progress=read)
    assert len(seen) == 3 + 4 + 1  # targets, then metadata of five roles, the timestamp last
    assert seen == [START] * 7 + [START + 60]


@pytest.mark.parametrize(
    "names",
    [
        ("root-1",),
        ("timestamp-1",),
        ("snapshot-1", "timestamp-1"),
        ("targets-1", "targets-2"),
        ("issuers-1", "policy-1", "status-1"),
        ("root-1", "root-2", "targets-1", "targets-2", "targets-3", "snapshot-1", "timestamp-1"),
    ],
)
def test_no_terminal_is_left_without_a_folder_while_keys_change(
    town: Site, tmp_path: Path, names: tuple[str, ...]
) -> None:
    rotate(town, names, into=town.tuf_keys, now=at(60))
    seen, read = _reads_at_every_write(town, tmp_path, START + 60)
    publish(town, at(60), progress=read)
    assert seen[-1] == START + 60
    assert seen == sorted(seen)


def test_power_that_goes_before_the_new_root_is_written_costs_nothing(
    town: Site, follower: Follower
) -> None:
    """The old keys are lost, and the timestamp is signed by the new one alone already."""
    rotate(town, ["timestamp-1", "snapshot-1"], into=town.tuf_keys, now=at(60))
    for name in ("timestamp-1", "snapshot-1"):
        (town.tuf_keys / f"{name}.key").unlink()

    def cut(what: str, done: int, total: int) -> None:
        if what == "files" and done == total - 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        publish(town, at(60), progress=cut)
    assert not (town.tuf / "metadata/2.root.json").exists()
    assert publish(town, at(61)).waiting == ()
    follower.refresh(START + 61)
    assert follower.issued_at == START + 61


def _publish_changes(town: Site, first: int, last: int) -> None:
    """Publish a revocation at each second from `first` to `last`."""
    for second in range(first, last + 1):
        set_status(town, second, Status.REVOKED)
        publish(town, at(second))


def test_slow_terminal_ends_what_it_began_three_publications_ago(
    town: Site, follower: Follower
) -> None:
    expected = octets_of(town, LIST)
    follower.refresh(START, between=lambda: _publish_changes(town, 1, 3))
    assert follower.read(LIST) == expected


@pytest.mark.slow
def test_slow_terminal_has_an_hour_however_often_is_published(
    town: Site, follower: Follower
) -> None:
    expected = octets_of(town, LIST)
    follower.refresh(START, between=lambda: _publish_changes(town, 1, 8))
    assert follower.read(LIST) == expected


def _files(town: Site) -> set[str]:
    return {p.relative_to(town.tuf).as_posix() for p in town.tuf.rglob("*") if p.is_file()}


@pytest.mark.parametrize(("past_s", "stays"), [(KEPT_S - 1, True), (KEPT_S, False)])
def test_what_was_replaced_goes_after_an_hour(town: Site, past_s: int, *, stays: bool) -> None:
    first = _files(town)
    _publish_changes(town, 1, 3)  # the first snapshot is the fourth last, and was replaced at 1
    publish(town, at(1 + past_s))
    lists = {path for path in first if path.endswith(".cwt")}
    gone = {"metadata/1.snapshot.json", "metadata/1.status.json"} | lists
    assert gone <= first
    left = gone & _files(town)
    assert left == (gone if stays else set())
    assert first - gone <= _files(town)  # what has not changed is not old


@pytest.mark.slow
def test_last_three_snapshots_stay_whatever_their_age(town: Site, tmp_path: Path) -> None:
    for day in (1, 2, 3, 4):
        set_status(town, day, Status.REVOKED)
        publish(town, at(day * 24 * HOUR))
    snapshots = {path for path in _files(town) if path.endswith(".snapshot.json")}
    assert snapshots == {f"metadata/{n}.snapshot.json" for n in (3, 4, 5)}
    assert len([path for path in _files(town) if path.endswith(".cwt")]) == 3
    fresh = Follower(town.tuf, tmp_path / "fresh")
    fresh.refresh(START + 4 * 24 * HOUR)
    assert fresh.read(LIST) == octets_of(town, LIST)


@pytest.mark.slow
def test_roots_stay_for_good(town: Site) -> None:
    for number in (1, 2, 3, 4):
        rotate(town, [f"policy-{number}", f"root-{number}"], into=town.tuf_keys, now=at(number))
        publish(town, at(number * 24 * HOUR))
    roots = {path for path in _files(town) if path.endswith(".root.json")}
    assert roots == {f"metadata/{n}.root.json" for n in (1, 2, 3, 4, 5)}


def test_what_a_power_cut_left_half_written_is_swept(town: Site) -> None:
    (town.tuf / "metadata/.9.snapshot.json.new").write_bytes(b"half")
    (town.tuf / "targets/trust/.x.keys.json.new").write_bytes(b"half")
    assert sweep(town.tuf, now=START) == 2
