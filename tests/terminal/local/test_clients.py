import json
import os
import re
from pathlib import Path

import pytest

from terminal.errors import UsageError
from terminal.local.clients import CLIENTS_MAX, ClientBook, ClientsFile, Scope
from verifier.model import UnixSeconds

NOW = UnixSeconds(1_800_000_000)


@pytest.fixture
def file(tmp_path: Path) -> ClientsFile:
    return ClientsFile(tmp_path / "clients.json")


def add(
    file: ClientsFile,
    name: str,
    *scopes: Scope,
    lanes: frozenset[str] | None = None,
) -> str:
    return file.add(name, scopes=frozenset(scopes or Scope), lanes=lanes, now=NOW)


def test_token_is_known_by_its_digest_alone(file: ClientsFile) -> None:
    token = add(file, "till-1", Scope.SALE, lanes=frozenset({"gate-1"}))
    kept = file.path.read_text(encoding="utf-8")
    assert re.fullmatch(r"scan-client\.[A-Za-z0-9_-]{43}", token)
    assert token.removeprefix("scan-client.") not in kept
    client = ClientBook(file).of(token)
    assert client is not None
    assert (client.name, client.scopes) == ("till-1", frozenset({Scope.SALE}))
    assert client.sees("gate-1")
    assert not client.sees("gate-2")


def test_file_is_its_users_own(file: ClientsFile) -> None:
    add(file, "till-1")
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_two_tokens_are_two(file: ClientsFile) -> None:
    first, second = add(file, "till-1"), add(file, "till-2")
    book = ClientBook(file)
    names = [client.name for token in (first, second) if (client := book.of(token))]
    assert (names, first == second) == (["till-1", "till-2"], False)


def test_change_counts_at_once_for_who_has_read_before(file: ClientsFile) -> None:
    token, book = add(file, "till-1"), ClientBook(file)
    client = book.of(token)
    assert client is not None
    added = add(file, "till-2")
    assert book.of(added) is not None
    assert book.is_current(client)
    file.remove("till-1")
    assert book.of(token) is None
    assert not book.is_current(client)


def test_token_of_a_client_that_was_made_anew_is_another(file: ClientsFile) -> None:
    old = add(file, "till-1")
    file.remove("till-1")
    new = add(file, "till-1")
    book = ClientBook(file)
    assert book.of(old) is None
    assert book.of(new) is not None


@pytest.mark.parametrize("token", ["", "scan-client.", "x", "scan-client." + "A" * 43, "é" * 55])
def test_any_other_text_is_nobodys(file: ClientsFile, token: str) -> None:
    add(file, "till-1")
    assert ClientBook(file).of(token) is None


@pytest.mark.parametrize("name", ["", "Till", "-a", "a b", "a/b", "x" * 33, "till\n", "收银"])
def test_name_is_plain(file: ClientsFile, name: str) -> None:
    with pytest.raises(UsageError, match="no client's name"):
        add(file, name)


def test_name_is_taken_once(file: ClientsFile) -> None:
    add(file, "x" * 32)
    with pytest.raises(UsageError, match="remove it first"):
        add(file, "x" * 32)


def test_client_without_a_scope_or_a_lane_is_none(file: ClientsFile) -> None:
    with pytest.raises(UsageError, match="a scope and a lane"):
        file.add("till-1", scopes=frozenset(), lanes=None, now=NOW)
    with pytest.raises(UsageError, match="a scope and a lane"):
        add(file, "till-1", lanes=frozenset())


def test_who_is_not_there_can_not_be_removed(file: ClientsFile) -> None:
    with pytest.raises(UsageError, match="no client is called so"):
        file.remove("till-1")


def test_clients_are_bounded(file: ClientsFile) -> None:
    rows = [_row(f"till-{number}") for number in range(CLIENTS_MAX)]
    _write(file, {"clients": rows})
    with pytest.raises(UsageError, match="remove one first"):
        add(file, "one-more")
    file.remove("till-0")
    assert add(file, "one-more")


def _row(name: str) -> dict[str, object]:
    return {"name": name, "digest": "0" * 64, "scopes": [], "lanes": None, "added_at": 1}


def _write(file: ClientsFile, told: object) -> None:
    file.path.write_text(json.dumps(told))
    file.path.chmod(0o600)


@pytest.mark.parametrize(
    "told",
    [
        [],
        {},
        {"clients": [{"name": "till-1"}]},
        {"clients": [_row("till-1") | {"digest": "0" * 63}]},
        {"clients": [_row("till-1") | {"scopes": ["everything"]}]},
        {"clients": [_row("till-1") | {"lanes": "gate-1"}]},
        {"clients": [_row("till-1") | {"more": 1}]},
        {"clients": [_row(f"till-{number}") for number in range(CLIENTS_MAX + 1)]},
    ],
)
def test_damaged_file_lets_nobody_in_and_says_so(file: ClientsFile, told: object) -> None:
    token, book = add(file, "till-1"), ClientBook(file)
    _write(file, told)
    assert book.of(token) is None
    assert "holds no clients of ours" in book.trouble


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_file_that_others_may_write_is_not_believed(
    file: ClientsFile, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    token, book = add(file, "till-1"), ClientBook(file)
    file.path.chmod(mode)
    assert [book.of(token) for _ in range(3)] == [None] * 3
    assert "others may write it" in book.trouble
    assert len(caplog.messages) == 1
    with pytest.raises(UsageError, match="others may write it"):
        add(file, "till-2")
    file.path.chmod(0o600)
    assert book.of(token) is not None
    assert book.trouble == ""


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="enrol makes it"):
        add(ClientsFile(tmp_path / "none" / "clients.json"), "till-1")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_folder_of_another_user_is_left_to_him(tmp_path: Path) -> None:
    """A file that root writes there, the daemon could not read."""
    folder = tmp_path / "state"
    folder.mkdir()
    os.chown(folder, 12_345, -1)
    with pytest.raises(UsageError, match="run as the daemon's user"):
        add(ClientsFile(folder / "clients.json"), "till-1")
