from pathlib import Path

import pytest

from central.errors import SiteUnusable
from central.files import SECRET_MODE
from central.issuing import Order, issue, set_status
from central.publishing import publish
from central.shards import LIST_AGE_S_MAX
from central.site import Site
from central.trust.repository import read_repository
from protocol.profile_file.reading import examine, read_profile
from protocol.trust_folder import KEYS_PATH
from tests.central.peers import START
from tests.central.published import file_of, octets_of
from tests.conftest import ROOT
from tests.support.lists import load_list
from verifier.model import Role, UnixSeconds, Verdict
from verifier.profile import Capability, EntryType
from verifier.status import Status, StatusList, value_at
from verifier.trust import load_keys

LIST = "status/city.example/0.cwt"

SHIPPED = sorted((ROOT / "central" / "profiles").glob("*.toml"))


def _timestamp(site: Site) -> tuple[int, int]:
    """Return version and date of the newest publication."""
    repository = read_repository(site.tuf)
    return repository.versions()["timestamp"], repository.issued_at()


def _list(site: Site) -> StatusList:
    keys = load_keys(octets_of(site, KEYS_PATH)).keys
    return load_list(octets_of(site, LIST), keys, now=START)


def _issue(site: Site, count: int) -> None:
    order = Order(
        count=count,
        dynamic=False,
        holder_key=None,
        not_before=START,
        expires_at=UnixSeconds(START + 1),
        types=0,
        capabilities=0,
    )
    assert len(list(issue(site, order, now=START))) == count


def test_folder_holds_keys_lists_and_profiles_and_nothing_half_written(site: Site) -> None:
    publish(site, START)
    assert _timestamp(site) == (1, START)
    contents = read_repository(site.tuf).contents
    held = {role.value: set(metadata.signed.targets) for role, metadata in contents.items()}
    profiles = {f"policy/profiles/{path.name}" for path in SHIPPED}
    assert held == {"targets": set(), "issuers": {KEYS_PATH}, "policy": profiles, "status": {LIST}}
    assert all(octets_of(site, path) for paths in held.values() for path in paths)
    assert not list(site.folder.rglob(".*"))


def test_trust_list_has_one_usable_key_a_role(site: Site) -> None:
    publish(site, START)
    keys = load_keys(octets_of(site, KEYS_PATH))
    assert keys.problems == ()
    assert sorted(role.value for role, _ in keys.keys) == sorted(role.value for role in Role)
    (card,) = keys.keys[Role.CARD, site.keys.card.kid]
    assert (card.issuer, card.capabilities, card.formats) == ("city.example", 127, ("cc1",))
    assert card.status_lists == "status/city.example/{shard}.cwt"
    (seal,) = (key for (role, _), (key,) in keys.keys.items() if role is Role.SEAL)
    assert seal.key == site.keys.seal.public
    assert all(key.is_within(START) for (key,) in keys.keys.values())


def test_publishing_again_without_change_writes_the_timestamp_alone(site: Site) -> None:
    publish(site, START)
    before = _written(site)
    again = publish(site, UnixSeconds(START + 60))
    assert (again.version, again.changed) == (2, ())
    after = _written(site)
    assert [path.name for path in after if after[path] != before.get(path)] == ["timestamp.json"]
    assert _timestamp(site) == (2, START + 60)


def _written(site: Site) -> dict[Path, int]:
    """Return when each published file was written."""
    files = (path for path in site.tuf.rglob("*") if path.is_file())
    return {path: path.stat().st_mtime_ns for path in files}


def test_unchanged_list_is_signed_anew_after_a_day(site: Site) -> None:
    publish(site, START)
    assert publish(site, UnixSeconds(START + LIST_AGE_S_MAX - 1)).changed == ()
    assert publish(site, UnixSeconds(START + LIST_AGE_S_MAX)).changed == (LIST,)
    assert _list(site).issued_at == START + LIST_AGE_S_MAX


def test_date_never_goes_back_with_the_clock(site: Site) -> None:
    publish(site, START)
    publish(site, UnixSeconds(START - 1000))
    assert _timestamp(site) == (2, START)


def test_revocation_is_known_once_published_and_taken_back_likewise(site: Site) -> None:
    _issue(site, 3)
    publish(site, START)
    set_status(site, 1, Status.REVOKED)
    set_status(site, 2, Status.SUSPENDED)
    assert [value_at(_list(site), index) for index in range(3)] == [0, 0, 0]
    assert publish(site, START).changed == (LIST,)
    assert [value_at(_list(site), index) for index in range(3)] == [0, 1, 2]
    set_status(site, 2, Status.VALID)
    publish(site, START)
    assert [value_at(_list(site), index) for index in range(3)] == [0, 1, 0]


def test_list_grows_with_the_cards(site: Site) -> None:
    _issue(site, 1025)
    publish(site, START)
    assert value_at(_list(site), 1024) == 0


@pytest.mark.parametrize("damage", [b"", b"nonsense"])
def test_damaged_file_is_replaced(site: Site, damage: bytes) -> None:
    publish(site, START)
    file_of(site, LIST).write_bytes(damage)
    assert publish(site, START).changed == (LIST,)
    assert value_at(_list(site), 0) == 0


@pytest.mark.parametrize(
    ("name", "entry_type", "capability"),
    [
        ("gate", EntryType.PASSAGE, Capability.HEALTH_PASS),
        ("kiosk", EntryType.QUERY, Capability.GOVERNMENT),
        ("pharmacy", EntryType.SALE, Capability.E_HEALTH_CARD),
    ],
)
def test_shipped_profiles(
    site: Site, name: str, entry_type: EntryType, capability: Capability
) -> None:
    publish(site, START)
    octets = octets_of(site, f"policy/profiles/{name}.toml")
    profile = read_profile(octets, name=name)
    assert (profile.entry_type, profile.capability) == (entry_type, capability)
    assert profile.static is Verdict.REFER


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_profile_makes_sense_says_what_it_is_for_and_is_short(path: Path) -> None:
    octets = path.read_bytes()
    examined = examine(octets, name=path.stem)
    assert (examined.faults, examined.advice) == ((), ())
    assert octets.startswith(b"# ")
    assert len(octets) < 4_096


def test_operators_own_profile_stands_in_place_of_the_shipped_one(site: Site) -> None:
    (site.directory / "profiles").mkdir()
    own = b'entry_type = "passage"\nstatic = "deny"\n'
    (site.directory / "profiles" / "gate.toml").write_bytes(own)
    publish(site, START)
    assert octets_of(site, "policy/profiles/gate.toml") == own


@pytest.mark.parametrize(
    ("name", "text"), [("gate.toml", "nonsense = 1"), ("two words.toml", 'entry_type = "query"')]
)
def test_bad_profile_stops_the_publication_whole(site: Site, name: str, text: str) -> None:
    publish(site, START)
    (site.directory / "profiles").mkdir()
    (site.directory / "profiles" / name).write_text(text)
    with pytest.raises(SiteUnusable):
        publish(site, START)
    assert _timestamp(site) == (1, START)


def test_published_files_are_open_and_the_lock_is_not(site: Site) -> None:
    publish(site, START)
    files = [path for path in site.tuf.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o644}
    assert (site.directory / "publish.lock").stat().st_mode & 0o777 == SECRET_MODE
