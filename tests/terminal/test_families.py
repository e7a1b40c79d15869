"""Families of other people's, brought as packages: found, refused, loaded and never in advance."""

import asyncio
import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from terminal.errors import FamilyError
from terminal.families import GROUP, load_families
from terminal.settings import load_settings
from tests.support.cards import NOW, STATUS_INDEX, STRANGER, holder_part, kid, public, text
from tests.support.desks import open_desk, published
from tests.support.packages import install
from tests.support.publishing import FILES, PROFILE_PATH
from tests.support.trust import (
    CARD_KEY,
    CITY,
    LIST_NAME,
    STATUS,
    base64url,
    jwk,
    keys_json,
    status_token,
    with_value,
)
from verifier.formats import BUILT_IN
from verifier.formats.recognised import RECOGNISED
from verifier.model import Verdict
from verifier.reasons import Reason

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "families.md").read_text("utf-8")
EXAMPLE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
TOML = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]
AT = ("--at", "2027-01-15T08:00:00Z")  # NOW

PLAIN = """
class Plain:
    name = "mycity"
    def claims(self, payload): return payload.startswith(b"MYC1.")
    def parse(self, payload): raise RuntimeError("never in this test")
FORMAT = Plain()
"""

Bring = Callable[..., Path]


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bring]:
    """Install packages for this process, each into a folder of its own; modules are forgotten."""
    before = set(sys.modules)

    def install_one(source: str = PLAIN, *, module: str = "mycity", **named: str) -> Path:
        count = len(list(tmp_path.iterdir()))
        folder = install(tmp_path / f"site-{count}", module=module, source=source, **named)
        monkeypatch.syspath_prepend(folder)
        importlib.invalidate_caches()
        return folder

    yield install_one
    for name in set(sys.modules) - before:
        if name.startswith(("mycity", "theircity")):
            del sys.modules[name]


def refused(*names: str) -> str:
    with pytest.raises(FamilyError) as caught:
        load_families(names)
    told = str(caught.value)
    assert "\n" not in told
    return told


# What is found


def test_without_names_there_are_the_built_in_families_alone() -> None:
    assert load_families(()) is BUILT_IN


def test_named_family_stands_behind_the_built_in_ones(bring: Bring) -> None:
    bring()
    families = load_families(["mycity"])
    assert families[: len(BUILT_IN)] == BUILT_IN
    assert [family.name for family in families[len(BUILT_IN) :]] == ["mycity"]


def test_nothing_is_imported_of_families_that_are_not_named(bring: Bring) -> None:
    ours = bring()
    theirs = bring(module="theircity", package="theircity-scan", family="theircity")
    load_families(())
    assert not (ours / "mycity.imported").exists()
    load_families(["mycity"])
    assert (ours / "mycity.imported").exists()
    assert not (theirs / "theircity.imported").exists()
    assert "theircity" not in sys.modules


def test_name_that_is_not_installed_is_told_with_those_that_are(bring: Bring) -> None:
    assert "installed: none" in refused("mycity")
    folder = bring()
    told = refused("mycty")
    assert "family mycty is not installed" in told
    assert "installed: mycity" in told
    assert not (folder / "mycity.imported").exists()


@pytest.mark.parametrize("name", [family.name for family in BUILT_IN])
def test_name_of_a_built_in_family_is_refused_whoever_brings_it(bring: Bring, name: str) -> None:
    folder = bring(family=name)
    assert f"family {name} is built in" in refused(name)
    assert not (folder / "mycity.imported").exists()


def test_name_that_two_packages_bring_is_refused_with_both(bring: Bring) -> None:
    first, second = bring(), bring(module="theircity", package="theircity-scan")
    assert "brought by mycity-scan and theircity-scan" in refused("mycity")
    assert not (first / "mycity.imported").exists()
    assert not (second / "theircity.imported").exists()


def test_family_named_twice_is_refused(bring: Bring) -> None:
    bring()
    assert "named twice" in refused("mycity", "mycity")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import no_such_module_of_anybodys", "ModuleNotFoundError: No module named"),
        ("raise ValueError('a cause\\nof two lines')", "ValueError: a cause of two lines"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("class Panic(BaseException): pass\nraise Panic('deep')", "Panic: deep"),
        ("x = (", "SyntaxError"),
        ("OTHER = 1", "AttributeError"),
        ("raise ValueError('long ' * 1000)", "ValueError: long"),
    ],
)
def test_import_that_fails_names_the_package_and_the_cause(
    bring: Bring, source: str, says: str
) -> None:
    bring(source)
    told = refused("mycity")
    assert "family mycity, brought by mycity-scan, can't be loaded" in told
    assert says in told
    assert len(told) < 400


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (PLAIN + "FORMAT = Plain", "is a class"),
        ("FORMAT = None", "has no method claims"),
        (PLAIN + "del Plain.claims", "has no method claims"),
        (PLAIN + "Plain.claims = True", "has no method claims"),
        (PLAIN + "del Plain.parse", "has no method parse"),
        (PLAIN + "del Plain.name", "has no name"),
        (PLAIN + "Plain.name = 'MyCity'", "calls itself 'MyCity'"),
        (PLAIN + "Plain.name = b'mycity'", "calls itself b'mycity'"),
        (PLAIN + "Plain.name = 'x' * 9999", "calls itself 'xxx"),
        (PLAIN + "Plain.name = property(lambda self: 1 / 0)", "ZeroDivisionError"),
    ],
)
def test_object_that_is_no_family_is_refused(bring: Bring, source: str, says: str) -> None:
    bring(source)
    told = refused("mycity")
    assert "brought by mycity-scan," in told
    assert says in told
    assert len(told) < 400


