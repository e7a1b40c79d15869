import pytest
from tuf.api.metadata import TargetFile

from tests.conformance.repository import ALL, Client, Repository


@pytest.mark.parametrize("path", ["file.txt", "path/to/a/file.txt"])
def test_a_file_is_fetched_by_its_digest(client: Client, repository: Repository, path: str) -> None:
    repository.add("targets", path, b"octets")
    repository.publish(*ALL)
    assert client.refresh() == 0
    assert client.fetched() == {}
    assert client.download(path) == 0
    assert client.fetched() == {path.replace("/", "%2F"): b"octets"}
    sha256 = repository.targets.targets[path].hashes["sha256"]
    folder, slash, name = path.rpartition("/")
    assert client.asked()[-1] == f"targets/{folder}{slash}{sha256}.{name}"


def test_a_file_that_is_held_is_not_fetched_again(client: Client, repository: Repository) -> None:
    repository.add("targets", "file", b"octets")
    repository.publish(*ALL)
    assert client.download("file") == 0
    client.asked()
    assert client.download("file") == 0
    assert [path for path in client.asked() if path.startswith("targets/")] == []


def test_a_file_that_was_altered_here_is_fetched_again(
    client: Client, repository: Repository
) -> None:
    repository.add("targets", "file", b"octets")
    repository.publish(*ALL)
    assert client.download("file") == 0
    (client.artifacts / "file").write_bytes(b"OCTETS")
    assert client.download("file") == 0
    assert client.fetched() == {"file": b"octets"}


def test_a_file_that_was_put_in_anothers_place_is_refused(
    client: Client, repository: Repository
) -> None:
    for name in ("one", "two"):
        repository.add("targets", name, b"octets")
    repository.publish(*ALL)
    assert client.download("one") == 0
    repository.files.update(one=b"OCTETS", two=b"OCTETS")
    assert client.download("one") == 0
    assert client.download("two") == 1
    assert client.fetched() == {"one": b"octets"}


@pytest.mark.parametrize("octets", [b"octet", b"octets!", b""], ids=["short", "long", "none"])
def test_a_file_of_another_length_is_refused(
    client: Client, repository: Repository, octets: bytes
) -> None:
    repository.add("targets", "file", b"octets")
    repository.publish(*ALL)
    repository.files["file"] = octets
    assert client.download("file") == 1
    assert client.fetched() == {}


def test_a_file_that_changed_takes_the_place_of_the_old_one(
    client: Client, repository: Repository
) -> None:
    for number in range(6):
        repository.add("targets", "file", b"octets %d" % number)
        repository.publish(*ALL)
        if number % 5 == 0:
            assert client.download("file") == 0
            assert client.fetched() == {"file": b"octets %d" % number}


@pytest.mark.parametrize("hashes", [["sha256"], ["sha512"], ["sha256", "sha512"]])
def test_every_usual_digest_is_known(
    client: Client, repository: Repository, hashes: list[str]
) -> None:
    repository.add("targets", "file", b"octets", hashes)
    repository.publish(*ALL)
    assert client.download("file") == 0
    assert client.fetched() == {"file": b"octets"}


def test_a_digest_that_nobody_knows_proves_nothing(client: Client, repository: Repository) -> None:
    repository.add("targets", "file", b"octets")
    repository.targets.targets["file"] = TargetFile(6, {"unknown": "00" * 32}, "file")
    repository.publish(*ALL)
    assert client.download("file") == 1
    assert client.fetched() == {}


def test_several_files_come_in_one_go_or_the_command_fails(
    client: Client, repository: Repository
) -> None:
    for name in ("one", "two"):
        repository.add("targets", name, name.encode())
    repository.publish(*ALL)
    assert client.download("one", "two") == 0
    assert client.fetched() == {"one": b"one", "two": b"two"}
    assert client.download("one", "three") == 1


def test_an_empty_file_is_a_file(client: Client, repository: Repository) -> None:
    repository.add("targets", "file", b"")
    repository.publish(*ALL)
    assert client.download("file") == 0
    assert client.fetched() == {"file": b""}
