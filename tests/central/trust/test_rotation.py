"""New keys for old ones and for lost ones, as another's TUF client follows them."""

import json
from pathlib import Path

import pytest
from tuf.api.exceptions import RepositoryError

from central.errors import BadRequest, SiteUnusable
from central.issuing import set_status
from central.publishing import Publication, publish
from central.site import Site
from central.trust.recovery import begin_anew
from central.trust.rotation import renew, rotate
from tests.central.peers import START
from tests.central.published import octets_of
from tests.central.trust.sticks import ceremony, lose, sign, take_away, with_keys
from tests.support.tuf_follower import Follower
from verifier.model import UnixSeconds
from verifier.status import Status

LIST = "status/city.example/0.cwt"
PROFILE = "policy/profiles/gate.toml"
ROLES = ("root", "targets", "issuers", "policy", "status", "snapshot", "timestamp")


def at(seconds: int) -> UnixSeconds:
    return UnixSeconds(START + seconds)


def rotated(
    site: Site, *names: str, now: int = START + 60, keys: tuple[Path, ...] = ()
) -> Publication:
    rotate(site, names, into=site.tuf_keys, now=UnixSeconds(now))
    return with_keys(site, now, *keys)


def keys_of(site: Site, role: str) -> set[str]:
    """Return the names of the keys that the newest metadata gives a role."""
    metadata = site.tuf / "metadata"
    for name in ("root", "targets"):
        newest = max(metadata.glob(f"*.{name}.json"), key=lambda p: int(p.name.split(".")[0]))
        signed = json.loads(newest.read_bytes())["signed"]
        roles = signed.get("roles") or {r["name"]: r for r in signed["delegations"]["roles"]}
        keys = signed.get("keys") or signed["delegations"]["keys"]
        if role in roles:
            return {keys[keyid]["x-name"] for keyid in roles[role]["keyids"]}
    raise AssertionError(role)


def can_change(site: Site, follower: Follower, now: int) -> None:
    """Assert that what every role signs can still change, and is followed."""
    (site.directory / "profiles").mkdir(exist_ok=True)
    own = b'entry_type = "passage"\n# at %d\n' % now
    (site.directory / "profiles" / "gate.toml").write_bytes(own)
    set_status(site, now % 2_000, Status.REVOKED)
    assert publish(site, UnixSeconds(now), reset_floor=START).waiting == ()
    follower.refresh(now)
    assert follower.read(PROFILE) == own
    assert follower.read(LIST) == octets_of(site, LIST)
    assert follower.issued_at == now


@pytest.mark.parametrize("role", ROLES)
def test_key_of_every_role_can_be_changed_and_the_old_one_is_worth_nothing(
    town: Site, follower: Follower, role: str
) -> None:
    assert rotated(town, f"{role}-1").waiting == ()
    new = {"root-4", "targets-4", "issuers-4"} & {f"{role}-4"} or {f"{role}-2"}
    assert f"{role}-1" not in keys_of(town, role)
    assert new <= keys_of(town, role)
    follower.refresh(START + 60)
    lose(town, f"{role}-1")
    can_change(town, follower, START + 120)


@pytest.mark.parametrize("role", ROLES)
def test_lost_key_of_every_role_is_replaced(town: Site, follower: Follower, role: str) -> None:
    lose(town, f"{role}-1")
    assert rotated(town, f"{role}-1").waiting == ()
    follower.refresh(START + 60)
    can_change(town, follower, START + 120)


@pytest.mark.parametrize("role", ["targets", "issuers"])
def test_role_that_lost_all_its_keys_gets_new_ones_from_above(
    town: Site, follower: Follower, role: str
) -> None:
    names = [f"{role}-{n}" for n in (1, 2, 3)]
    lose(town, *names)
    assert rotated(town, *names).waiting == ()
    assert keys_of(town, role) == {f"{role}-{n}" for n in (4, 5, 6)}
    follower.refresh(START + 60)
    can_change(town, follower, START + 120)


@pytest.mark.slow
def test_every_key_at_once(town: Site, follower: Follower) -> None:
    names = [f"{role}-{n}" for role in ROLES[:3] for n in (1, 2, 3)]
    names += [f"{role}-1" for role in ROLES[3:]]
    assert rotated(town, *names, "bulk-1").waiting == ()
    follower.refresh(START + 60)
    lose(town, *names, "bulk-1")
    can_change(town, follower, START + 120)


@pytest.mark.slow
def test_terminal_from_a_warehouse_walks_through_every_root(town: Site, tmp_path: Path) -> None:
    late = Follower(town.tuf, tmp_path / "late")
    for number in (1, 2, 3, 4, 5):
        rotated(town, f"root-{number}", f"timestamp-{number}", now=START + number)
        lose(town, f"root-{number}", f"timestamp-{number}")
    late.refresh(START + 6)
    assert late.version("root") == 6
    can_change(town, late, START + 120)


