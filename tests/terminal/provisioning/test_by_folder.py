"""Enrolment by a stick: the machine's side, with a real centre's answers."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from central.enrolment_folder import answer_folder
from central.publishing import publish
from central.site import Site, init_site
from offline_cache.identity import load_identity
from offline_cache.state import StateFolder
from protocol.enrolment_folder import plain_fingerprint
from protocol.keys import to_base64url
from terminal.control import ask
from terminal.enrolling import is_unborn
from terminal.errors import UsageError
from terminal.importing import import_folder
from terminal.provisioning.by_folder import write_request
from terminal.provisioning.unenrolled import Unenrolled, provisioned
from terminal.settings import Settings, load_settings
from tests.support.site import eventually, now
from verifier.errors import TrustError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A centre that has published; nobody reaches it."""
    site = init_site(tmp_path_factory.mktemp("c") / "centre", issuer="city.example", now=now())
    publish(site, now())
    return site


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(city: Site, tmp_path: Path) -> Settings:
    return machine(tmp_path / "m", city)


def machine(folder: Path, city: Site) -> Settings:
    folder.mkdir()
    (folder / "t.toml").write_text(
        f'[terminal]\nstate = "{folder / "s"}"\n'
        f'[centre]\nurl = "http://127.0.0.1:9"\ntrust_root = "{to_base64url(city.pin)}"\n'
    )
    return load_settings(folder / "t.toml")


def answered(city: Site, stick: Path, fingerprint: object, terminal: str) -> Path:
    with closing(city.open_store()) as store:
        return answer_folder(
            city, store, stick, terminal=terminal, fingerprint=str(fingerprint), now=now()
        )


def test_a_folder_without_an_answer_enrols_nobody(settings: Settings, stick: Path) -> None:
    with pytest.raises(UsageError, match="no published folder"):
        import_folder(settings, stick)
    (stick / "metadata").mkdir()
    with pytest.raises(UsageError, match="no request was made here"):
        import_folder(settings, stick)
    write_request(settings, stick)
    with pytest.raises(UsageError, match="no answer to this machine's request"):
        import_folder(settings, stick)


def test_an_answer_to_another_machine_does_not_fit(
    city: Site, settings: Settings, stick: Path, tmp_path: Path
) -> None:
    theirs = write_request(machine(tmp_path / "other", city), stick)
    own = write_request(settings, stick)
    answer = answered(city, stick, theirs["fingerprint"], "stick-other")
    name = f"enrolment-answer-{plain_fingerprint(str(own['fingerprint']))}.json"
    answer.rename(stick / name)
    with pytest.raises(TrustError, match="not for this machine"):
        import_folder(settings, stick)
    assert is_unborn(StateFolder(settings.state_folder))


def test_an_answer_of_another_centre_is_refused_by_the_pinned_root(
    settings: Settings, stick: Path, tmp_path: Path
) -> None:
    liar = init_site(tmp_path / "liar", issuer="city.example", now=now())
    publish(liar, now())
    request = write_request(settings, stick)
    answered(liar, stick, request["fingerprint"], "stick-liar")
    with pytest.raises(TrustError, match="root"):
        import_folder(settings, stick)
    assert is_unborn(StateFolder(settings.state_folder))


def test_a_folder_brings_trust_and_identity_once(
    city: Site, settings: Settings, stick: Path
) -> None:
    request = write_request(settings, stick)
    assert write_request(settings, stick) == request  # asked twice, the keys are the same
    answered(city, stick, request["fingerprint"], "stick-1")
    told = import_folder(settings, stick)
    assert (told["terminal"], told["epoch"], told["version"]) == ("stick-1", 1, 1)
    state = StateFolder(settings.state_folder)
    identity = load_identity(state.identity)
    assert identity.terminal == "stick-1"
    assert not (state.folder / "enrolling.json").exists()
    with pytest.raises(UsageError, match="enrolled already"):
        write_request(settings, stick)
    again = import_folder(settings, stick)  # a replay is an ordinary import, of nothing new
    assert (again["is_new"], "terminal" in again) == (False, False)
    assert load_identity(state.identity) == identity


def test_a_waiting_daemon_takes_the_answer_and_goes_to_work(
    city: Site, settings: Settings, stick: Path
) -> None:
    control = StateFolder(settings.state_folder).control

    def act() -> dict[str, object]:
        eventually(lambda: ask(control, "status"), "the control socket")
        request = ask(control, "enrol-request", json.dumps(str(stick)))
        assert request is not None
        missing = ask(control, "import", json.dumps(str(stick)))
        assert "no answer" in str(missing)
        answered(city, stick, request["fingerprint"], "stick-2")
        return import_folder(settings, stick)

    async def run() -> dict[str, object]:
        with StateFolder(settings.state_folder) as state:
            waiting = asyncio.create_task(Unenrolled(state, settings).run())
            told = await asyncio.to_thread(act)
            assert await waiting
            return told

    assert asyncio.run(run())["terminal"] == "stick-2"


def test_who_brings_the_answer_is_told_what_came_of_it_before_the_daemon_goes_on(
    city: Site, settings: Settings, stick: Path
) -> None:
    """Loading what the stick brought takes longer than all else that ends the waiting."""
    control = StateFolder(settings.state_folder).control

    def act() -> dict[str, object]:
        eventually(lambda: ask(control, "status"), "the control socket")
        request = ask(control, "enrol-request", json.dumps(str(stick)))
        assert request is not None
        answered(city, stick, request["fingerprint"], "stick-3")
        return import_folder(settings, stick)

    with StateFolder(settings.state_folder) as state, ThreadPoolExecutor(1) as technician:
        told = technician.submit(act)
        assert provisioned(state, settings) == settings
        assert told.result()["terminal"] == "stick-3"
