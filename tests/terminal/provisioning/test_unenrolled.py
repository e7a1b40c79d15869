"""A machine that is no terminal yet, with a real centre and a scanner on a line."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from central.enrolments import allow_enrolment
from central.site import Site, init_site, open_site
from central.slips import slip_text
from offline_cache.errors import NotEnrolled
from offline_cache.identity import load_identity
from offline_cache.state import StateFolder
from simulator.serial_peers import ScannerPeer
from terminal.control import ask
from terminal.enrolling import is_unborn
from terminal.provisioning.arming import WRONG_TRIES_MAX, Arming
from terminal.provisioning.unenrolled import Unenrolled, provisioned
from terminal.settings import Settings, load_settings
from tests.support.middleman import Asked, Told
from tests.support.site import Town, eventually, now
from tests.support.syncs import Line
from verifier.model import UnixSeconds

pytestmark = [pytest.mark.slow, pytest.mark.journey]


@pytest.fixture
def scanner() -> Iterator[ScannerPeer]:
    with ScannerPeer() as peer:
        yield peer


@pytest.fixture
def make_settings(
    town: Town, line: Line, scanner: ScannerPeer, tmp_path: Path
) -> Callable[..., Settings]:
    def make(*, root: str = town.centre.trust_root, url: str = line.man.url) -> Settings:
        path = tmp_path / "t.toml"
        named = f'url = "{url}"\n' if url else ""
        path.write_text(
            f'[terminal]\nstate = "{tmp_path / "s"}"\n[centre]\n{named}trust_root = "{root}"\n'
            '[[lane]]\nname = "gate-1"\nprofile = "gate"\n'
            f'scanner = {{ kind = "serial", port = "{scanner.path}" }}\n'
        )
        return load_settings(path)

    return make


@dataclass
class Bench:
    """A waiting machine, as whoever stands before it and whoever types at it see it."""

    settings: Settings
    scanner: ScannerPeer

    def say(self, word: str, about: str = "") -> dict[str, Any]:
        answer = ask(StateFolder(self.settings.state_folder).control, word, about)
        assert answer is not None
        return answer

    def told(self) -> Mapping[str, Any]:
        enrolment: Mapping[str, Any] = self.say("status")["enrolment"]
        return enrolment

    def arm(self) -> None:
        assert self.say("enrol-arm", "15")["enrolment"]["state"] == "armed"
        eventually(self._reads, "the scanner")

    def _reads(self) -> bool:
        devices = self.say("status")["lanes"][0]["devices"]
        return bool(devices) and devices[0]["condition"] == "up"

    def show(self, text: str, why: str) -> None:
        """Show a code that is to be refused for `why`."""
        self.scanner.scan(text)
        eventually(lambda: self.told()["why"] == why, why)


def waiting(settings: Settings, scanner: ScannerPeer, script: Callable[[Bench], None]) -> bool:
    """Return whether the machine is enrolled, once the script is through or it is."""
    failures: list[BaseException] = []

    async def run() -> bool:
        with StateFolder(settings.state_folder) as state:
            machine = Unenrolled(state, settings, arming=Arming(retry_ms=1))
            running = asyncio.create_task(machine.run())
            await asyncio.to_thread(act)
            machine._stop()
            return await running

    def act() -> None:
        try:
            control = StateFolder(settings.state_folder).control
            eventually(lambda: ask(control, "status"), "the control socket")
            script(Bench(settings, scanner))
        except BaseException as failure:  # noqa: BLE001  # it is raised below, in the test's thread
            failures.append(failure)

    is_enrolled = asyncio.run(run())
    if failures:
        raise failures[0]
    return is_enrolled


def slip_for(town: Town, name: str, *, url: str = "", at: UnixSeconds | None = None) -> str:
    site = open_site(town.centre._folder)
    with closing(site.open_store()) as store:
        code, ends = allow_enrolment(store, name, now=at or now())
    return slip_text(site, code, ends, url=url)


@pytest.fixture
def foreign(tmp_path: Path) -> Site:
    return init_site(tmp_path / "elsewhere", issuer="other.example", now=now())


def nobody(settings: Settings) -> None:
    with pytest.raises(NotEnrolled):
        load_identity(StateFolder(settings.state_folder).identity)


def test_a_code_shown_to_a_machine_that_is_not_armed_changes_nothing(
    town: Town, make_settings: Callable[..., Settings], scanner: ScannerPeer, line: Line, name: str
) -> None:
    settings, slip = make_settings(), slip_for(town, name)

    def script(bench: Bench) -> None:
        before = bench.say("status")
        scanner.scan(slip)
        assert bench.say("status") == before
        assert before["enrolment"]["state"] == "unarmed"
        assert before["lanes"][0]["state"] == "out-of-service"
        assert before["lanes"][0]["devices"] == []  # nothing is even read

    assert not waiting(settings, scanner, script)
    assert line.man.asked == []
    nobody(settings)


def test_codes_of_another_centre_forged_or_spent_are_refused_each_in_its_words(
    town: Town,
    make_settings: Callable[..., Settings],
    scanner: ScannerPeer,
    foreign: Site,
    name: str,
) -> None:
    settings, good = make_settings(), slip_for(town, name)
    site = open_site(town.centre._folder)
    with closing(site.open_store()) as store:
        code, ends = allow_enrolment(store, name, now=UnixSeconds(now() - 900))
    late = slip_text(site, code, UnixSeconds(ends + 900))  # an end that only the centre knows
    other = slip_text(foreign, code, ends)
    forged = slip_text(_with_root_of(foreign, site), code, UnixSeconds(now() + 900))

    def script(bench: Bench) -> None:
        bench.arm()
        scanner.scan("CC1:ANYTHING")
        scanner.scan("STE1:NOISE")
        eventually(lambda: bench.told()["why"] == "form", "form")
        bench.show(other, "wrong-root")
        bench.show(forged, "foreign")
        bench.show(late, "expired")
        assert bench.told()["tries_left"] == WRONG_TRIES_MAX - 4  # a citizen's code is no try
        assert "expired" in bench.told()["en"]
        bench.show("A" * 26, "unknown")
        told = bench.told()
        assert (told["state"], told["tries_left"]) == ("unarmed", 0)
        assert "Too many wrong codes" in told["en"]
        scanner.scan(good)
        assert bench.told() == told
        for secret in (good, code, late):
            assert secret not in json.dumps(bench.say("status"))

    assert not waiting(settings, scanner, script)
    nobody(settings)


def _with_root_of(liar: Site, site: Site) -> Site:
    """Return a centre that names another's root and signs by a key of its own."""
    target = liar.tuf / "metadata" / "1.root.json"
    target.write_bytes((site.tuf / "metadata" / "1.root.json").read_bytes())
    return liar


