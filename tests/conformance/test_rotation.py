"""Sequences of roots and of roles whose keys change: which are followed, and which are not."""

from typing import NamedTuple

import pytest

from tests.conformance.repository import ALL, Client, Repository, signer


class Step(NamedTuple):
    keys: str  # a digit a key
    threshold: int
    signed_by: str
    is_taken: bool = True


ROOTS = {
    "another key": [Step("1", 1, "1"), Step("2", 1, "21"), Step("2", 1, "2")],
    "signatures of strangers": [Step("1", 1, "314"), Step("2", 1, "3214"), Step("2", 1, "324")],
    "other three of five": [
        Step("01234", 3, "024"),
        Step("01234", 3, "041"),
        Step("01234", 3, "013"),
        Step("01234", 3, "013"),
    ],
    "one of five": [Step("01234", 3, "024"), Step("01345", 3, "041")],
    "one of five in two steps": [
        Step("01234", 3, "024"),
        Step("01345", 3, "0245"),
        Step("01345", 3, "045"),
    ],
    "all of five": [
        Step("01234", 3, "024"),
        Step("56789", 3, "024567"),
        Step("56789", 3, "567"),
    ],
    "a higher threshold": [Step("123", 1, "1"), Step("123", 2, "12")],
    "a lower threshold": [Step("123", 2, "12"), Step("123", 1, "12"), Step("123", 1, "1")],
    "one key more": [Step("1", 1, "1"), Step("12", 2, "12")],
    "not by the old key": [Step("1", 1, "1"), Step("2", 1, "234", is_taken=False)],
    "not by the new key": [Step("1", 1, "1"), Step("2", 1, "134", is_taken=False)],
    "two of three new ones": [Step("01234", 3, "024"), Step("01345", 3, "024", is_taken=False)],
    "two of three old ones": [Step("01234", 3, "024"), Step("01345", 3, "045", is_taken=False)],
    "below a new threshold": [Step("123", 1, "1"), Step("123", 2, "2", is_taken=False)],
    "below an old threshold": [Step("123", 2, "12"), Step("123", 1, "1", is_taken=False)],
}

OTHERS = {
    "another key": Step("2", 1, "2"),
    "signatures of strangers": Step("1", 1, "314"),
    "not by the new key": Step("2", 1, "134", is_taken=False),
    "one false of three": Step("01345", 3, "024", is_taken=False),
    "one too few": Step("01345", 3, "04", is_taken=False),
    "first three of five": Step("01234", 3, "024"),
    "second three of five": Step("01234", 3, "041"),
    "third three of five": Step("01234", 3, "013"),
    "fourth three of five": Step("01234", 3, "123"),
    "fifth three of five": Step("01234", 3, "234"),
}


def _set(repository: Repository, role: str, step: Step) -> None:
    entry = repository.root.roles[role]
    entry.keyids.clear()
    entry.threshold = step.threshold
    for digit in step.keys:
        repository.root.add_key(signer(int(digit)).public_key, role)
    repository.signers[role] = [signer(int(digit)) for digit in step.signed_by]


@pytest.mark.parametrize("steps", ROOTS.values(), ids=list(ROOTS))
def test_a_root_is_followed_when_both_its_own_and_the_old_keys_signed_it(
    client: Client, repository: Repository, steps: list[Step]
) -> None:
    repository.published["root"].clear()
    repository.root.version = 1
    for step in steps:
        _set(repository, "root", step)
        repository.publish("root")
    repository.publish(*ALL)
    assert client.init() == 0
    is_taken = steps[-1].is_taken
    assert client.refresh() == (0 if is_taken else 1)
    held = (client.metadata / "root.json").read_bytes()
    assert held == repository.published["root"][-1 if is_taken else -2]


@pytest.mark.parametrize("step", OTHERS.values(), ids=list(OTHERS))
def test_other_roles_follow_the_keys_of_the_newest_root(
    client: Client, repository: Repository, step: Step
) -> None:
    for role in ("timestamp", "snapshot", "targets"):
        _set(repository, role, step)
        repository.publish("root", *ALL)
        assert client.refresh() == (0 if step.is_taken else 1)
        if step.is_taken:
            held = (client.metadata / f"{role}.json").read_bytes()
            assert held == repository.published[role][-1]


@pytest.mark.parametrize("version", [1, 2, 4])
def test_a_root_of_another_version_than_asked_for_is_refused(
    client: Client, repository: Repository, version: int
) -> None:
    repository.publish("root")
    assert client.refresh() == 0
    repository.publish("root", version=version)
    octets = repository.published["root"].pop()
    asked_for = repository.answer

    def answer(path: str) -> bytes | None:
        return octets if path == "metadata/3.root.json" else asked_for(path)

    repository.answer = answer  # type: ignore[method-assign]  # the peer lies
    assert client.refresh() == 1
    assert client.version("root") == 2
