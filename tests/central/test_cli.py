"""`scan-central` as its users meet it: words in, lines and an exit code out."""

import io
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from central.shards import LIST_AGE_S_MAX
from central.site import Site, open_site
from protocol.enrolment import code_octets
from protocol.enrolment_slip import read_slip
from protocol.keys import SigningKey, to_base64url
from tests.central.cli_runs import Run, runner
from tests.central.published import octets_of
from tests.support.lists import load_list
from verifier.model import UnixSeconds
from verifier.pipeline import parse
from verifier.status import value_at
from verifier.trust import base64url, load_keys


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "centre"


@pytest.fixture
def bare(
    directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run a command where no centre has been made yet."""
    monkeypatch.setenv("SCAN_CENTRAL_DIR", str(directory))

    return runner(capsys)


@pytest.fixture
def run(bare: Run) -> Run:
    """Run a command on a centre."""
    assert bare("init").code == 0
    return bare


def test_init_prints_the_key_that_terminals_pin(bare: Run, directory: Path) -> None:
    made = bare("init", "--issuer", "town.example", "--json")
    assert made.code == 0
    site = open_site(directory)
    assert made.objects == [
        {
            "dir": str(directory),
            "issuer": "town.example",
            "trust_root": to_base64url(sha256(_first_root(site)).digest()),
        }
    ]


def _first_root(site: Site) -> bytes:
    return (site.tuf / "metadata/1.root.json").read_bytes()


def test_init_prints_the_next_commands_as_they_are_to_be_typed(bare: Run, tmp_path: Path) -> None:
    directory = tmp_path / "our centre"
    told = bare("init", "--dir", directory).out.splitlines()
    assert told[2:] == [
        f"next: scan-central publish --dir '{directory}'",
        f"then: scan-central serve --dir '{directory}'",
    ]


def _is_one_line(text: str) -> bool:
    return text.startswith("scan-central: ") and text.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["init"], 2, "not empty"),
        (["issue", "--capabilities", "teleport"], 2, "choose from health-pass"),
        (["issue", "--types", "tall"], 2, "choose from senior"),
        (["issue", "--expires", "tomorrow"], 2, "2027-01-31T08:00:00Z"),
        (["issue", "--not-before", "2027-02-30T00:00:00Z"], 2, "--not-before"),
        (["issue", "--not-before", "2027-01-31T08:00:00"], 2, "--not-before"),
        (["issue", "--expires", "2001-01-01T00:00:00Z"], 2, "2004-01-10"),
        (["issue", "--expires", "2010-01-01T00:00:00Z"], 2, "end before it begins"),
        (["issue", "--days", "1", "--expires", "2030-01-01T00:00:00Z"], 2, "both"),
        (["issue", "--count", "0"], 2, "--count"),
        (["issue", "--count", "1000000"], 2, "--count"),
        (["issue", "--holder-key", "x"], 2, "--holder-key"),
        (["issue", "--holder-key", "A" * 43], 2, "no Ed25519"),
        (["issue", "--qr", "x.png"], 2, "drawn by the phone"),
        (["revoke", "--status", "5"], 1, "no card"),
        (["revoke", "--status", "5", "--suspend", "--restore"], 2, "both"),
        (["enrolment", "--terminal", "a b"], 2, "no terminal's name"),
        (["suspend", "--terminal", "gate-1"], 1, "no terminal"),
        (["serve", "--host", "256.0.0.1"], 2, "can't listen"),
        (["issue", "--static", "--qr", "/nowhere/x.png"], 2, "/nowhere/x.png"),
    ],
)
def test_mistake_is_one_clear_line(run: Run, words: list[str], code: int, said: str) -> None:
    outcome = run(*words)
    assert outcome.code == code
    assert said in outcome.err
    assert _is_one_line(outcome.err)


@pytest.mark.parametrize(
    "words",
    [
        ["serve"],
        ["issue"],
        ["publish"],
        ["report"],
        ["revoke", "--status", "0"],
        ["enrolment", "--terminal", "gate-1"],
    ],
)
def test_without_a_centre_every_command_says_how_to_make_one(
    bare: Run, words: list[str], directory: Path
) -> None:
    outcome = bare(*words)
    assert outcome.code == 2
    assert f"scan-central init --dir {directory}" in outcome.err
    assert _is_one_line(outcome.err)


@pytest.mark.parametrize("words", [["bogus"], ["issue", "--count", "many"], ["revoke"]])
def test_wrong_usage_ends_with_2(run: Run, words: list[str]) -> None:
    assert run(*words).code == 2


@pytest.mark.parametrize(
    "command", ["init", "serve", "issue", "revoke", "publish", "enrolment", "report", "suspend"]
)
def test_every_command_explains_itself(bare: Run, command: str) -> None:
    outcome = bare(command, "--help")
    assert outcome.code == 0
    assert "--dir" in outcome.out


def test_show_explains_itself(bare: Run) -> None:
    outcome = bare("show", "--help")
    assert outcome.code == 0
    assert "--card" in outcome.out


def test_card_is_shown_without_a_centre(run: Run, directory: Path, tmp_path: Path) -> None:
    card, picture = tmp_path / "card.json", tmp_path / "code.png"
    card.write_text(run("issue", "--count", 2).out)
    directory.rename(tmp_path / "gone")
    (told,) = run("show", "--card", card, "--audience", "gate-1", "--qr", picture, "--json").objects
    assert told.keys() == {"code", "drawn_at"}
    credential = parse(str(told["code"]).encode())
    assert credential.status_index == 0
    assert credential.proof is not None
    assert (credential.proof.drawn_at, credential.proof.audience) == (told["drawn_at"], "gate-1")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_card_may_come_on_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    octets = run("issue").out.encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(octets)))
    (code,) = run("show", "--card", "-").out.splitlines()
    assert parse(code.encode()).proof is not None


@pytest.mark.parametrize("octets", [b"", b"\xff\x00", b"CC1:ABC"])
def test_card_file_without_a_card_is_one_line(bare: Run, tmp_path: Path, octets: bytes) -> None:
    card = tmp_path / "card.json"
    card.write_bytes(octets)
    for path in (card, tmp_path, tmp_path / "gone"):
        outcome = bare("show", "--card", path)
        assert (outcome.code, outcome.out) == (2, "")
        assert _is_one_line(outcome.err)


def test_static_card_can_be_shown_as_it_is(run: Run) -> None:
    words = ["--static", "--capabilities", "health-pass,shop", "--types", "senior,student"]
    (card,) = run("issue", *words, "--json").objects
    assert card.keys() == {"subject", "status", "kind", "code", "issuer_part"}
    credential = parse(str(card["code"]).encode())
    assert (credential.types, credential.capabilities) == (0b1001, 0b1000001)
    assert (credential.subject.hex(), credential.status_index) == (card["subject"], 0)
    assert credential.expires_at - credential.not_before == 365 * 86_400


def test_dynamic_card_brings_the_key_of_a_phone(run: Run) -> None:
    (card,) = run("issue").objects
    assert card.keys() == {"subject", "status", "kind", "issuer_part", "holder_key"}
    holder = SigningKey(base64url(str(card["holder_key"])))
    assert holder.public in base64url(str(card["issuer_part"]))


def test_dynamic_card_for_a_phone_that_has_its_key(run: Run) -> None:
    key = SigningKey(bytes(32)).public
    (card,) = run("issue", "--dynamic", "--holder-key", to_base64url(key)).objects
    assert "holder_key" not in card
    assert key in base64url(str(card["issuer_part"]))


def test_many_cards_get_places_of_their_own_in_order(run: Run) -> None:
    cards = run("issue", "--count", 3).objects + run("issue", "--count", 2).objects
    assert [card["status"] for card in cards] == [0, 1, 2, 3, 4]
    assert len({card["subject"] for card in cards}) == 5


def test_times_may_be_given(run: Run) -> None:
    words = ["--not-before", "2027-01-01T00:00:00Z", "--expires", "2027-01-02T01:00:00+01:00"]
    (card,) = run("issue", "--static", *words).objects
    credential = parse(str(card["code"]).encode())
    assert (credential.not_before, credential.expires_at) == (1_798_761_600, 1_798_848_000)


def test_qr_picture_is_written(run: Run, tmp_path: Path) -> None:
    for words in (["issue", "--static"], ["enrolment", "--terminal", "gate-1"]):
        picture = tmp_path / f"{words[0]}.png"
        assert run(*words, "--qr", picture).code == 0
        assert picture.read_bytes().startswith(b"\x89PNG")


def test_revocation_is_known_by_the_next_publication(run: Run, directory: Path) -> None:
    run("issue", "--count", 3)
    told = run("revoke", "--status", 1)
    assert "scan-central publish" in told.out
    assert run("revoke", "--status", 2, "--suspend", "--json", "--publish").objects == [
        {"status": 2, "value": "suspended", "published": 1}
    ]
    assert _values(directory) == [0, 1, 2]
    run("revoke", "--status", 1, "--restore", "--publish")
    assert _values(directory) == [0, 0, 2]


def _values(directory: Path) -> list[int]:
    site = open_site(directory)
    keys = load_keys(octets_of(site, "trust/keys.json")).keys
    token = octets_of(site, "status/city.example/0.cwt")
    now = UnixSeconds(site.created_at + LIST_AGE_S_MAX)
    held = load_list(token, keys, now=now)
    return [value_at(held, index) for index in range(3)]


def test_publish_says_what_it_wrote(run: Run) -> None:
    (first,) = run("publish", "--json").objects
    assert first["version"] == 1
    assert "trust/keys.json" in first["changed"]
    (second,) = run("publish", "--json").objects
    assert (second["version"], second["changed"]) == (2, [])
    assert run("publish").out == "version 3: published anew, no file is another\n"


def test_enrolment_code_is_shown_with_its_end_and_the_root(run: Run, directory: Path) -> None:
    (told,) = run("enrolment", "--terminal", "gate-1", "--json").objects
    assert told.keys() == {"terminal", "code", "expires_at", "trust_root", "slip"}
    assert read_slip(str(told["slip"])).secret == code_octets(str(told["code"]))
    assert len(code_octets(str(told["code"]))) == 16
    assert told["trust_root"] == to_base64url(open_site(directory).pin)
    assert told["trust_root"] in run("enrolment", "--terminal", "gate-2").out


def test_report_of_an_idle_centre(run: Run) -> None:
    (totals,) = run("report", "--json").objects
    assert (totals["terminals"], totals["entries"], totals["doubled"]) == (0, 0, 0)
    assert run("report", "--entries").objects == []
    sums = "terminals: 0  entries: 0  verdicts: none  reasons: none  doubled: 0\n"
    assert run("report").out == sums


@pytest.mark.slow
def test_missing_extra_is_named_and_help_works_without_it(run: Run, directory: Path) -> None:
    assert run("publish").code == 0
    words = "needs the extra \"central\": pip install 'scan-terminal[central]'"
    in_centre = ["--dir", str(directory)]
    for arguments in (
        ["serve", *in_centre],
        ["issue", "--static", "--qr", "x.png", *in_centre],
        ["show", "--card", "x.json", "--qr", "x.png"],
    ):
        ended = _without_extra(*arguments)
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
        assert words in ended.stderr
    assert run("issue").objects[0]["status"] == 0  # the refused command took no place
    assert _without_extra("serve", "--help").returncode == 0


def _without_extra(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = (
        "import sys\n"
        "for name in ('fastapi', 'starlette', 'uvicorn', 'segno'): sys.modules[name] = None\n"
        "from central.cli import main\n"
        "main()"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
