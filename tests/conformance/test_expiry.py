from datetime import timedelta

import pytest

from tests.conformance.repository import ALL, NOW, Client, Repository, role

PAST = NOW - timedelta(days=1)
FUTURE = NOW + timedelta(days=90)


def test_an_expired_root_is_kept_and_nothing_behind_it_is(
    client: Client, repository: Repository
) -> None:
    assert client.refresh() == 0
    repository.root.expires = PAST
    repository.publish("root", *ALL)
    assert client.refresh() == 1
    assert client.held() == {"root": 2, "snapshot": 1, "targets": 1, "timestamp": 1}


def test_a_root_that_expired_between_two_good_ones_hinders_nothing(
    client: Client, repository: Repository
) -> None:
    good, repository.root.expires = repository.root.expires, PAST
    repository.publish("root")
    repository.root.expires = good
    repository.publish("root")
    assert client.refresh() == 0
    assert client.version("root") == 3


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("timestamp", {"root": 1, "snapshot": 1, "targets": 1, "timestamp": 1}),
        ("snapshot", {"root": 1, "snapshot": 1, "targets": 1, "timestamp": 2}),
        ("targets", {"root": 1, "snapshot": 2, "targets": 1, "timestamp": 2}),
    ],
)
def test_an_expired_role_is_refused(
    client: Client, repository: Repository, name: str, held: dict[str, int]
) -> None:
    assert client.refresh() == 0
    repository.roles[name].signed.expires = PAST
    repository.publish(*ALL)
    assert client.refresh() == 1
    assert client.held() == held


def test_metadata_expires_at_its_second_and_not_before(
    client: Client, repository: Repository
) -> None:
    repository.timestamp.expires = NOW + timedelta(seconds=1)
    repository.publish("timestamp")
    assert client.refresh() == 0
    repository.timestamp.expires = NOW
    repository.publish("timestamp")
    assert client.refresh() == 1


def test_what_expired_here_still_leads_to_what_is_fresh_there(
    client: Client, repository: Repository
) -> None:
    repository.root.expires = FUTURE
    for name in ("timestamp", "snapshot", "targets"):
        repository.roles[name].signed.expires = NOW + timedelta(days=7)
    repository.publish("root", *ALL)
    assert client.refresh() == 0
    for name in ("timestamp", "snapshot", "targets"):
        repository.roles[name].signed.expires = FUTURE
    repository.publish(*ALL)
    client.days = 18
    assert client.refresh() == 0
    assert client.held() == {"root": 2, "snapshot": 3, "targets": 3, "timestamp": 3}


def test_an_expired_timestamp_here_still_guards_against_an_old_snapshot(
    client: Client, repository: Repository
) -> None:
    repository.root.expires = FUTURE
    repository.timestamp.expires = NOW + timedelta(days=7)
    repository.publish("root", *ALL)
    assert client.refresh() == 0
    repository.timestamp.expires = FUTURE
    repository.snapshot.expires = FUTURE
    repository.publish("snapshot", version=1)
    repository.publish("timestamp")
    client.days = 18
    assert client.refresh() == 1
    assert client.version("timestamp") == 2


def test_an_expired_delegated_role_names_nothing(client: Client, repository: Repository) -> None:
    repository.delegate("targets", role("below", ["below/*"]), expires=PAST)
    repository.add("below", "below/file", b"octets")
    repository.publish("below", *ALL)
    assert client.refresh() == 0
    assert client.download("below/file") == 1
    assert client.fetched() == {}
    assert client.version("below") is None


def test_a_delegated_role_that_expired_here_is_used_no_more(
    client: Client, repository: Repository
) -> None:
    repository.delegate("targets", role("below", ["below/*"]), expires=NOW + timedelta(days=7))
    repository.add("below", "below/one", b"one")
    repository.add("below", "below/two", b"two")
    repository.publish("below", *ALL)
    assert client.download("below/one") == 0
    client.days = 18
    assert client.download("below/two") == 1
    repository.signed("below").expires = NOW + timedelta(days=21)
    repository.publish("below", "snapshot", "timestamp")
    assert client.download("below/two") == 0
