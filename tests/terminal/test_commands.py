"""The commands as scripts meet them: exit status, one object a line, never a traceback."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import segno

from terminal.cli import main
from tests.support.cards import NOW, STRANGER, holder_part, issuer_part, text
from tests.support.journals import tamper
from tests.support.publishing import FILES
from tests.support.site import Terminal, Town, now

pytestmark = [pytest.mark.slow, pytest.mark.journey]

AT = ("--at", "2027-01-15T08:00:00Z")  # NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    status: int
    out: bytes
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def run(*arguments: str | Path, stdin: bytes = b"") -> Done:
    """Run a command of `scan-terminal`; it never shows a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "terminal", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    err = done.stderr.decode()
    assert "Traceback" not in err, err
    return Done(status=done.returncode, out=done.stdout, err=err)


def fails(*arguments: str | Path) -> str:
    """Return the one line of a command that could not work."""
    done = run(*arguments)
    assert done.status == 2, done
    assert done.out == b""
    (line,) = done.err.splitlines()
    assert line.startswith("scan-terminal: ")
    return line


class Here:
    """Runs commands that end soon in this process, as a program of its own would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def fails(self, *arguments: str | Path) -> str:
        """Return the one line of a command that could not work."""
        self._monkeypatch.setattr(sys, "argv", ["scan-terminal", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        said = self._capsys.readouterr()
        assert (caught.value.code, said.out) == (2, "")
        (line,) = said.err.splitlines()
        assert line.startswith("scan-terminal: ")
        return line


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(monkeypatch, capsys)


# verify


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trust")
    for path, octets in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(octets)
    return folder


GOOD = text(holder_part()).decode()


def test_a_proven_code_is_granted_with_every_check_told(trust: Path) -> None:
    done = run("verify", "--trust", trust, *AT, "--json", GOOD)
    assert done.status == 0
    (told,) = done.objects
    assert set(told) == {"code", "format", "verdict", "reason", "checks", "credential"}
    assert (told["code"], told["format"], told["verdict"]) == (GOOD, "cc1", "grant")
    assert told["reason"] is None
    assert [check["n"] for check in told["checks"]] == [*range(1, 9)]
    assert {check["outcome"] for check in told["checks"]} <= {"PASSED", "SKIPPED"}
    assert told["credential"]["iat"] == NOW


def test_lines_are_answered_in_order_whatever_they_hold(trust: Path) -> None:
    lines = [
        GOOD.encode() + b"\r\n",
        b"\n",
        b"\r\n",
        b"x" * 1_000_000 + b"\n",
        bytes(range(256)).replace(b"\n", b"") + b"\n",
        b" " + GOOD.encode() + b"\n",
        GOOD.lower().encode() + b"\n",
        text(issuer_part()) + b"\n",
        text(holder_part(key=STRANGER)) + b"\n",
        "健康码\n".encode(),
        GOOD.encode(),  # no line feed at the end
    ]
    done = run("verify", "--trust", trust, *AT, "--json", stdin=b"".join(lines))
    told = [(each["verdict"], each["reason"]) for each in done.objects]
    assert told == [
        ("grant", None),
        ("deny", "D.LEN"),
        ("deny", "D.LEN"),
        ("deny", "D.LEN"),
        ("deny", "D.UNK"),
        ("deny", "D.UNK"),
        ("deny", "D.UNK"),
        ("grant", None),
        ("deny", "S.HLD"),
        ("deny", "D.UNK"),
        ("grant", None),
    ]
    assert done.status == 1
    assert done.objects[9]["code"] == "健康码"


def test_people_get_one_printable_line_a_code(trust: Path) -> None:
    done = run("verify", "--trust", trust, *AT, stdin=b"\x1b[2J\x07\n" + GOOD.encode() + b"\n")
    first, second = done.out.decode().splitlines()
    assert first == r"deny D.UNK (format unknown) \x1b[2J\x07"
    assert second == f"grant {GOOD}"


def test_nothing_on_standard_input_is_granted_and_said(trust: Path) -> None:
    done = run("verify", "--trust", trust)
    assert (done.status, done.out) == (0, b"")
    assert done.err == "scan-terminal: no codes came on standard input\n"


def test_an_unknown_issuer_is_never_granted(trust: Path) -> None:
    done = run("verify", "--trust", trust, *AT, text(issuer_part(key=STRANGER)).decode())
    assert done.status == 1
    assert done.out.startswith(b"deny S.KEY")


def test_a_code_is_judged_as_of_the_moment_named(trust: Path) -> None:
    late = run("verify", "--trust", trust, "--at", "2027-01-15T08:02:00Z", "--json", GOOD)
    assert late.objects[0]["reason"] == "T.OLD"


def test_a_named_profile_of_the_folder_decides(trust: Path) -> None:
    done = run("verify", "--trust", trust, *AT, "--profile", "gate", GOOD)
    assert done.status == 0
    assert "no profile shop" in fails("verify", "--trust", trust, "--profile", "shop", GOOD)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--trust", "/nonexistent"), "no keys.json here"),
        (("--trust", "/dev/null"), "no keys.json here"),
        (("--trust", "{trust}", "--at", "yesterday"), "no RFC 3339 time"),
        (("--trust", "{trust}", "--at", "2027-01-15T08:00:00"), "names no time zone"),
        (("--trust", "{junk}"), "the trust list is no JSON"),
    ],
)
def test_what_verify_can_not_work_with_is_one_line(
    here: Here, trust: Path, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    (tmp_path / "keys.json").write_bytes(b"\x00junk")
    given = [part.format(trust=trust, junk=tmp_path) for part in arguments]
    assert says in here.fails("verify", *given, GOOD)


def test_a_trust_list_that_is_none_is_named_with_what_to_give(here: Here, tmp_path: Path) -> None:
    picture = tmp_path / "stat.png"
    picture.write_bytes(b"\x89PNG")
    told = here.fails("verify", "--trust", picture, GOOD)
    says = f"{picture}: the trust list is no JSON; name a keys.json or a trust folder"
    assert told == f"scan-terminal: {says}"


def test_an_option_that_is_missing_is_usage() -> None:
    done = run("verify", GOOD)
    assert done.status == 2
    assert "--trust" in done.err


# decode


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    segno.make(GOOD, error="m").save(str(folder / "code.png"), scale=6)
    segno.make("x", error="m").save(str(folder / "tiny.png"), scale=1, border=0)
    (folder / "junk.png").write_bytes(b"junk")
    (folder / "empty.png").write_bytes(b"")
    (folder / "cut.png").write_bytes((folder / "code.png").read_bytes()[:200])
    return folder


def test_a_picture_is_read(pictures: Path) -> None:
    done = run("decode", "--json", pictures / "code.png")
    assert done.status == 0
    (told,) = done.objects
    assert set(told) == {"path", "frame", "text", "engine", "rung", "corners", "ms"}
    assert (told["text"], told["frame"]) == (GOOD, 0)


def test_a_picture_without_a_code_gives_null(pictures: Path) -> None:
    blank = pictures / "blank.png"
    import cv2  # noqa: PLC0415  # heavy, and used here alone
    import numpy as np  # noqa: PLC0415

    cv2.imwrite(str(blank), np.full((200, 200), 128, np.uint8))
    done = run("decode", "--json", blank)
    assert done.status == 1
    assert [told["text"] for told in done.objects] == [None]


def test_files_that_are_no_pictures_are_told_and_the_rest_is_read(
    pictures: Path, tmp_path: Path
) -> None:
    odd = tmp_path / "caf\udce9.png"  # a name that is no UTF-8
    odd.write_bytes((pictures / "code.png").read_bytes())
    bad = [pictures / "junk.png", pictures / "empty.png", tmp_path, tmp_path / "gone.png", odd]
    done = run("decode", "--json", *bad, pictures / "code.png")
    assert done.status == 2
    assert [told["text"] for told in done.objects if told["text"]] == [GOOD]
    told = [line for line in done.err.splitlines() if line.startswith("scan-terminal: ")]
    names = [str(path).replace("\udce9", "\\udce9") for path in bad]
    assert len(told) == len(names)
    assert all(any(name in line for line in told) for name in names), done.err


# OpenCV without its libraries


@pytest.fixture
def no_libgl(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine on which OpenCV can't be loaded."""
    package = tmp_path / "broken" / "cv2"
    package.mkdir(parents=True)
    fault = "libGL.so.1: cannot open shared object file: No such file or directory"
    (package / "__init__.py").write_text(f"raise ImportError({fault!r})")
    return {"PYTHONPATH": str(package.parent)}


