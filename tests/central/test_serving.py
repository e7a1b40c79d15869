"""The served centre as a process of its own, beside others on the same directory."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from central.site import Site
from tests.central.peers import Terminal
from tests.support.certificates import make_certificate

PROGRAM = [sys.executable, "-c", "from central.cli import main; main()"]


@contextmanager
def _serving(site: Site, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--dir", str(site.directory), "--port", "0", "--json", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.communicate()


def _command(site: Site, *words: str) -> list[dict[str, object]]:
    done = subprocess.run(
        [*PROGRAM, *words, "--dir", str(site.directory), "--json"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(text) for text in done.stdout.splitlines()]


@pytest.mark.slow
def test_other_processes_issue_publish_enrol_and_report_while_it_serves(site: Site) -> None:
    with _serving(site) as (_, url):
        assert requests.get(f"{url}/tuf/metadata/timestamp.json", timeout=20).status_code == 404
        _command(site, "issue", "--count", "2")
        _command(site, "revoke", "--status", "1", "--publish")
        answer = requests.get(f"{url}/tuf/metadata/timestamp.json", timeout=20)
        assert answer.json()["signed"]["version"] == 1
        (told,) = _command(site, "enrolment", "--terminal", "gate-1")
        now = requests.get(f"{url}/healthz", timeout=20)
        assert now.status_code == 200
        gate = Terminal(url=url, name="gate-1", clock_at=site.created_at)
        gate.clock_at = told["expires_at"]  # type: ignore[assignment]  # seconds
        assert gate.enrol(gate.ask(str(told["code"]))).status_code == 201
        assert gate.upload(1, 3).status_code == 200
        terminal, totals = _command(site, "report")
        assert (terminal["terminal"], terminal["acked"], totals["entries"]) == ("gate-1", 3, 3)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_in_good_order(site: Site, number: signal.Signals) -> None:
    with _serving(site) as (process, url):
        assert requests.get(f"{url}/healthz", timeout=20).status_code == 200
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.slow
def test_port_in_use_is_told(site: Site) -> None:
    with _serving(site) as (_, url):
        port = url.rpartition(":")[2]
        ended = subprocess.run(
            [*PROGRAM, "serve", "--dir", str(site.directory), "--port", port],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "choose another --host or --port" in ended.stderr


@pytest.mark.slow
def test_acknowledged_entries_outlive_a_killed_centre(site: Site, tmp_path: Path) -> None:
    with _serving(site) as (process, url):
        (told,) = _command(site, "enrolment", "--terminal", "gate-1")
        gate = Terminal(url=url, name="gate-1")
        gate.clock_at = told["expires_at"]  # type: ignore[assignment]  # seconds
        assert gate.enrol(gate.ask(str(told["code"]))).status_code == 201
        assert gate.upload(1, 100).status_code == 200
        process.kill()
    (*_, last) = _command(site, "report", "--entries")
    assert (last["terminal"], last["seq"]) == ("gate-1", 100)
    assert not list(tmp_path.rglob("*-journal"))


@pytest.mark.slow
def test_with_a_certificate_the_centre_speaks_tls_and_nothing_else(
    site: Site, tmp_path: Path
) -> None:
    files = make_certificate(tmp_path / "tls")
    tls = ("--tls-cert", str(files.certificate), "--tls-key", str(files.key))
    with _serving(site, *tls, "--holder-page") as (_, url):
        assert url.startswith("https://")
        page = requests.get(f"{url}/holder/", verify=str(files.certificate), timeout=20)
        assert page.status_code == 200
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{url.replace('https:', 'http:')}/holder/", timeout=20)
