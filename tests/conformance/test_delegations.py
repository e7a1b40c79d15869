"""The search for a file: in the order of the delegations, each with all below it first."""

from itertools import pairwise
from typing import NamedTuple

import pytest
from tuf.api.metadata import DelegatedRole, SuccinctRoles

from tests.conformance.repository import ALL, Client, Repository, role


class Edge(NamedTuple):
    above: str
    name: str
    paths: tuple[str, ...] = ("*",)
    is_terminating: bool = False


GRAPHS = {
    "one": ([Edge("targets", "A")], "A"),
    "two beside": ([Edge("targets", "A"), Edge("targets", "B")], "AB"),
    "below the last": ([Edge("targets", "A"), Edge("targets", "B"), Edge("B", "C")], "ABC"),
    "below the first": (
        [Edge("targets", "A"), Edge("targets", "B"), Edge("A", "C"), Edge("A", "D")],
        "ACDB",
    ),
    "three deep": (
        [Edge("targets", "A"), Edge("targets", "B"), Edge("A", "C"), Edge("C", "D")],
        "ACDB",
    ),
    "terminating": (
        [
            Edge("targets", "A"),
            Edge("targets", "B"),
            Edge("A", "C", is_terminating=True),
            Edge("A", "D"),
        ],
        "AC",
    ),
    "terminating with one below": (
        [
            Edge("targets", "A"),
            Edge("targets", "B"),
            Edge("A", "C", is_terminating=True),
            Edge("C", "D"),
        ],
        "ACD",
    ),
    "terminating for other paths": (
        [Edge("targets", "A", ("*.py",), is_terminating=True), Edge("targets", "B")],
        "B",
    ),
    "other paths": (
        [Edge("targets", "A", ("*.py",)), Edge("targets", "B"), Edge("A", "C")],
        "B",
    ),
    "other paths deep": (
        [Edge("targets", "A"), Edge("targets", "B"), Edge("A", "C", ("*.py",)), Edge("C", "D")],
        "AB",
    ),
    "a circle": (
        [
            Edge("targets", "A"),
            Edge("targets", "B"),
            Edge("B", "C"),
            Edge("C", "D"),
            Edge("D", "B"),
        ],
        "ABCD",
    ),
    "two to a third": (
        [Edge("targets", "A"), Edge("targets", "B"), Edge("B", "C"), Edge("A", "C")],
        "ACB",
    ),
    "two to a third, one for other paths": (
        [Edge("targets", "A"), Edge("targets", "B"), Edge("B", "C"), Edge("A", "C", ("*.py",))],
        "ABC",
    ),
}


def _build(repository: Repository, edges: list[Edge]) -> None:
    for edge in edges:
        delegation = role(edge.name, edge.paths, is_terminating=edge.is_terminating)
        repository.delegate(edge.above, delegation)


def _publish_all(repository: Repository) -> None:
    below = [name for name in repository.roles if name not in {"root", *ALL}]
    repository.publish(*below, *ALL)


@pytest.mark.parametrize(("edges", "order"), GRAPHS.values(), ids=list(GRAPHS))
def test_roles_are_asked_in_the_order_of_their_delegations(
    client: Client, repository: Repository, edges: list[Edge], order: str
) -> None:
    _build(repository, edges)
    _publish_all(repository)
    assert client.download("missing") == 1
    assert client.asked()[4:] == [f"metadata/1.{name}.json" for name in order]