@pytest.mark.parametrize(
    "command", [("decode", "{code}", "{gone}"), ("demo",), ("bench",)], ids=lambda words: words[0]
)
def test_opencv_without_its_libraries_is_one_line_with_the_remedy(
    pictures: Path, no_libgl: dict[str, str], command: tuple[str, ...]
) -> None:
    words = [word.format(code=pictures / "code.png", gone=pictures / "gone") for word in command]
    done = subprocess.run(
        [sys.executable, "-m", "terminal", *words],
        env=no_libgl, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "scan-terminal: OpenCV can't load libGL.so.1: apt install libgl1 libglib2.0-0 libxcb1"
        " (or opencv-python-headless where there's no screen)\n"
    )


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("segno", "needs the extra demo (segno is missing): pip install 'scan-terminal[demo]'"),
        ("numpy.random", "can't be loaded (import of numpy.random halted; None in sys.modules): "),
    ],
)
def test_only_a_package_of_the_extra_is_told_as_the_extra(module: str, says: str) -> None:
    program = f"import sys; sys.modules[{module!r}] = None; from terminal.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "bench"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"scan-terminal: bench {says}")


# A terminal at work.


@pytest.fixture(scope="module")
def terminal(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal with two entries that the centre holds; no daemon runs."""
    from simulator.serial_peers import AnswerPeer, ScannerPeer  # noqa: PLC0415  # used here alone

    with ScannerPeer() as scanner, AnswerPeer() as answers:
        made = Terminal(
            tmp_path_factory.mktemp("t"),
            town,
            name="c-1",
            lanes='[[lane]]\nname = "gate-1"\nprofile = "gate"\n'
            f'scanner = {{ kind = "serial", port = "{scanner.path}", hold_off_ms = 0 }}\n'
            f'answers = {{ kind = "serial", port = "{answers.path}" }}\n',
        )
        made.start()
        made.wait_for_lanes()
        for phone in town.phones(2):
            scanner.scan(phone.draw(now()))
            answers.next(20)
        running = run("status", "--config", made.config, "--json")
        made.wait_for_upload()
        assert made.stop() == 0
        _RUNNING.append(running)
    yield made
    made.close()


_RUNNING: list[Done] = []


def test_the_state_of_a_running_terminal_is_one_object(terminal: Terminal) -> None:
    del terminal
    (done,) = _RUNNING
    assert done.status == 0
    (told,) = done.objects
    assert set(told) == {
        "running", "terminal", "epoch", "clock", "journal", "value_stop", "trust", "sync", "lanes",
        "sales",
    }  # fmt: skip
    assert told["journal"]["seq"] == 2
    (lane,) = told["lanes"]
    assert set(lane) == {
        "name", "profile", "freshness", "state", "trouble", "dropped", "counts", "devices",
    }  # fmt: skip
    assert {device["condition"] for device in lane["devices"]} == {"up"}


def test_a_terminal_that_does_not_run_is_not_healthy(terminal: Terminal) -> None:
    done = run("status", "--config", terminal.config, "--json")
    assert done.status == 1
    assert done.objects == [
        {
            "running": False,
            "terminal": "c-1",
            "epoch": 1,
            "journal": {"seq": 2, "acked": 2, "fault": None},
        }
    ]


def test_sync_does_one_round_by_itself(terminal: Terminal) -> None:
    done = run("sync", "--once", "--config", terminal.config, "--json")
    assert done.status == 0
    assert done.objects == [{"state": "working", "detail": "", "seq": 2, "acked": 2}]


def test_a_profile_that_is_held_is_told_in_sentences(terminal: Terminal) -> None:
    done = run("profile", "show", "gate", "--config", terminal.config, "--json")
    assert (done.status, done.objects[0]["name"]) == (0, "gate")
    assert {"en", "zh"} == set(done.objects[0]["sentences"][0])


def test_the_journals_tail_and_audit_are_objects(terminal: Terminal) -> None:
    tail = run("journal", "tail", "-n", "1", "--config", terminal.config, "--json")
    assert [entry["seq"] for entry in tail.objects] == [2]
    verify = run("journal", "verify", "--config", terminal.config, "--json")
    assert verify.status == 0
    assert verify.objects == [
        {
            "entries": 2,
            "epoch": 1,
            "erased": 0,
            "acknowledged": 2,
            "signed": 2,
            "tail_proven_to": 2,
            "faults": [],
        }
    ]
    told = run("journal", "verify", "--config", terminal.config).out.decode()
    assert "2 entries, 0 faults" in told
    assert "down to entry 2" in told


def test_the_journal_leaves_as_lines_and_as_a_table(terminal: Terminal, tmp_path: Path) -> None:
    lines = run("journal", "export", "--config", terminal.config)
    assert [entry["seq"] for entry in lines.objects] == [1, 2]
    target = tmp_path / "out.csv"
    where = ("--config", terminal.config, "--format", "csv", "-o", target)
    assert run("journal", "export", *where).status == 0
    assert target.read_text().splitlines()[0].startswith("epoch,seq,at,")
    assert len(target.read_text().splitlines()) == 3
    assert target.stat().st_mode & 0o777 == 0o600
    assert "can't be made" in fails("journal", "export", *where)  # never overwrites


@pytest.mark.parametrize(
    ("chosen", "seqs"),
    [
        (("--lane", "gate-1"), [1, 2]),
        (("--lane", "gate-2"), []),
        (("--type", "passage"), [1, 2]),
        (("--type", "refusals"), []),
        (("--since", "2001-01-01T00:00:00Z"), [1, 2]),
        (("--until", "2001-01-01T00:00:00+08:00"), []),
        (("--since", "2001-01-01T00:00:00Z", "--lane", "gate-2"), []),
    ],
)
def test_a_part_of_the_journal_can_be_asked_for(
    terminal: Terminal, chosen: tuple[str, ...], seqs: list[int]
) -> None:
    lines = run("journal", "export", "--config", terminal.config, *chosen)
    assert [entry["seq"] for entry in lines.objects] == seqs


def test_a_moment_without_a_time_zone_is_refused(terminal: Terminal) -> None:
    where = ("--config", terminal.config)
    assert "no time zone" in fails("journal", "export", *where, "--since", "2026-11-22T10:00:00")
    assert "RFC 3339" in fails("journal", "export", *where, "--until", "yesterday")


def test_doctor_tells_each_check_its_remedy(terminal: Terminal) -> None:
    done = run("doctor", "--config", terminal.config, "--json")
    assert all(
        set(each) == {"code", "check", "level", "what", "cause", "remedy"} for each in done.objects
    )
    levels = {each["check"]: each["level"] for each in done.objects}
    assert levels["journal"] == levels["identity"] == levels["centre"] == "ok"
    lane = {each["level"] for each in done.objects if each["check"] == "lane gate-1"}
    assert "fail" in lane  # its devices are gone with the fixture
    assert all(each["remedy"] for each in done.objects if each["level"] != "ok")
    assert done.status == 1


def test_a_damaged_journal_is_named_and_still_leaves_as_it_is(
    terminal: Terminal, tmp_path: Path
) -> None:
    """A copy is damaged; evidence must leave octet by octet, a table only if it can be read."""
    state = tmp_path / "s"
    state.mkdir()
    for name in ("journal.db", "identity.json"):
        (state / name).write_bytes((terminal.state / name).read_bytes())
    config = tmp_path / "t.toml"
    config.write_text(terminal.config.read_text().replace(str(terminal.state), str(state)))
    tamper(state / "journal.db", "UPDATE journal SET line = x'ff00' WHERE seq = 2")
    done = run("journal", "verify", "--config", config, "--json")
    assert done.status == 1
    assert [fault["seq"] for fault in done.objects[0]["faults"]] == [2]
    assert run("journal", "export", "--config", config).out.splitlines()[1] == b"\xff\x00"
    assert "an entry is damaged" in fails("journal", "tail", "-n", "1", "--config", config)
    assert run("journal", "export", "--format", "csv", "--config", config).status == 2
    doctor = run("doctor", "--config", config, "--json")
    assert {each["level"] for each in doctor.objects if each["check"] == "journal"} == {"fail"}


COMMANDS = (
    ("run",),
    ("status",),
    ("sync",),
    ("journal", "tail"),
    ("journal", "verify"),
    ("journal", "export"),
    ("enrol", "a" * 26),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_settings_that_can_not_be_used_are_one_line(
    here: Here, command: tuple[str, ...], tmp_path: Path
) -> None:
    assert "can't be read" in here.fails(*command, "--config", tmp_path)
    config = tmp_path / "t.toml"
    config.write_text('[centre]\n"\\u001b[2J\\n" = 1\n')
    assert f"{config}: centre" in here.fails(*command, "--config", config)


def test_doctor_without_settings_has_one_finding(tmp_path: Path) -> None:
    done = run("doctor", "--config", tmp_path / "gone.toml", "--json")
    assert done.status == 1
    assert [each["check"] for each in done.objects] == ["settings"]


@pytest.mark.parametrize("command", COMMANDS[1:6], ids=" ".join)
def test_a_machine_that_is_no_terminal_yet_is_told_what_to_do(
    here: Here, command: tuple[str, ...], terminal: Terminal, tmp_path: Path
) -> None:
    config = tmp_path / "t.toml"
    text = terminal.config.read_text().replace(str(terminal.state), str(tmp_path / "fresh"))
    config.write_text(text)
    told = here.fails(*command, "--config", config)
    assert "run `scan-terminal" in told


def test_a_reader_that_leaves_early_is_no_traceback(terminal: Terminal) -> None:
    command = f"{sys.executable} -m terminal journal export --config {terminal.config} | true"
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr


def test_version_is_said() -> None:
    done = run("--version")
    assert done.status == 0
    assert done.out.startswith(b"scan-terminal ")
