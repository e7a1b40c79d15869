"""What is published, as another's TUF client follows it."""

import json

import pytest

from central.issuing import set_status
from central.publishing import publish
from central.site import Site
from central.trust.layout import LAYOUT
from central.trust_list import trust_list
from protocol.trust_folder import KEYS_PATH, X_ISSUED, TufRole
from tests.central.peers import START
from tests.central.published import file_of
from tests.support.tuf_follower import Follower
from verifier.model import UnixSeconds
from verifier.status import Status

LIST = "status/city.example/0.cwt"
PROFILE = "policy/profiles/gate.toml"
HOUR, DAY = 3_600, 86_400


def at(seconds: int) -> UnixSeconds:
    return UnixSeconds(START + seconds)


def test_follower_of_the_pinned_root_gets_every_target(town: Site, follower: Follower) -> None:
    assert follower.read(KEYS_PATH) == trust_list(town)
    assert follower.read(PROFILE) is not None
    assert follower.read(LIST) == file_of(town, LIST).read_bytes()
    assert follower.issued_at == START


def test_target_that_nobody_answers_for_is_not_there(follower: Follower) -> None:
    assert follower.read("policy/profiles/nothing.toml") is None
    assert follower.read("elsewhere/keys.json") is None


def test_every_role_has_its_keys_and_threshold(town: Site) -> None:
    metadata = town.tuf / "metadata"
    root = json.loads((metadata / "1.root.json").read_bytes())["signed"]
    targets = json.loads((metadata / "1.targets.json").read_bytes())["signed"]
    roles = root["roles"] | {role["name"]: role for role in targets["delegations"]["roles"]}
    held = {name: (len(role["keyids"]), role["threshold"]) for name, role in roles.items()}
    assert held == {role.value: (layout.keys, layout.threshold) for role, layout in LAYOUT.items()}
    keyids = [keyid for role in roles.values() for keyid in role["keyids"]]
    assert len(set(keyids)) == len(keyids)
    assert held["root"] == held["targets"] == (3, 2)


def test_metadata_is_compact_and_dated(town: Site) -> None:
    for path in (town.tuf / "metadata").iterdir():
        octets = path.read_bytes()
        assert json.dumps(json.loads(octets), separators=(",", ":")).encode() == octets
    signed = json.loads((town.tuf / "metadata/timestamp.json").read_bytes())["signed"]
    assert signed[X_ISSUED] == START


def test_nothing_but_the_timestamp_is_new_where_nothing_changed(
    town: Site, follower: Follower
) -> None:
    publish(town, at(HOUR))
    follower.refresh(START + HOUR)
    assert follower.fetched == ["metadata/timestamp.json"]
    assert follower.issued_at == START + HOUR


def test_revocation_costs_its_list_and_three_files_of_metadata(
    town: Site, follower: Follower
) -> None:
    set_status(town, 3, Status.REVOKED)
    publish(town, at(60))
    follower.refresh(START + 60)
    assert follower.read(LIST) == file_of(town, LIST).read_bytes()
    assert follower.fetched == [
        "metadata/timestamp.json",
        "metadata/2.snapshot.json",
        "metadata/2.status.json",
        f"targets/status/city.example/{file_of(town, LIST).name}",
    ]


@pytest.mark.parametrize(("past_s", "is_new"), [(0, False), (1, True)])
def test_what_ends_soon_is_signed_anew(town: Site, past_s: int, *, is_new: bool) -> None:
    layout = LAYOUT[TufRole.TARGETS]
    publish(town, at(layout.lifetime_s - layout.renewed_s + past_s))
    assert (town.tuf / "metadata/2.targets.json").exists() is is_new
    assert (town.tuf / "metadata/2.root.json").exists() is is_new


def test_roles_that_end_soon_are_named_where_their_keys_are_elsewhere(town: Site) -> None:
    for path in town.tuf_keys.glob("*-[123].key"):
        if path.name.startswith(("root", "targets", "issuers", "policy")):
            path.unlink()
    layout = LAYOUT[TufRole.TARGETS]
    ends = layout.lifetime_s - layout.renewed_s
    assert publish(town, at(ends)).ending == ()
    assert publish(town, at(ends + 1)).ending == ("root", "targets", "issuers", "policy")
