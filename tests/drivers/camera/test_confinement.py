import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import drivers.camera.confinement as door
from drivers.base import DriverError
from drivers.camera.confinement import Confinement, seccomp_trouble
from drivers.camera.syscalls import Act, Plan

ROOT = Path(__file__).parents[3]
CAPTURES = ("device", "stream", "file")
CONFINED = ("decode", "picture")  # they open nothing
PLANS = (*CONFINED, *CAPTURES)

# Nothing of the kind works for any of them.
NEVER = (
    "make a file", "remove a file", "make memory a file", "connect to a program",
    "ask for routes", "listen", "run a program", "run it by directory", "fork", "fork anew",
    "look into the parent", "read the parent's memory", "write the parent's memory",
    "take the parent's file", "signal the parent", "signal its thread", "signal a thread",
    "have the parent signalled", "have a group signalled", "have one signalled by kind",
    "choose the signal",
    "raise the limits", "limit the parent", "be looked into again", "write code",
    "make memory run", "make it run by key", "make all memory run", "new namespace", "mount",
    "load a module", "read a key", "load a BPF program", "watch the machine", "queue calls",
    "handle faults", "type into a terminal", "become somebody", "set the clock",
    *(("call by other numbers",) if os.uname().machine == "x86_64" else ()),
)  # fmt: skip
# Some of what no library ever tries by mistake.
ENDS_CAPTURE = (
    "run a program", "run it by directory", "fork", "look into the parent",
    "read the parent's memory", "signal the parent", "new namespace", "load a BPF program",
)  # fmt: skip


@cache
def acts(plan: str) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/drivers/confined_acts.py"), plan],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    told: dict[str, str] = json.loads(done.stdout)
    return told


pytestmark = pytest.mark.slow


@pytest.mark.parametrize("plan", PLANS)
def test_confined_process_can_work(plan: str) -> None:
    assert acts(plan)["compute"] == acts(plan)["take memory"] == "done"


@pytest.mark.parametrize("act", NEVER)
@pytest.mark.parametrize("plan", PLANS)
def test_what_is_forbidden_fails_or_ends_the_process(plan: str, act: str) -> None:
    assert acts(plan)[act] in ("SIGSYS", "EPERM", "ENOSYS")


@pytest.mark.parametrize("plan", CAPTURES)
@pytest.mark.parametrize("act", ENDS_CAPTURE)
def test_capture_that_shows_it_was_taken_over_ends(plan: str, act: str) -> None:
    assert acts(plan)[act] == "SIGSYS"


REFUSED = {
    *("open to read", "open to write", "open for both", "make a file"),
    *("type into a terminal", "ask a camera"),
}
WORKS = {"compute", "take memory", "abort"}


def test_decode_ends_at_all_that_it_is_not_made_for() -> None:
    refused = {act for act, outcome in acts("decode").items() if outcome != "SIGSYS"}
    assert refused == WORKS | REFUSED
    assert {acts("decode")[act] for act in REFUSED} == {"EPERM"}


def test_picture_process_is_handed_files_and_ends_at_all_else() -> None:
    """A codec asks for threads, and does without them."""
    refused = {act for act, outcome in acts("picture").items() if outcome != "SIGSYS"}
    assert refused == WORKS | REFUSED | {"take what is handed over", "fork", "fork anew"}
    assert {acts("picture")[act] for act in (*REFUSED, "fork")} == {"EPERM"}
    assert acts("picture")["take what is handed over"] == "ENOTSOCK"  # the kernel's own answer


@pytest.mark.parametrize("plan", PLANS)
def test_confined_process_may_end_itself(plan: str) -> None:
    assert acts(plan)["abort"] == "SIGABRT"


@pytest.mark.parametrize(
    ("act", "plans"),
    [
        ("open to read", {"device", "stream", "file"}),
        ("open to write", {"device"}),
        ("open for both", {"device"}),
        ("connect to an address", {"stream"}),
        ("connect to another", {"stream"}),
    ],
)
def test_capture_reaches_what_its_source_takes_and_no_more(act: str, plans: set[str]) -> None:
    assert {plan for plan in PLANS if acts(plan)[act] == "done"} == plans


def test_only_a_device_is_asked_as_a_camera() -> None:
    """The filter lets it through, and what is no camera answers for itself."""
    assert {plan for plan in PLANS if acts(plan)["ask a camera"] == "ENOTTY"} == {"device"}


def test_machine_that_can_confine_has_no_trouble() -> None:
    assert seccomp_trouble() == ""


@pytest.mark.parametrize("actions", ["", "kill_thread allow", None])
def test_kernel_without_filters_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, actions: str | None
) -> None:
    file = tmp_path / "actions_avail"
    if actions is not None:
        file.write_text(actions, encoding="ascii")
    monkeypatch.setattr(door, "_ACTIONS", file)
    with pytest.raises(DriverError, match="CONFIG_SECCOMP_FILTER"):
        Confinement(Plan(rules=(), otherwise=Act.KILL))


NO_PACKAGE = "import sys; sys.modules['pyseccomp'] = None"
NO_LIBRARY = """
import ctypes.util
ctypes.util.find_library = lambda name: None if name == "seccomp" else "libc.so.6"
"""
TELL = """
from drivers.camera.confinement import seccomp_trouble
print(seccomp_trouble())
"""


@pytest.mark.parametrize(
    ("program", "remedy"),
    [(NO_PACKAGE, "pip install pyseccomp"), (NO_LIBRARY, "apt install libseccomp2")],
)
def test_missing_library_is_told_with_the_remedy(program: str, remedy: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", program + TELL],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert remedy in told
    assert "no camera or picture is looked at" in told