@pytest.mark.parametrize(
    ("path", "found_in", "order"),
    [
        ("top", "targets", ""),
        ("read.md", "A", "A"),
        ("release/x/v1", "C", "BC"),
        ("release/y/v1.zip", "D", "BD"),
        ("release/z/v1.zip", None, "B"),
    ],
)
def test_a_file_is_found_only_where_all_above_delegate_its_path(
    client: Client, repository: Repository, path: str, found_in: str | None, order: str
) -> None:
    edges = [
        Edge("targets", "A", ("*.doc", "*.md")),
        Edge("targets", "B", ("release/*/*",)),
        Edge("B", "C", ("release/x/*",)),
        Edge("B", "D", ("release/y/*.zip",)),
    ]
    _build(repository, edges)
    repository.add(found_in or "D", path, path.encode())
    _publish_all(repository)
    assert client.download(path) == (1 if found_in is None else 0)
    below = [each for each in client.asked()[4:] if each.startswith("metadata/")]
    assert below == [f"metadata/1.{name}.json" for name in order]


def test_the_first_role_that_names_a_file_decides_what_it_is(
    client: Client, repository: Repository
) -> None:
    _build(repository, [Edge("targets", "A"), Edge("targets", "B")])
    repository.add("B", "file", b"of B")
    repository.add("A", "file", b"of A")
    _publish_all(repository)
    assert client.download("file") == 0
    assert client.fetched() == {"file": b"of A"}


def test_paths_may_be_delegated_by_their_digests(client: Client, repository: Repository) -> None:
    # SHA-256("file") begins with 3b9c3585.
    for name, prefix in (("A", "3b9c3584"), ("B", "3b9c")):
        repository.delegate(
            "targets", DelegatedRole(name, [], 1, terminating=False, path_hash_prefixes=[prefix])
        )
    repository.add("A", "file", b"of A")
    repository.add("B", "file", b"of B")
    _publish_all(repository)
    assert client.download("file") == 0
    assert client.fetched() == {"file": b"of B"}


def test_hash_bins_are_asked_one_for_each_file(client: Client, repository: Repository) -> None:
    repository.delegate("targets", SuccinctRoles([], 1, 4, "bin"))
    repository.add("bin-3", "file", b"octets")  # 3b9c...
    _publish_all(repository)
    assert client.download("file") == 0
    assert "metadata/1.bin-3.json" in client.asked()
    assert set(client.held()) == {"root", "timestamp", "snapshot", "targets", "bin-3"}


def test_a_role_is_proven_anew_for_each_that_delegates_to_it(
    client: Client, repository: Repository
) -> None:
    """What A's keys signed for A/* must not speak for B/*, for which B asks for other keys."""
    _build(repository, [Edge("targets", "A", ("a/*",)), Edge("targets", "B", ("b/*",))])
    _build(repository, [Edge("A", "C", ("a/*",)), Edge("B", "C", ("b/*",))])
    repository.signers["C"].pop()  # the key that B named
    repository.add("C", "a/file", b"octets")
    repository.add("C", "b/file", b"octets")
    _publish_all(repository)
    assert client.download("a/file") == 0
    assert client.download("b/file") == 1
    assert client.download("a/file", "b/file") == 1
    assert set(client.fetched()) == {"a%2Ffile"}


def test_a_role_that_its_delegators_keys_did_not_sign_ends_the_search(
    client: Client, repository: Repository
) -> None:
    _build(repository, [Edge("targets", "A"), Edge("targets", "B")])
    repository.signers["A"].clear()
    repository.add("B", "file", b"octets")
    _publish_all(repository)
    assert client.download("file") == 1
    assert client.version("A") is None


def test_a_role_that_the_snapshot_does_not_name_ends_the_search(
    client: Client, repository: Repository
) -> None:
    _build(repository, [Edge("targets", "A")])
    repository.publish(*ALL)
    assert client.download("file") == 1
    assert client.asked()[4:] == []


def test_an_endless_row_of_delegations_is_followed_for_so_long(
    client: Client, repository: Repository
) -> None:
    names = ["targets", *(f"n{number}" for number in range(33))]
    _build(repository, [Edge(above, below) for above, below in pairwise(names)])
    repository.add("n30", "near", b"octets")
    repository.add("n31", "far", b"octets")
    _publish_all(repository)
    assert client.download("near") == 0
    assert client.download("far") == 1
