import time
from pathlib import Path
from typing import Any

import pytest

from terminal.local.checks import DAYS_LEFT_MIN, look_at_local, told_of_local
from terminal.local.clients import ClientsFile, Scope
from terminal.local.table import LocalSettings
from tests.support.certificates import make_certificate
from verifier.model import UnixSeconds


def found(folder: Path, **table: Any) -> list[tuple[str, str]]:
    """Return check and level of every finding."""
    settings = LocalSettings.model_validate(table)
    now = UnixSeconds(int(time.time()))
    findings = look_at_local(settings, folder / "clients.json", now=now)
    return [(each.check, each.level) for each in findings]


def with_lan(folder: Path, *, days: float) -> dict[str, Any]:
    files = make_certificate(folder, days=days)
    paths = {"certificate": str(files.certificate), "key": str(files.key)}
    return {"lan": {"address": "127.0.0.1", **paths}}


def test_terminal_that_lets_nobody_in_is_told_how(tmp_path: Path) -> None:
    assert found(tmp_path) == [("clients", "warn")]


def test_file_of_tokens_is_looked_at(tmp_path: Path) -> None:
    file = ClientsFile(tmp_path / "clients.json")
    file.add("till-1", scopes=frozenset(Scope), lanes=None, now=UnixSeconds(1))
    assert found(tmp_path) == [("clients", "ok")]
    file.path.chmod(0o622)
    assert found(tmp_path) == [("clients", "fail")]


@pytest.mark.parametrize(
    ("days", "level"), [(-1, "fail"), (DAYS_LEFT_MIN - 1, "warn"), (DAYS_LEFT_MIN + 2, "ok")]
)
def test_certificate_is_told_in_time(tmp_path: Path, days: int, level: str) -> None:
    assert found(tmp_path, **with_lan(tmp_path, days=days))[1] == ("certificate", level)


def test_missing_certificate_is_told(tmp_path: Path) -> None:
    table = with_lan(tmp_path, days=90)
    (tmp_path / "lan.crt").unlink()
    assert found(tmp_path, **table)[1] == ("certificate", "fail")


def test_listener_that_the_daemon_can_not_open_is_told() -> None:
    listeners = [{"name": "lan", "trouble": "can't listen"}, {"name": "unix:/x", "trouble": ""}]
    levels = [each.level for each in told_of_local({"listeners": listeners})]
    assert levels == ["fail", "ok"]
