"""The doctor's question to the daemon: it alone knows how its lanes, journal and sync do."""

from collections.abc import Iterator, Mapping
from typing import Any

from terminal.control import ask
from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.errors import ControlError
from terminal.local.checks import told_of_local
from verifier.model import Freshness

# States of a lane in which nothing is decided.
_SHUT = frozenset({"out-of-service", "held-open"})
# CameraHealth.counts: processes that a seccomp filter ended.
_FORBIDDEN = ("capture_forbidden", "decode_forbidden")
_CLOCKS = {
    "behind": (
        "it stands before what signed documents prove",
        "set it: timedatectl; look at its battery. If it is right: publish --reset-floor",
    ),
    "jumped": (
        "it was set while it followed no time server",
        "let it follow one; or make sure that it is right, then systemctl restart scan-terminal",
    ),
}


def look_at_daemon(ground: Ground) -> Iterator[Finding]:
    """Yield whether it runs, and what it says of itself."""
    code = "daemon.running"
    try:
        answer = ask(ground.state.control, "status")
    except ControlError as error:
        yield fail(code, "daemon", str(error), "systemctl restart scan-terminal")
        return
    if answer is None:
        yield warn(code, "daemon", "not running", "systemctl start scan-terminal")
        return
    yield ok(code, "daemon", "running")
    yield from told_by_daemon(answer)


def told_by_daemon(state: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong by the report of a running daemon, and the remedy."""
    if state.get("enrolled") is False:
        remedy = "scan-terminal enrol --arm, then show the QR of `scan-central enrolment`"
        yield fail("daemon.unenrolled", "enrolment", state["enrolment"]["en"], remedy)
        return
    yield from _told_of_clock(state["clock"])
    if state["journal"]["fault"] is not None:
        remedy = "look at the disk; lanes serve again by themselves once that is mended"
        yield fail("journal.fault", "journal", state["journal"]["fault"], remedy)
    if state.get("value_stop"):
        remedy = (
            "tell the operator; then, with the daemon stopped, `scan-terminal enrol CODE` with a"
            " new code: it begins a new epoch and brings what this disk holds beside the old one"
        )
        yield fail(
            "journal.histories", "histories", f"no money moves: {state['value_stop']}", remedy
        )
    yield from _told_of_sync(state["sync"])
    if "local" in state:
        yield from told_of_local(state["local"])
    for lane in state["lanes"]:
        yield from _told_of_freshness(lane)
        if lane["trouble"]:
            is_shut = lane.get("state", "out-of-service") in _SHUT
            serves = "the lane serves by itself" if is_shut else "it serves meanwhile, and is whole"
            yield fail(
                "lane.trouble",
                f"lane {lane['name']}",
                lane["trouble"],
                f"{serves} once that is mended",
            )
        if count := sum(lane.get("counts", {}).get(name, 0) for name in _FORBIDDEN):
            what = f"{count} camera processes did what no honest one does, and were ended"
            remedy = "look who shows what there, and at the stream; `journalctl -k -g type=1326`"
            yield warn("lane.forbidden", f"lane {lane['name']}", what, remedy)


def _told_of_freshness(lane: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield which lists are too old for a lane's profile."""
    for name, told in (lane.get("freshness") or {}).items():
        what = f"{name}: {told['state']}, {told['age_s'] // 3_600} h old"
        remedy = "bring trust here: the network, or scan-terminal import FOLDER from a stick"
        if told["state"] == Freshness.EXPIRED.value:
            what += ": the profile says what still passes"
            yield fail("trust.age", f"lane {lane['name']}", what, remedy)
        elif told["state"] == Freshness.STALE.value:
            yield warn("trust.age", f"lane {lane['name']}", what, remedy)


def _told_of_clock(clock: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what the daemon holds against the clock: its state, or a date too far ahead."""
    if clock["quality"] != "trusted":
        what, remedy = _CLOCKS[clock["state"]]
        told = f"{what}: lanes refer (clock.{clock['state']})"
        yield fail(f"clock.{clock['state']}", "clock", told, remedy)
    if clock["far"] is not None:
        far = clock["far"]
        what = f"a date was too far ahead to be believed: {far['source']} {far['date']} (clock.far)"
        remedy = (
            "look at this clock, then at the centre's; if that was wrong: docs/protocol.md, Time"
        )
        yield warn("clock.far", "clock", what, remedy)


def _told_of_sync(sync: Mapping[str, Any]) -> Iterator[Finding]:
    told = f"{sync['state']}: {sync['detail']}"
    match sync["state"]:
        case "working":
            yield ok("sync.state", "sync", "the centre holds what the journal holds")
        case "backing-off":
            yield warn(
                "sync.state", "sync", told, "lanes work on; look at the network and the centre"
            )
        case "refused":
            yield fail(
                "sync.state", "sync", told, "tell the operator: the centre refuses this terminal"
            )
        case _:
            remedy = (
                "tell the operator: journal and centre hold different histories (a restored or"
                " cloned disk); keep the disk, enrol the terminal anew"
            )
            yield fail("sync.state", "sync", told, remedy)
