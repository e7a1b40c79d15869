"""A backup that was put back: noticed, explained, and got over."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tuf.api.exceptions import RepositoryError

from central.errors import SiteUnusable
from central.issuing import set_status
from central.publishing import publish
from central.site import Site
from central.trust.counters import JUMP, counters_path
from central.trust.errors import NotSigned, OldCopy
from central.trust.recovery import publish_restored
from central.trust.rotation import renew, rotate
from tests.central.peers import START
from tests.central.published import octets_of
from tests.central.trust.sticks import ceremony, sign
from tests.support.tuf_follower import Follower
from verifier.model import UnixSeconds
from verifier.status import Status

LIST = "status/city.example/0.cwt"


def at(seconds: int) -> UnixSeconds:
    return UnixSeconds(START + seconds)


def silent(_: str, __: int, ___: int) -> None:
    """Tell nobody."""


def backup(site: Site, to: Path) -> Callable[[], None]:
    """Copy the directory; return what puts the copy back."""
    shutil.copytree(site.directory, to)

    def restore() -> None:
        shutil.rmtree(site.directory)
        shutil.copytree(to, site.directory)

    return restore


def revoke(site: Site, card: int, now: int) -> None:
    set_status(site, card, Status.REVOKED)
    publish(site, UnixSeconds(now))


def test_counters_lie_beside_the_directory(town: Site) -> None:
    assert town.counters == town.directory.with_name("centre.counters")
    assert json.loads(town.counters.read_bytes()) == {
        "root": 1,
        "targets": 1,
        "issuers": 1,
        "policy": 1,
        "status": 1,
        "snapshot": 1,
        "timestamp": 1,
    }


def test_counters_of_a_relative_directory_do_not_depend_on_the_spelling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = tmp_path / "centre.counters"
    for spelled in ("centre", "./centre/", "x/../centre"):
        assert counters_path(Path(spelled)) == expected


def test_backup_that_was_put_back_is_noticed_and_got_over(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    restore = backup(town, tmp_path / "backup")
    for second in (1, 2, 3):
        revoke(town, second, START + second)
    follower.refresh(START + 3)
    restore()
    with pytest.raises(OldCopy) as told:
        publish(town, at(60))
    words = str(told.value)
    assert "timestamp 1, seen 4" in words
    assert "revoke them again" in words
    assert f"scan-central trust restored --dir {town.directory}" in words
    set_status(town, 1, Status.REVOKED)
    done = publish_restored(town, at(61), keys=(), progress=silent)
    assert done.version == 4 + JUMP
    follower.refresh(START + 61)
    assert follower.read(LIST) == octets_of(town, LIST)
    revoke(town, 9, START + 62)  # and everything goes on as before
    follower.refresh(START + 62)
    assert follower.read("status/city.example/0.cwt") == octets_of(town, LIST)


def test_custodians_are_not_asked_where_their_roles_did_not_go_back(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    ceremony(town, tmp_path)
    restore = backup(town, tmp_path / "backup")
    revoke(town, 1, START + 1)
    follower.refresh(START + 1)
    restore()
    assert publish_restored(town, at(60), keys=(), progress=silent).waiting == ()
    follower.refresh(START + 60)


def test_custodians_sign_again_what_went_back(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    *_, operator = ceremony(town, tmp_path)
    restore = backup(town, tmp_path / "backup")
    renew(town, ["policy"], now=at(1))
    sign(publish(town, at(1)).waiting, tmp_path / "elsewhere", operator)
    assert publish(town, at(2)).waiting == ()
    follower.refresh(START + 2)
    follower.read("policy/profiles/gate.toml")
    restore()
    with pytest.raises(NotSigned, match=r"policy must be signed.*then scan-central trust restored"):
        publish_restored(town, at(60), keys=(), progress=silent)
    done = publish_restored(town, at(61), keys=(operator,), progress=silent)
    assert done.waiting == ()
    follower.refresh(START + 61)
    assert follower.read("policy/profiles/gate.toml") is not None
    assert follower.version("policy") == 2 + JUMP


def test_without_counters_every_role_is_signed_anew(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    sticks = ceremony(town, tmp_path)
    town.counters.unlink()
    with pytest.raises(OldCopy, match="If this directory was moved, bring it along"):
        publish(town, at(60))
    with pytest.raises(NotSigned, match="targets must be signed"):
        publish_restored(town, at(60), keys=(), progress=silent)
    assert publish_restored(town, at(61), keys=sticks, progress=silent).waiting == ()
    follower.refresh(START + 61)
    assert follower.version("targets") == 1 + 1 + JUMP
    assert publish(town, at(62)).waiting == ()


def test_database_older_than_the_folder_is_told_apart(town: Site, tmp_path: Path) -> None:
    kept = tmp_path / "central.db"
    shutil.copy(town.directory / "central.db", kept)
    revoke(town, 1, START + 1)
    shutil.copy(kept, town.directory / "central.db")
    with pytest.raises(OldCopy, match=r"knows of publication 1, the folder holds 2.*revoke"):
        publish(town, at(60))
    set_status(town, 1, Status.REVOKED)
    assert publish_restored(town, at(61), keys=(), progress=silent).version > 2
    assert publish(town, at(62)).waiting == ()


def test_missing_root_is_named_for_no_number_can_replace_it(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    restore = backup(town, tmp_path / "backup")
    rotate(town, ["root-1"], into=town.tuf_keys, now=at(1))
    publish(town, at(1))
    follower.refresh(START + 1)
    kept = (town.tuf / "metadata/2.root.json").read_bytes()
    restore()
    with pytest.raises(OldCopy, match=r"fetch the files up to 2\.root\.json from the web server"):
        publish_restored(town, at(60), keys=(), progress=silent)
    (town.tuf / "metadata/2.root.json").write_bytes(kept)
    assert publish_restored(town, at(61), keys=(), progress=silent).waiting == ()
    follower.refresh(START + 61)
    assert follower.version("root") == 2


def test_publishing_in_spite_of_it_would_have_been_refused_by_terminals(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    """What the counters keep from happening."""
    restore = backup(town, tmp_path / "backup")
    for second in (1, 2, 3):
        revoke(town, second, START + second)
    follower.refresh(START + 3)
    restore()
    town.counters.write_text("{}")
    publish(town, at(60))
    with pytest.raises(RepositoryError):
        follower.refresh(START + 60)


def test_power_cut_between_timestamp_and_counters_raises_no_alarm(town: Site) -> None:
    before = town.counters.read_bytes()
    revoke(town, 1, START + 1)
    town.counters.write_bytes(before)
    assert publish(town, at(60)).waiting == ()


@pytest.mark.parametrize("text", ["", "[]", '{"root": "x"}'])
def test_damaged_counters_are_told(town: Site, text: str) -> None:
    town.counters.write_text(text)
    with pytest.raises(SiteUnusable, match=r"centre\.counters"):
        publish(town, at(60))


@pytest.mark.parametrize(
    "name", ["timestamp.json", "1.snapshot.json", "1.targets.json", "1.policy.json", "1.root.json"]
)
@pytest.mark.parametrize("damage", [b"", b"{}", None])
def test_damaged_metadata_is_told_and_nothing_is_published(
    town: Site, name: str, damage: bytes | None
) -> None:
    path = town.tuf / "metadata" / name
    octets = path.read_bytes()
    altered = octets.replace(b'"version":1', b'"version":2') if damage is None else damage
    path.write_bytes(altered)
    with pytest.raises(SiteUnusable, match="restore"):
        publish(town, at(60))
    path.write_bytes(octets)
    assert publish(town, at(60)).version == 2
