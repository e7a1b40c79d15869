"""A terminal that is ordered to erase itself: what it believes, and what is left of it."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from central.orders import order_wipe
from central.site import Site, open_site
from central.store.orders import WipeOrder as StoredOrder
from central.trust_list import trust_list
from offline_cache.errors import NotEnrolled
from offline_cache.identity import Identity, load_identity
from offline_cache.state import StateFolder
from protocol.health import read_checkpoint_answer
from protocol.keys import new_signing_key
from protocol.order import DATE_S_MAX, WipeOrder, wipe_order_octets
from protocol.problems import ProblemCode
from protocol.signed_json import sign_json
from terminal.enrolling import enrol_terminal
from terminal.settings import Settings
from terminal.sync.by_hand import sync_once
from terminal.sync.wiping import ROUNDS_MAX, obey_order
from tests.support.middleman import Asked, Told
from tests.support.site import Terminal, Town, eventually, now
from tests.support.syncs import JOURNAL, Line, acked, at_work, refusal, write
from verifier.model import UnixSeconds
from verifier.trust import load_keys

pytestmark = [pytest.mark.slow, pytest.mark.journey]

CHECKPOINT = "/checkpoint"


@pytest.fixture
def city(town: Town) -> Site:
    return open_site(town.centre._folder)


@pytest.fixture
def state(settings: Settings, identity: Identity) -> Iterator[StateFolder]:
    """The folder of an enrolled terminal with three entries, of which none has gone out."""
    with at_work(settings) as (desk, _):
        write(desk, 1, 2, 3)
    assert identity.epoch == 1
    return StateFolder(settings.state_folder)


def _ordered(city: Site, terminal: str) -> StoredOrder:
    with closing(city.open_store()) as store:
        return order_wipe(store, terminal, now=now())


def _left(state: StateFolder) -> set[str]:
    return {path.name for path in state.folder.iterdir()}


def _instead(
    city: Site, line: Line, document: Callable[[], bytes]
) -> Callable[[Asked], Told | None]:
    """Answer a checkpoint as the centre does, with another order in it."""

    def answer(asked: Asked) -> Told | None:
        told = line.honest(asked)
        assert told is not None
        if told.status != 200:
            return told
        members = json.loads(told.body)
        own = {name: members[name] for name in members if name not in ("kid", "sig", "wipe")}
        own["wipe"] = document().decode()
        body = sign_json("st-checkpoint-1", own, city.keys.command)
        return replace(told, body=body)

    return answer


def _order_to(identity: Identity, **changes: object) -> WipeOrder:
    order = WipeOrder(
        terminal=identity.terminal,
        epoch=identity.epoch,
        public=identity.signing.public,
        order_id="0" * 16,
        date=now(),
    )
    return replace(order, **changes)  # type: ignore[arg-type]  # as the parameters name them


_WRONG: dict[str, dict[str, object]] = {
    "forged": {},
    "another terminal's": {"terminal": "another"},
    "of an old epoch": {"epoch": 0},
    "of another key": {"public": new_signing_key().public},
    "of another day": {"date": UnixSeconds(now() - DATE_S_MAX - 60)},
}


@pytest.mark.parametrize("wrong", _WRONG)
def test_order_that_is_not_for_this_terminal_now_does_nothing(
    settings: Settings, state: StateFolder, city: Site, line: Line, identity: Identity, wrong: str
) -> None:
    signer = new_signing_key() if wrong == "forged" else city.keys.command
    document = wipe_order_octets(_order_to(identity, **_WRONG[wrong]), signer)
    line.at(CHECKPOINT, _instead(city, line, lambda: document))
    assert sync_once(settings)["state"] == "working"
    assert not state.wipe_order.exists()
    assert load_identity(state.identity) == identity
    with state:
        assert not obey_order(state, settings)
    with at_work(settings) as (desk, _):
        assert acked(desk) == 3


def test_ordered_terminal_brings_home_what_it_holds_and_keeps_nothing_but_the_order(
    settings: Settings, state: StateFolder, city: Site, town: Town, name: str
) -> None:
    secret = state.identity.read_bytes()
    (state.trust / "deeper").mkdir()
    (state.trust / "deeper" / "link").symlink_to("/etc")
    order = _ordered(city, name)
    sync_once(settings)
    assert [seq for _, seq, _ in town.entries(name)] == [1, 2, 3]
    assert _left(state) == {"lock", "wiped.json"}
    assert json.loads(state.wiped.read_bytes())["order"] == order.order_id
    assert Path("/etc/passwd").exists()
    signing = json.loads(secret)["signing"]
    assert signing.encode() not in b"".join(
        path.read_bytes() for path in state.folder.iterdir() if path.is_file()
    )
    with pytest.raises(NotEnrolled, match="by order of the centre"):
        load_identity(state.identity)
    with closing(city.open_store()) as store:
        stored = store.orders.get(name)
    assert stored is not None
    assert stored.obeyed_at is not None


def test_daemon_that_is_ordered_ends_its_service_and_erases_itself(
    city: Site, town: Town, tmp_path: Path
) -> None:
    terminal = Terminal(tmp_path, town, name="w-1")
    terminal.start()
    try:
        eventually(terminal.status, "the daemon")
        _ordered(city, terminal.name)
        terminal.command("sync", "--once", accept=(0, 1, 2))  # it may be gone before it answers
        eventually((terminal.state / "wiped.json").exists, "nothing but the order")
        eventually(terminal.has_ended, "its end")
    finally:
        assert terminal.stop() == 0
    assert {path.name for path in terminal.state.iterdir()} == {"lock", "wiped.json"}


def test_wiped_machine_can_be_enrolled_anew_and_is_not_wiped_again(
    settings: Settings, state: StateFolder, city: Site, town: Town, name: str
) -> None:
    _ordered(city, name)
    sync_once(settings)
    again = enrol_terminal(settings, town.enrolment_code(name))
    assert again.epoch == 2
    assert sync_once(settings)["state"] != "working"  # it is suspended until an operator resumes it
    assert load_identity(state.identity) == again


def test_terminal_that_reaches_nobody_any_more_erases_itself_all_the_same(
    settings: Settings, state: StateFolder, city: Site, line: Line, name: str
) -> None:
    """The order came, and then the line was cut; a thief does not keep the keys for that."""
    _ordered(city, name)
    line.at(JOURNAL, lambda _: refusal(ProblemCode.OVERLOADED))
    with at_work(settings) as (_, sync):
        sync.round()
    assert state.wipe_order.exists()
    line.man.answer = lambda _: refusal(ProblemCode.OVERLOADED)
    waited: list[float] = []
    with state:
        assert obey_order(state, settings, sleep=waited.append)
    assert len(waited) <= ROUNDS_MAX
    assert _left(state) == {"lock", "wiped.json"}


def test_power_cut_in_the_middle_of_erasing_is_gone_on_from(
    settings: Settings, state: StateFolder, identity: Identity, city: Site, town: Town, name: str
) -> None:
    document = wipe_order_octets(_order_to(identity), city.keys.command)
    state.wipe_order.write_bytes(document)
    state.identity.unlink()
    code = town.enrolment_code(name)
    again = enrol_terminal(settings, code)  # nothing of the old terminal is mixed into the new
    assert again.epoch == 2
    assert load_identity(state.identity) == again
    assert state.wiped.read_bytes() == document


def test_damaged_journal_does_not_keep_a_terminal_from_erasing_itself(
    settings: Settings, state: StateFolder, identity: Identity, city: Site
) -> None:
    state.wipe_order.write_bytes(wipe_order_octets(_order_to(identity), city.keys.command))
    state.journal.write_bytes(b"no database")
    with state:
        assert obey_order(state, settings)
    assert _left(state) == {"lock", "wiped.json"}


def test_answer_without_an_order_is_read_as_before(
    settings: Settings, city: Site, line: Line, state: StateFolder
) -> None:
    seen: list[bytes] = []

    def look(asked: Asked) -> Told | None:
        told = line.honest(asked)
        assert told is not None
        seen.append(told.body)
        return told

    line.at(CHECKPOINT, look)
    sync_once(settings)
    keys = load_keys(trust_list(city)).keys
    assert all(read_checkpoint_answer(body, keys, now=now()).wipe is None for body in seen)
    assert seen
    assert state.identity.exists()