def test_an_armed_machine_is_enrolled_by_its_scanner_and_its_code_works_once(
    town: Town, make_settings: Callable[..., Settings], scanner: ScannerPeer, name: str
) -> None:
    settings, slip = make_settings(), slip_for(town, name)

    def script(bench: Bench) -> None:
        bench.arm()
        scanner.scan(slip)
        eventually(lambda: not is_unborn(StateFolder(settings.state_folder)), "the identity")

    assert waiting(settings, scanner, script)
    state = StateFolder(settings.state_folder)
    assert (load_identity(state.identity).terminal, is_unborn(state)) == (name, False)
    second = settings.model_copy(
        update={
            "terminal": settings.terminal.model_copy(
                update={"state": str(settings.state_folder.with_name("2"))}
            )
        }
    )

    def again(bench: Bench) -> None:
        bench.arm()
        bench.show(slip, "used")

    assert not waiting(second, scanner, again)


def test_after_a_lost_answer_the_same_code_is_asked_with_again_by_itself(
    town: Town, make_settings: Callable[..., Settings], scanner: ScannerPeer, line: Line, name: str
) -> None:
    settings, slip = make_settings(), slip_for(town, name)
    lost: list[Told | None] = []

    def lose(asked: Asked) -> Told | None:
        if lost:
            return line.honest(asked)
        lost.append(line.honest(asked))
        return None

    line.at("/v1/enrolments", lose)

    def script(bench: Bench) -> None:
        bench.arm()
        scanner.scan(slip)
        eventually(lambda: not is_unborn(StateFolder(settings.state_folder)), "the identity")

    assert waiting(settings, scanner, script)
    assert lost[0] is not None
    assert load_identity(StateFolder(settings.state_folder).identity).epoch == 1