def test_interrupt_while_a_family_loads_is_the_persons_own(bring: Bring) -> None:
    bring("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_families(["mycity"])


# The page


def test_every_built_in_family_and_every_kind_has_its_row() -> None:
    told = set(re.findall(r"^\| `?([a-z0-9-]+)`? \|", PAGE, re.MULTILINE))
    assert told >= {family.name for family in BUILT_IN}
    for each in RECOGNISED:
        assert re.search(rf"^\| {each.name} \|.*`{each.reason.value}` \|$", PAGE, re.MULTILINE)


def test_page_names_the_group_that_is_looked_up() -> None:
    project, settings = TOML
    assert project["project"]["entry-points"] == {GROUP: {"mycity": "mycity:FORMAT"}}
    assert project["tool"]["setuptools"] == {"py-modules": ["mycity"]}
    assert settings == {"terminal": {"families": ["mycity"]}}


# The page's example, at work


def code(*, status: int = STATUS_INDEX, key: Any = STRANGER, tail: bytes = b"") -> bytes:
    """Return a code of the page's city, made by what the page says and not by its program."""
    ends = (NOW + 60).to_bytes(4, "big")
    card = kid(STRANGER) + bytes(range(8)) + ends + status.to_bytes(4, "big") + b"\x00\x03"
    signature = key.sign(b"mycity card" + card).signature
    return b"MYC1." + base64url(card + signature).encode() + tail


def trusted() -> dict[str, bytes]:
    """Return a trust folder that takes the page's city at the gate."""
    keys = keys_json(
        jwk(CARD_KEY.key),
        jwk(public(STRANGER), formats=["mycity"], capabilities=1),
        jwk(public(STATUS), role="status", formats=[]),
    )
    gate = b'entry_type = "passage"\nstatic = "grant"\n'
    formats = b'formats = ["cc1", "mycity"]\n'
    return {**FILES, "trust/keys.json": keys, PROFILE_PATH: gate + formats}


@pytest.fixture
def example(bring: Bring) -> Path:
    (source,) = EXAMPLE
    return bring(source)


def test_brought_family_is_served_by_a_desk(example: Path, tmp_path: Path) -> None:
    assert example.is_dir()
    with open_desk(tmp_path / "journal.db") as desk:
        desk.trust = published(trusted())
        profile = desk.profile("gate")
        assert profile is not None

        def settled(payload: bytes) -> tuple[Verdict, Reason | None]:
            judged = desk.judge(payload, lane="gate-1", profile=profile)
            done = asyncio.run(desk.settle(judged, lane="gate-1", profile=profile, seen_ms=0))
            return done.verdict, done.reason

        assert settled(code()) == (Verdict.DENY, Reason.FORMAT_UNKNOWN), "not named, not read"
        desk.formats = load_families(["mycity"])
        assert settled(code(key=STATUS)) == (Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG)
        assert settled(code(tail=b"=")) == (Verdict.DENY, Reason.FORM_MALFORMED)
        assert settled(code()) == (Verdict.GRANT, None)
        assert settled(code()) == (Verdict.DENY, Reason.SHOWN_AGAIN)
        assert settled(text(holder_part())) == (Verdict.GRANT, None), "citizens pass as before"
        revoked = status_token(with_value(STATUS_INDEX, 1))
        desk.trust = published({**trusted(), LIST_NAME: revoked})
        assert settled(code()) == (Verdict.DENY, Reason.REVOKED)
        desk.trust = published()
        profile = desk.profile("gate")
        assert profile is not None
        assert settled(code()) == (Verdict.DENY, Reason.FORMAT_NOT_FOR_LANE)


def verified(site: Path, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "terminal", "verify", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.slow
@pytest.mark.journey
def test_brought_family_is_verified_only_when_it_is_named(tmp_path: Path) -> None:
    (source,) = EXAMPLE
    site = install(tmp_path / "site", module="mycity", source=source)
    for path, octets in trusted().items():
        (tmp_path / "folder" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / path).write_bytes(octets)
    given = ("--trust", tmp_path / "folder", *AT, "--json", code().decode())
    done = verified(site, *given)
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"], told["reason"]) == (1, "deny", "D.UNK")
    assert not (site / "mycity.imported").exists()

    done = verified(site, "--family", "mycity", *given)
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"], told["format"]) == (0, "grant", "mycity")
    assert told["credential"]["issuer"] == CITY
    assert told["credential"]["capabilities"] == ["health-pass"]

    done = verified(site, "--family", "mycity", "--family", "theircity", *given)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"family theircity is not installed (installed: mycity)" in done.stderr


@pytest.mark.slow
@pytest.mark.journey
def test_terminal_does_not_run_without_a_family_that_its_settings_name(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(
        f'[centre]\nurl = "http://127.0.0.1:9"\ntrust_root = "{base64url(public(STRANGER))}"\n'
        f'[terminal]\nstate = "{tmp_path}"\nfamilies = ["mycity"]\n'
    )
    assert load_settings(config).terminal.families == ("mycity",)
    done = subprocess.run(
        [sys.executable, "-m", "terminal", "run", "--config", config],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("scan-terminal: family mycity is not installed")
