import json
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.keys import new_signing_key
from protocol.tuf_keys import SodiumSigner
from tests.conformance.repository import ALL, Client, Repository

FIRST = ["metadata/2.root.json", "metadata/timestamp.json"]


def test_a_first_refresh_walks_from_root_to_targets(client: Client) -> None:
    assert client.refresh() == 0
    assert client.asked() == [*FIRST, "metadata/1.snapshot.json", "metadata/1.targets.json"]
    assert client.held() == {"root": 1, "snapshot": 1, "targets": 1, "timestamp": 1}


def test_a_refresh_without_news_asks_for_two_files_and_writes_none(client: Client) -> None:
    assert client.refresh() == 0
    written = {path: path.stat().st_mtime_ns for path in client.metadata.iterdir()}
    client.asked()
    assert client.refresh() == 0
    assert client.asked() == FIRST
    assert {path: path.stat().st_mtime_ns for path in client.metadata.iterdir()} == written


def test_a_download_refreshes_first(client: Client) -> None:
    assert client.download("nothing of the kind") == 1
    assert client.held() == {"root": 1, "snapshot": 1, "targets": 1, "timestamp": 1}


def test_a_root_without_a_version_is_refused_before_anything_is_asked_for(
    client: Client, repository: Repository
) -> None:
    members = json.loads(repository.published["root"][0])
    del members["signed"]["version"]
    client.init(json.dumps(members).encode())
    assert client.refresh() == 1
    assert client.asked() == []


def test_a_root_that_its_own_keys_did_not_sign_is_refused_before_anything_is_asked_for(
    client: Client, repository: Repository
) -> None:
    members = json.loads(repository.published["root"][0])
    members["signatures"][0]["sig"] = new_signing_key().sign(b"another").hex()
    client.init(json.dumps(members).encode())
    assert client.refresh() == 1
    assert client.asked() == []


@pytest.mark.parametrize(
    ("role", "held"),
    [
        ("root", {"root": 1}),
        ("timestamp", {"root": 1}),
        ("snapshot", {"root": 1, "timestamp": 2}),
        ("targets", {"root": 1, "snapshot": 2, "timestamp": 2}),
    ],
)
def test_an_unsigned_role_ends_the_refresh_and_nothing_before_it(
    client: Client, repository: Repository, role: str, held: dict[str, int]
) -> None:
    repository.signers[role].clear()
    repository.publish(*(["root"] if role == "root" else ALL))
    assert client.refresh() == 1
    assert client.held() == held


def test_a_timestamp_that_changed_without_a_new_version_is_not_taken(
    client: Client, repository: Repository
) -> None:
    assert client.refresh() == 0
    held = (client.metadata / "timestamp.json").read_bytes()
    repository.timestamp.snapshot_meta.version = 100
    repository.publish("timestamp", version=1)
    client.asked()
    assert client.refresh() == 0
    assert client.asked() == FIRST
    assert (client.metadata / "timestamp.json").read_bytes() == held


def test_digests_and_lengths_of_metadata_are_checked(
    client: Client, repository: Repository
) -> None:
    repository.names_digests = True
    repository.publish(*ALL)
    assert client.refresh() == 0
    repository.publish("targets")
    named = repository.snapshot.meta["targets.json"]
    assert named.hashes is not None
    named.hashes["sha256"] = "0" * 64
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.held() == {"root": 1, "snapshot": 3, "targets": 2, "timestamp": 3}


@pytest.mark.parametrize("change", [-1, 1], ids=["shorter", "longer"])
def test_metadata_of_another_length_than_named_is_refused(
    client: Client, repository: Repository, change: int
) -> None:
    repository.names_digests = True
    repository.publish("targets")
    named = repository.snapshot.meta["targets.json"]
    assert named.length is not None
    named.length += change
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.version("targets") is None


def test_targets_that_the_snapshot_does_not_name_yet_are_not_asked_for(
    client: Client, repository: Repository
) -> None:
    assert client.refresh() == 0
    repository.publish("targets")
    client.asked()
    assert client.refresh() == 0
    assert client.asked() == FIRST


def test_fields_that_nobody_knows_are_signed_like_all_others(
    client: Client, repository: Repository
) -> None:
    repository.root.unrecognized_fields["custom"] = {"a": [1, 2]}
    key = repository.root.roles["root"].keyids[0]
    repository.root.keys[key].unrecognized_fields["more"] = "of a key"
    repository.root.roles["root"].unrecognized_fields["more"] = "of a role"
    repository.publish("root")
    assert client.refresh() == 0
    assert client.version("root") == 2


def test_a_repository_without_consistent_snapshots_is_read_too(
    client: Client, repository: Repository
) -> None:
    repository.root.consistent_snapshot = False
    repository.publish("root")
    repository.add("targets", "file", b"octets")
    repository.publish(*ALL)
    assert client.download("file") == 0
    assert client.asked() == [
        "metadata/2.root.json",
        "metadata/3.root.json",
        "metadata/timestamp.json",
        "metadata/snapshot.json",
        "metadata/targets.json",
        "targets/file",
    ]
    assert client.fetched() == {"file": b"octets"}


def test_a_role_in_anothers_place_is_refused(client: Client, repository: Repository) -> None:
    repository.signers["snapshot"] = repository.signers["timestamp"]
    repository.root.roles["snapshot"].keyids = list(repository.root.roles["timestamp"].keyids)
    repository.publish("root", *ALL)
    repository.published["timestamp"].append(repository.published["snapshot"][-1])
    assert client.refresh() == 1
    assert client.held() == {"root": 2}


@pytest.mark.slow
def test_the_program_says_in_its_exit_status_how_it_went(tmp_path: Path) -> None:
    root = tmp_path / "root.json"
    root.write_bytes(Repository().published["root"][0])
    (tmp_path / "held").mkdir()
    program = [sys.executable, "-m", "tests.conformance.tuf_client", "--metadata-dir"]
    begun = [*program, str(tmp_path / "held"), "init", str(root)]
    assert subprocess.run(begun, check=False, timeout=60).returncode == 0
    down = ["--metadata-url", "http://127.0.0.1:1", "refresh"]
    ended = subprocess.run(
        [*program, str(tmp_path / "held"), *down], check=False, timeout=60, capture_output=True
    )
    assert ended.returncode == 1
    assert b"no connection" in ended.stderr


def test_a_signer_of_nobody_signs_nothing(client: Client, repository: Repository) -> None:
    repository.signers["timestamp"] = [SodiumSigner(new_signing_key())]
    repository.publish("timestamp")
    assert client.refresh() == 1
    assert client.held() == {"root": 1}
