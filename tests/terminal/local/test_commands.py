import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from terminal.cli import app
from terminal.errors import UsageError
from terminal.local.clients import ClientBook, ClientsFile

LANES = ("pharmacy-1", "gate-1")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    lanes = "".join(
        f'[[lane]]\nname = "{name}"\nprofile = "gate"\n'
        f'scanner = {{ kind = "serial", port = "/dev/{name}" }}\n'
        for name in LANES
    )
    path = tmp_path / "terminal.toml"
    path.write_text(
        f'[terminal]\nstate = "{tmp_path / "state"}"\n'
        f'[centre]\nurl = "http://127.0.0.1:9"\ntrust_root = "{"A" * 43}"\n{lanes}'
    )
    return path


def run(config: Path, *words: str) -> Result:
    umask = os.umask(0o077)  # the command sets it for the process, which here goes on
    try:
        return CliRunner().invoke(app, ["client", *words, "--config", str(config)])
    finally:
        os.umask(umask)


def said(config: Path, *words: str) -> list[dict[str, Any]]:
    done = run(config, *words, "--json")
    assert done.exit_code == 0, done
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_client_is_added_listed_and_removed(config: Path) -> None:
    (added,) = said(config, "add", "till-1", "--lanes", "gate-1,pharmacy-1", "--scopes", "sale")
    book = ClientBook(ClientsFile(config.parent / "state" / "clients.json"))
    assert book.of(added["token"]) is not None
    (listed,) = said(config, "list")
    assert (listed["name"], listed["scopes"]) == ("till-1", "sale")
    assert listed["lanes"] == sorted(LANES)
    assert added["token"] not in json.dumps(listed)
    said(config, "remove", "till-1")
    assert said(config, "list") == []
    assert book.of(added["token"]) is None


def test_client_may_sell_and_look_where_nothing_else_is_said(config: Path) -> None:
    said(config, "add", "till-1")
    (listed,) = said(config, "list")
    assert (listed["scopes"], listed["lanes"]) == ("sale,status", None)


def test_person_is_told_the_token_once_and_that_nothing_listens_yet(config: Path) -> None:
    text = run(config, "add", "till-1").stdout
    assert "token: scan-client." in text
    assert "no [local]" in text
    assert "scan-client." not in run(config, "list").stdout


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--lanes", "gate-9"), "no such lane"),
        (("--lanes", ""), "no such lane"),
        (("--scopes", "everything"), "each is one of"),
        (("--scopes", ""), "each is one of"),
    ],
)
def test_lane_or_scope_that_is_none_is_refused(
    config: Path, words: tuple[str, ...], fault: str
) -> None:
    done = run(config, "add", "till-1", *words)
    assert isinstance(done.exception, UsageError)
    assert fault in str(done.exception)
    assert said(config, "list") == []