def test_custodians_change_a_root_key_without_meeting(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    """Carl's stick broke; Anna and Bert sign one after the other, on a machine of their own."""
    anna, bert, carl, _ = ceremony(town, tmp_path)
    del carl
    rotate(town, ["root-3"], into=anna, now=at(60))
    done = publish(town, at(60))
    (waiting,) = done.waiting
    assert (waiting.role, waiting.missing) == ("root", 2)
    follower.refresh(START + 60)
    assert follower.version("root") == 1
    sign(done.waiting, tmp_path / "elsewhere", anna)
    (waiting,) = publish(town, at(61)).waiting
    assert (waiting.missing, waiting.keys) == (1, ("root-2", "root-3"))
    sign((waiting,), tmp_path / "elsewhere", bert)
    assert publish(town, at(62)).waiting == ()
    follower.refresh(START + 62)
    assert (follower.version("root"), keys_of(town, "root")) == (2, {"root-1", "root-2", "root-4"})


def test_new_keys_of_targets_wait_until_they_have_signed(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    """A root that names keys which have signed nothing yet would leave terminals without any."""
    rotate(town, ["targets-1", "targets-2"], into=town.tuf_keys, now=at(60))
    stick = take_away(town, tmp_path / "stick", "targets-4", "targets-5")
    done = publish(town, at(60))
    (waiting,) = done.waiting
    assert (waiting.role, waiting.missing) == ("targets", 1)
    follower.refresh(START + 60)
    assert follower.version("root") == 1
    sign(done.waiting, tmp_path / "elsewhere", stick)
    assert publish(town, at(61)).waiting == ()
    follower.refresh(START + 61)
    assert (follower.version("root"), follower.version("targets")) == (2, 2)


def test_new_key_of_a_delegated_role_waits_until_it_has_signed(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    rotate(town, ["policy-1"], into=town.tuf_keys, now=at(60))
    stick = take_away(town, tmp_path / "stick", "policy-2")
    done = publish(town, at(60))
    assert [told.role for told in done.waiting] == ["policy"]
    follower.refresh(START + 60)
    assert follower.version("targets") == 1
    assert with_keys(town, START + 61, stick).waiting == ()
    follower.refresh(START + 61)
    assert follower.read(PROFILE) is not None
    assert (follower.version("targets"), follower.version("policy")) == (2, 2)


def test_second_rotation_before_the_first_is_signed_takes_both_along(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    anna, bert, *_ = ceremony(town, tmp_path)
    for name in ("status-1", "snapshot-1", "timestamp-1"):
        rotate(town, [name], into=town.tuf_keys, now=at(60))
        assert publish(town, at(60)).waiting
    assert with_keys(town, START + 61, anna, bert).waiting == ()
    follower.refresh(START + 61)
    for role in ("status", "snapshot", "timestamp"):
        assert keys_of(town, role) == {f"{role}-2"}


def test_root_below_its_threshold_changes_nothing_and_says_so(
    town: Site, follower: Follower
) -> None:
    lose(town, "root-1", "root-2")
    done = rotated(town, "root-1", "root-2")
    (waiting,) = done.waiting
    assert (waiting.role, waiting.missing) == ("root", 1)
    assert "begin-anew" in waiting.remedy(town.directory)
    follower.refresh(START + 60)
    assert (follower.version("root"), follower.issued_at) == (1, START + 60)


def test_beginning_anew_is_believed_where_the_new_root_is_pinned_alone(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    pin = town.pin
    set_status(town, 7, Status.REVOKED)
    lose(town, "root-1", "root-2")
    aside = begin_anew(town, now=at(60))
    assert town.pin != pin
    assert (aside / "keys/root-3.key").exists()
    assert (aside / "folder/metadata/1.root.json").exists()
    done = publish(town, at(61))
    assert (done.waiting, done.version) == ((), 2)
    with pytest.raises(RepositoryError):
        follower.refresh(START + 61)
    fresh = Follower(town.tuf, tmp_path / "fresh")
    can_change(town, fresh, START + 120)


def test_key_that_nobody_has_is_refused_with_the_names_there_are(town: Site) -> None:
    with pytest.raises(BadRequest, match="no key is called 'root-9'; there are bulk-1, issuers-1"):
        rotate(town, ["policy-1", "root-9"], into=town.tuf_keys, now=START)
    assert not (town.tuf_keys / "policy-2.key").exists()
    assert not list(town.signing.iterdir())


def test_nothing_is_rotated_before_the_first_publication(site: Site) -> None:
    with pytest.raises(SiteUnusable, match="comes first"):
        rotate(site, ["root-1"], into=site.tuf_keys, now=START)


def test_new_secret_never_takes_anothers_place(town: Site) -> None:
    (town.tuf_keys / "policy-2.key").write_text("another's")
    with pytest.raises(SiteUnusable, match=r"policy-2\.key exists already"):
        rotate(town, ["policy-1"], into=town.tuf_keys, now=START)


@pytest.mark.parametrize("role", ["root", "targets", "issuers", "policy"])
def test_role_is_signed_for_another_year(town: Site, follower: Follower, role: str) -> None:
    renew(town, [role], now=at(60))
    assert publish(town, at(60)).waiting == ()
    follower.refresh(START + 60)
    metadata = json.loads((town.tuf / f"metadata/2.{role}.json").read_bytes())["signed"]
    before = json.loads((town.tuf / f"metadata/1.{role}.json").read_bytes())["signed"]
    assert metadata["expires"] > before["expires"]
    changes = {"version", "expires"}
    assert {k: v for k, v in metadata.items() if k not in changes} == {
        k: v for k, v in before.items() if k not in changes
    }


def test_online_roles_are_renewed_by_publishing(town: Site) -> None:
    with pytest.raises(BadRequest, match="root, targets, issuers, policy"):
        renew(town, ["timestamp"], now=START)


def test_one_root_key_alone_changes_nothing(town: Site, tmp_path: Path) -> None:
    """A thief of one stick rotates the others out."""
    take_away(town, tmp_path / "rest", "root-2", "root-3")
    rotate(town, ["root-2", "root-3"], into=town.tuf_keys, now=at(60))
    assert [told.role for told in publish(town, at(60)).waiting] == ["root"]
    assert not (town.tuf / "metadata/2.root.json").exists()