def test_a_slip_names_the_centre_where_the_settings_do_not(
    town: Town, make_settings: Callable[..., Settings], scanner: ScannerPeer, line: Line, name: str
) -> None:
    settings = make_settings(url="")

    def script(bench: Bench) -> None:
        bench.arm()
        bench.show(slip_for(town, "nowhere"), "address")
        scanner.scan(slip_for(town, name, url=line.man.url))
        eventually(lambda: not is_unborn(StateFolder(settings.state_folder)), "the identity")

    assert waiting(settings, scanner, script)
    with StateFolder(settings.state_folder) as state:
        found = provisioned(state, settings)
    assert found is not None
    assert found.centre.url == line.man.url
    assert make_settings(url="").centre.url == line.man.url  # and so finds every command


def test_a_technician_enrols_a_waiting_machine_by_typing_and_needs_no_arming(
    town: Town, make_settings: Callable[..., Settings], scanner: ScannerPeer, name: str
) -> None:
    settings = make_settings()

    def script(bench: Bench) -> None:
        assert "no enrolment code" in bench.say("enrol", '"WRONG"')["error"].lower()
        assert bench.say("enrol", "7")["error"] == "nothing is named"
        answer = bench.say("enrol", json.dumps(town.enrolment_code(name)))
        assert answer == {"terminal": name, "epoch": 1}

    assert waiting(settings, scanner, script)


@pytest.mark.parametrize("minutes", ["0", "16", "-1", "99999999999", "x", "१"])
def test_nobody_arms_it_for_a_time_that_is_none(
    make_settings: Callable[..., Settings], scanner: ScannerPeer, minutes: str
) -> None:
    def script(bench: Bench) -> None:
        assert "1 to 15 minutes" in bench.say("enrol-arm", minutes)["error"]
        assert bench.told()["state"] == "unarmed"

    assert not waiting(make_settings(), scanner, script)


def test_to_disarm_ends_the_reading(
    make_settings: Callable[..., Settings], scanner: ScannerPeer
) -> None:
    def script(bench: Bench) -> None:
        bench.arm()
        assert bench.say("enrol-disarm")["enrolment"]["state"] == "unarmed"
        eventually(lambda: bench.say("status")["lanes"][0]["devices"] == [], "no scanner")

    assert not waiting(make_settings(), scanner, script)


def test_a_journal_without_identity_is_a_damaged_terminal_and_no_new_machine(
    make_settings: Callable[..., Settings],
) -> None:
    settings = make_settings()
    with StateFolder(settings.state_folder) as state:
        assert is_unborn(state)
        state.journal.write_bytes(b"")
        assert not is_unborn(state)
        (state.folder / "enrolling.json").write_bytes(b"{}")  # but for one that is under way
        assert is_unborn(state)


def test_a_machine_that_is_told_to_stop_before_it_is_enrolled_ends_in_good_order(
    make_settings: Callable[..., Settings],
) -> None:
    settings = make_settings()
    with StateFolder(settings.state_folder) as state:
        asyncio.run(_stopped_by_signal(Unenrolled(state, settings)))
        assert not state.control.exists()


def test_a_machine_that_is_told_to_stop_while_the_centre_enrols_it_does_not_go_on(
    town: Town, make_settings: Callable[..., Settings], line: Line, name: str
) -> None:
    """What the centre granted is kept; but systemd waits for the end, and would kill it."""
    settings, code = make_settings(), town.enrolment_code(name)
    control = StateFolder(settings.state_folder).control

    def stop(asked: Asked) -> Told | None:
        os.kill(os.getpid(), signal.SIGTERM)
        return line.honest(asked)

    def type_it() -> None:
        eventually(lambda: ask(control, "status"), "the control socket")
        assert ask(control, "enrol", json.dumps(code)) == {"terminal": name, "epoch": 1}

    line.at("/v1/enrolments", stop)
    with StateFolder(settings.state_folder) as state, ThreadPoolExecutor(1) as technician:
        typed = technician.submit(type_it)
        assert provisioned(state, settings) is None
        typed.result()
    assert load_identity(StateFolder(settings.state_folder).identity).terminal == name


async def _stopped_by_signal(machine: Unenrolled) -> None:
    running = asyncio.create_task(machine.run())
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running is False
