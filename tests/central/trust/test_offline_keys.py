"""Keys that lie apart from the server: what goes out without them, and how they sign."""

import json
from pathlib import Path

import pytest

from central.errors import BadRequest, SiteUnusable
from central.issuing import set_status
from central.publishing import Order, publish
from central.site import Site
from central.trust.drafts import sign_draft
from central.trust.errors import NotSigned
from central.trust.keyring import read_keyring
from protocol.floor_reset import RESET_PATH
from protocol.keys import new_signing_key
from protocol.tuf_keys import tuf_key
from tests.central.peers import START
from tests.central.published import octets_of
from tests.central.trust.sticks import ceremony, lose, sign, take_away, with_keys
from tests.support.tuf_follower import Follower
from verifier.model import UnixSeconds
from verifier.status import Status

LIST = "status/city.example/0.cwt"
PROFILE = "policy/profiles/gate.toml"
OWN = b'entry_type = "passage"\nstatic = "deny"\n'


def at(seconds: int) -> UnixSeconds:
    return UnixSeconds(START + seconds)


def change_profile(site: Site) -> None:
    (site.directory / "profiles").mkdir(exist_ok=True)
    (site.directory / "profiles" / "gate.toml").write_bytes(OWN)


def test_server_with_its_own_three_keys_publishes_revocations(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    ceremony(town, tmp_path)
    set_status(town, 3, Status.REVOKED)
    done = publish(town, at(60))
    assert (done.changed, done.waiting) == ((LIST,), ())
    follower.refresh(START + 60)
    assert follower.read(LIST) == octets_of(town, LIST)


def test_change_without_its_key_waits_and_the_rest_goes_out(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    ceremony(town, tmp_path)
    before = follower.read(PROFILE)
    change_profile(town)
    set_status(town, 3, Status.REVOKED)
    done = publish(town, at(60))
    assert done.changed == (LIST,)
    (waiting,) = done.waiting
    assert (waiting.role, waiting.missing, waiting.keys) == ("policy", 1, ("policy-1",))
    assert waiting.draft == town.signing / "2.policy.json"
    words = waiting.remedy(town.directory)
    assert f"scan-central trust sign {waiting.draft} --keys FOLDER" in words
    assert f"scan-central publish --dir {town.directory}" in words
    follower.refresh(START + 60)
    assert (follower.read(PROFILE), follower.read(LIST)) == (before, octets_of(town, LIST))


def test_stick_that_is_mounted_signs_at_once(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    *_, operator = ceremony(town, tmp_path)
    change_profile(town)
    assert publish(town, at(60)).waiting
    done = with_keys(town, START + 61, operator)
    assert (done.changed, done.waiting) == ((PROFILE,), ())
    follower.refresh(START + 61)
    assert follower.read(PROFILE) == OWN
    assert not list(town.signing.iterdir())


def test_signature_of_another_machine_is_enough(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    *_, operator = ceremony(town, tmp_path)
    change_profile(town)
    sign(publish(town, at(60)).waiting, tmp_path / "elsewhere", operator)
    assert publish(town, at(61)).waiting == ()
    follower.refresh(START + 61)
    assert follower.read(PROFILE) == OWN


def test_draft_carries_nothing_of_its_own_into_the_folder(town: Site, tmp_path: Path) -> None:
    *_, operator = ceremony(town, tmp_path)
    change_profile(town)
    sign(publish(town, at(60)).waiting, tmp_path / "elsewhere", operator)
    publish(town, at(61))
    for path in (town.tuf / "metadata").iterdir():
        assert b"x-asked" not in path.read_bytes()


def test_custodians_sign_a_reset_of_the_floor_one_after_the_other(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    """An order to lower clocks takes as many custodians as the root itself."""
    anna, bert, _, _ = ceremony(town, tmp_path)
    done = publish(town, at(60), reset_floor=START)
    (waiting,) = done.waiting
    assert (waiting.role, waiting.missing) == ("targets", 2)
    sign(done.waiting, tmp_path / "elsewhere", anna)
    done = publish(town, at(61))
    (waiting,) = done.waiting
    assert (waiting.missing, waiting.keys) == (1, ("targets-2", "targets-3"))
    follower.refresh(START + 61)
    assert follower.read(RESET_PATH) is None
    sign(done.waiting, tmp_path / "elsewhere", bert)
    assert publish(town, at(62)).waiting == ()
    follower.refresh(START + 62)
    assert follower.read(RESET_PATH) == b'{"number":1,"floor":%d}' % START


def test_signature_of_a_change_that_was_changed_since_is_worth_nothing(
    town: Site, follower: Follower, tmp_path: Path
) -> None:
    *_, operator = ceremony(town, tmp_path)
    change_profile(town)
    sign(publish(town, at(60)).waiting, tmp_path / "elsewhere", operator)
    (town.directory / "profiles" / "gate.toml").write_bytes(OWN + b"# other\n")
    assert [told.role for told in publish(town, at(61)).waiting] == ["policy"]
    follower.refresh(START + 61)
    assert follower.read(PROFILE) != OWN


def test_key_of_another_role_signs_nothing(town: Site, tmp_path: Path) -> None:
    anna, *_ = ceremony(town, tmp_path)
    change_profile(town)
    (waiting,) = publish(town, at(60)).waiting
    assert waiting.draft is not None
    before = waiting.draft.read_bytes()
    with pytest.raises(BadRequest, match="policy-1; name their folder with --keys"):
        sign_draft(waiting.draft, read_keyring([anna]))
    assert waiting.draft.read_bytes() == before


@pytest.mark.parametrize("kind", ["root", "targets"])
def test_keys_are_not_signed_for_under_the_name_of_a_role_that_names_none(
    town: Site, tmp_path: Path, kind: str
) -> None:
    """Who has the server shows a custodian what he likes; one stick has keys of three roles."""
    anna, *_ = ceremony(town, tmp_path)
    draft = json.loads((town.tuf / f"metadata/1.{kind}.json").read_bytes())
    asked = {each["keyid"]: "issuers-1" for each in draft["signatures"]}
    path = tmp_path / "2.issuers.json"
    path.write_text(json.dumps(draft | {"x-role": "issuers", "x-asked": asked}))
    before = path.read_bytes()
    with pytest.raises(BadRequest, match="calls itself issuers, and is not"):
        sign_draft(path, read_keyring([anna]))
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["root", "targets"])
def test_thiefs_key_under_a_known_name_is_seen_by_who_signs_for_it(
    town: Site, tmp_path: Path, kind: str
) -> None:
    """A name is anybody's; the public key is what `rotate` told where the new one was made."""
    anna, *_ = ceremony(town, tmp_path)
    published = json.loads((town.tuf / f"metadata/1.{kind}.json").read_bytes())
    signed = published["signed"]
    keys = signed["keys"] if kind == "root" else signed["delegations"]["keys"]
    role = "timestamp" if kind == "root" else "status"
    stolen = next(key for key in keys.values() if key["x-name"] == f"{role}-1")
    his = new_signing_key().public.hex()
    stolen["keyval"]["public"] = his
    asked = {each["keyid"]: f"{kind}-1" for each in published["signatures"]}
    path = tmp_path / f"2.{kind}.json"
    path.write_text(json.dumps(published | {"x-role": kind, "x-asked": asked}))
    done = sign_draft(path, read_keyring([anna]))
    assert f"{his}  {role}-1, one of 1 for {role}" in done.text()
    told = {(key.role, key.name): key.public for key in done.keys}
    assert told[role, f"{role}-1"] == his
    assert ("bulk", "bulk-1") in told or kind == "root"


def test_what_is_no_metadata_is_told_to_be_no_draft(town: Site, tmp_path: Path) -> None:
    (tmp_path / "2.issuers.json").write_bytes(b"cut off")
    for name in ("2.issuers.json", "gone.json"):
        with pytest.raises(SiteUnusable, match=f"{name} is no draft, or damaged"):
            sign_draft(tmp_path / name, read_keyring([town.tuf_keys]))


def test_published_metadata_is_no_draft(town: Site) -> None:
    with pytest.raises(BadRequest, match="asks for no signature"):
        sign_draft(town.tuf / "metadata/1.policy.json", read_keyring([town.tuf_keys]))


@pytest.mark.parametrize("role", ["status", "snapshot", "timestamp"])
def test_online_key_that_is_away_stops_everything_and_is_named(town: Site, role: str) -> None:
    lose(town, f"{role}-1")
    before = (town.tuf / "metadata/timestamp.json").read_bytes()
    set_status(town, 3, Status.REVOKED)
    with pytest.raises(NotSigned, match=rf"{role} is signed by {role}-1.*rotate .*{role}-1"):
        publish(town, at(60))
    assert (town.tuf / "metadata/timestamp.json").read_bytes() == before


def test_first_publication_without_the_issuers_says_whom_it_needs(
    site: Site, tmp_path: Path
) -> None:
    stick = take_away(site, tmp_path / "stick", "issuers-1", "issuers-2", "issuers-3")
    with pytest.raises(NotSigned, match="issuers must be signed by 2 of issuers-1, issuers-2"):
        publish(site, START)
    assert not (site.tuf / "metadata/timestamp.json").exists()
    assert publish(site, START, order=Order(keys=[stick])).waiting == ()


def test_folder_of_keys_that_is_not_mounted_is_told(town: Site, tmp_path: Path) -> None:
    with pytest.raises(SiteUnusable, match="mount the keys"):
        with_keys(town, START + 60, tmp_path / "nothing")


@pytest.mark.parametrize("text", ["", "xyz", "00" * 31])
def test_damaged_key_is_told_by_name(town: Site, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.key").write_text(text)
    with pytest.raises(SiteUnusable, match=r"bad\.key"):
        with_keys(town, START + 60, tmp_path)


@pytest.mark.parametrize("octets", [b"", b"{}", b"nonsense"])
def test_damaged_draft_is_told_and_its_removal_is_the_remedy(town: Site, octets: bytes) -> None:
    draft = town.signing / "2.policy.json"
    draft.write_bytes(octets)
    with pytest.raises(SiteUnusable, match=r"2\.policy\.json is damaged: remove it"):
        publish(town, at(60))
    draft.unlink()
    assert publish(town, at(60)).version == 2


@pytest.mark.parametrize("name", ["3.policy.json", "2.root.json"])
def test_draft_under_anothers_name_is_told(town: Site, tmp_path: Path, name: str) -> None:
    ceremony(town, tmp_path)
    change_profile(town)
    (waiting,) = publish(town, at(60)).waiting
    assert waiting.draft is not None
    waiting.draft.rename(town.signing / name)
    with pytest.raises(SiteUnusable, match="not what its name says"):
        publish(town, at(61))


def test_other_files_among_the_drafts_are_left_alone(town: Site) -> None:
    note = town.signing / "who signs when.json"
    note.write_text("Anna, Monday")
    assert publish(town, at(60)).waiting == ()
    assert note.exists()


def test_root_that_nobody_signed_makes_no_timestamp_good(town: Site) -> None:
    """A timestamp by a stranger's key, and a draft of a root that names it."""
    root = json.loads((town.tuf / "metadata/1.root.json").read_bytes())
    stranger = tuf_key(new_signing_key().public)
    root["signed"]["version"] = 2
    root["signed"]["keys"][stranger.keyid] = stranger.to_dict()
    root["signed"]["roles"]["timestamp"]["keyids"] = [stranger.keyid]
    (town.signing / "2.root.json").write_text(json.dumps(root))
    path = town.tuf / "metadata/timestamp.json"
    timestamp = json.loads(path.read_bytes())
    timestamp["signatures"][0]["keyid"] = stranger.keyid
    path.write_text(json.dumps(timestamp))
    with pytest.raises(SiteUnusable, match=r"timestamp .* is not signed by its keys"):
        publish(town, at(60))
