import pytest

from tests.conformance.repository import ALL, Client, Repository


def test_an_old_timestamp_is_refused(client: Client, repository: Repository) -> None:
    repository.publish("timestamp")
    assert client.refresh() == 0
    repository.publish("timestamp", version=1)
    assert client.refresh() == 1
    assert client.version("timestamp") == 2
    assert client.asked()[-1] == "metadata/timestamp.json"


@pytest.mark.parametrize("names_digests", [False, True])
def test_a_timestamp_that_names_an_old_snapshot_is_refused(
    client: Client, repository: Repository, *, names_digests: bool
) -> None:
    repository.names_digests = names_digests
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 0
    repository.publish("snapshot", version=1)
    repository.publish("timestamp")
    assert client.refresh() == 1
    assert client.held() == {"root": 1, "snapshot": 2, "targets": 1, "timestamp": 2}
    assert client.asked()[-1] == "metadata/timestamp.json"


@pytest.mark.parametrize("names_digests", [False, True])
def test_a_snapshot_that_names_old_targets_is_refused(
    client: Client, repository: Repository, *, names_digests: bool
) -> None:
    repository.names_digests = names_digests
    repository.publish(*ALL)
    assert client.refresh() == 0
    repository.publish("targets", version=1)
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.held() == {"root": 1, "snapshot": 2, "targets": 2, "timestamp": 3}


def test_a_snapshot_that_drops_a_role_is_refused(client: Client, repository: Repository) -> None:
    assert client.refresh() == 0
    del repository.snapshot.meta["targets.json"]
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 1
    assert client.version("snapshot") == 1


def test_a_snapshot_of_another_version_than_named_is_refused(
    client: Client, repository: Repository
) -> None:
    repository.timestamp.snapshot_meta.version = 2
    repository.publish("timestamp")
    assert client.refresh() == 1
    assert client.asked()[-1] == "metadata/2.snapshot.json"
    assert client.held() == {"root": 1, "timestamp": 2}


def test_an_old_snapshot_that_nobody_names_is_not_asked_for(
    client: Client, repository: Repository
) -> None:
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 0
    repository.published["snapshot"].pop()
    assert client.refresh() == 0
    assert client.version("snapshot") == 2


def test_a_mix_of_two_publications_is_refused(client: Client, repository: Repository) -> None:
    repository.add("targets", "file", b"octets")
    repository.names_digests = True
    repository.publish(*ALL)
    first = repository.published["targets"][-1]
    repository.add("targets", "file", b"OCTETS")
    repository.publish(*ALL)
    repository.published["targets"][-1] = first
    assert client.refresh() == 1
    assert client.held() == {"root": 1, "snapshot": 3, "timestamp": 3}


def test_a_timestamp_far_ahead_is_forgotten_with_its_key(
    client: Client, repository: Repository
) -> None:
    repository.publish("timestamp", version=99_999)
    assert client.refresh() == 0
    repository.rotate("timestamp")
    repository.publish("root")
    repository.publish("timestamp", version=1)
    assert client.refresh() == 0
    assert client.version("timestamp") == 1


def test_a_snapshot_far_ahead_is_forgotten_with_the_keys(
    client: Client, repository: Repository
) -> None:
    repository.publish("snapshot", version=99_999)
    repository.publish("timestamp")
    assert client.refresh() == 0
    repository.rotate("snapshot")
    repository.rotate("timestamp")
    repository.publish("root")
    repository.publish("snapshot", version=1)
    repository.publish("timestamp")
    assert client.refresh() == 0
    assert client.version("snapshot") == 1


def test_targets_far_ahead_are_forgotten_with_the_snapshots_key(
    client: Client, repository: Repository
) -> None:
    repository.publish("targets", version=99_999)
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 0
    repository.rotate("snapshot")
    repository.publish("root")
    repository.publish("targets", version=1)
    repository.publish("snapshot", "timestamp")
    assert client.refresh() == 0
    assert client.version("targets") == 1


def test_keys_that_did_not_change_forget_nothing(client: Client, repository: Repository) -> None:
    repository.publish("timestamp", version=99_999)
    assert client.refresh() == 0
    repository.rotate("snapshot")
    repository.publish("root", "snapshot")
    repository.publish("timestamp", version=2)
    assert client.refresh() == 1
    assert client.version("timestamp") == 99_999
