"""The terminal's own client follows what the centre does to its keys."""

from pathlib import Path

import pytest

from central.issuing import set_status
from central.publishing import publish
from central.site import Site
from central.trust.counters import JUMP
from central.trust.recovery import begin_anew, publish_restored
from central.trust.rotation import rotate
from offline_cache.trust_client.folder import FolderSource
from offline_cache.trust_store import Trust, TrustStore
from protocol.floor_reset import FloorReset
from protocol.trust_folder import TufRole
from tests.central.peers import START
from tests.central.trust.test_counters import backup
from verifier.errors import TrustError
from verifier.model import UnixSeconds
from verifier.status import Status, value_at

YEAR_2099 = UnixSeconds(4_070_908_800)


def at(seconds: int) -> UnixSeconds:
    return UnixSeconds(START + seconds)


class Terminal:
    """Follows the town's folder as a stick would bring it."""

    def __init__(self, site: Site, folder: Path) -> None:
        self._site, self._store = site, TrustStore(folder, site.pin)

    def sync(self, now: int) -> Trust:
        self._store.accept(FolderSource(self._site.tuf), now=UnixSeconds(now))
        trust = self._store.load(now=UnixSeconds(now))
        assert trust is not None
        assert trust.problems == ()
        return trust


@pytest.fixture
def terminal(town: Site, tmp_path: Path) -> Terminal:
    terminal = Terminal(town, tmp_path / "terminal")
    assert terminal.sync(START).trusted.issued_at == START
    return terminal


def _is_revoked(trust: Trust, card: int) -> bool:
    (told,) = trust.trusted.lists.values()
    return value_at(told, card) == Status.REVOKED.value


@pytest.mark.parametrize("role", [role.value for role in TufRole])
def test_terminal_follows_a_new_key_of_every_role(
    town: Site, terminal: Terminal, role: str
) -> None:
    (town.tuf_keys / f"{role}-1.key").unlink()  # it is lost
    rotate(town, [f"{role}-1"], into=town.tuf_keys, now=at(60))
    set_status(town, 3, Status.REVOKED)
    assert publish(town, at(60)).waiting == ()
    trust = terminal.sync(START + 60)
    assert (trust.trusted.issued_at, _is_revoked(trust, 3)) == (START + 60, True)


def test_terminal_follows_a_restored_centre(town: Site, terminal: Terminal, tmp_path: Path) -> None:
    restore = backup(town, tmp_path / "backup")
    set_status(town, 3, Status.REVOKED)
    publish(town, at(60))
    terminal.sync(START + 60)
    restore()
    set_status(town, 4, Status.REVOKED)
    publish_restored(town, at(120), keys=(), progress=lambda _, __, ___: None)
    trust = terminal.sync(START + 120)
    assert (trust.version, trust.trusted.issued_at) == (2 + JUMP, START + 120)
    assert _is_revoked(trust, 4)


@pytest.mark.slow
def test_terminal_of_2099_comes_back_by_a_reset(town: Site, terminal: Terminal) -> None:
    publish(town, YEAR_2099)
    assert terminal.sync(START + 1).trusted.issued_at == YEAR_2099
    publish(town, at(60), reset_floor=START)
    trust = terminal.sync(START + 60)
    assert trust.trusted.issued_at == START + 60
    assert trust.floor_reset == FloorReset(number=1, floor=START)


def test_terminal_believes_a_new_beginning_only_under_its_own_pin(
    town: Site, terminal: Terminal, tmp_path: Path
) -> None:
    begin_anew(town, now=at(60))
    publish(town, at(60))
    with pytest.raises(TrustError):
        terminal.sync(START + 60)
    assert Terminal(town, tmp_path / "pinned").sync(START + 60).trusted.issued_at == START + 60
