import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from driver_peers import PATIENCE_S, Inbox, monotonic_ms

from drivers.base import Condition, DriverError, Shown
from drivers.osdp.card import CardFormat
from drivers.osdp.library import library_fault
from drivers.osdp.reader import CARD_AGE_MS_MAX, QUIET_MS_MAX, OsdpAddress, OsdpReader
from simulator.access_controller import LIGHT_GREEN, LIGHT_RED, AccessController

pytestmark = pytest.mark.usefixtures("no_fd_leak")

KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
CARD = b"000a0d7fffababab"


class LeapClock:
    """The machine's clock, and what a test adds to it."""

    def __init__(self) -> None:
        self.ms = 0

    def __call__(self) -> int:
        return monotonic_ms() + self.ms


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "scbk"
    path.touch(mode=0o600)
    path.write_text(KEY.hex() + "\n")
    return path


@contextmanager
def reading(
    port: str,
    key_file: Path,
    inbox: Inbox,
    *,
    may_install: bool = False,
    card_format: CardFormat = CardFormat.RAW,
    follow: Callable[[Shown], None] | None = None,
    clock: Callable[[], int] = monotonic_ms,
) -> Iterator[OsdpReader]:
    where = OsdpAddress(
        port=port, baud=115_200, address=1, key_file=key_file, may_install=may_install
    )
    reader = OsdpReader(where=where, card_format=card_format, monotonic_ms=clock)
    if follow is not None:
        reader.follow(follow)
    reader.start(inbox.report)
    try:
        yield reader
    finally:
        reader.stop()


def until(holds: Callable[[], bool], reader_tick: Callable[[], object] = lambda: None) -> None:
    end_ms = monotonic_ms() + int(PATIENCE_S * 1_000)
    while not holds():
        assert monotonic_ms() < end_ms
        reader_tick()


@pytest.mark.parametrize("card_format", list(CardFormat))
def test_a_grant_is_a_card_read_through_the_secure_channel(
    key_file: Path, inbox: Inbox, card_format: CardFormat
) -> None:
    with (
        AccessController(KEY) as controller,
        reading(controller.path, key_file, inbox, card_format=card_format) as reader,
    ):
        inbox.wait_for(Condition.UP)
        assert reader.dropped == 0
        reader.send(CARD)
        assert controller.cards.get(timeout=PATIENCE_S) == bytes.fromhex(CARD.decode())
        assert controller.is_secure
        with pytest.raises(queue.Empty):
            controller.cards.get(timeout=0.05)


@pytest.mark.slow
def test_another_key_is_no_channel_and_tells_no_card(key_file: Path, inbox: Inbox) -> None:
    with (
        AccessController(bytes(16)) as controller,
        reading(controller.path, key_file, inbox) as reader,
    ):
        assert "both have the same key" in inbox.wait_for(Condition.DOWN).detail
        reader.send(CARD)
        with pytest.raises(queue.Empty):
            controller.cards.get(timeout=0.25)
        assert not controller.is_secure
        assert inbox.reports.empty()


@pytest.mark.slow
def test_a_controller_that_speaks_in_the_clear_hears_no_card(key_file: Path, inbox: Inbox) -> None:
    with AccessController(None) as controller, reading(controller.path, key_file, inbox) as reader:
        inbox.wait_for(Condition.DOWN)
        reader.send(CARD)
        with pytest.raises(queue.Empty):
            controller.cards.get(timeout=0.25)
        assert inbox.reports.empty()


@pytest.mark.slow
def test_a_controller_that_goes_and_comes_back_gets_the_next_card_and_no_old_one(
    key_file: Path, inbox: Inbox
) -> None:
    clock = LeapClock()
    with (
        AccessController(KEY) as controller,
        reading(controller.path, key_file, inbox, clock=clock) as reader,
    ):
        inbox.wait_for(Condition.UP)
        controller.cable.is_cut = True
        reader.send(CARD)
        clock.ms += QUIET_MS_MAX
        inbox.wait_for(Condition.DOWN)
        reader.send(CARD)
        clock.ms += CARD_AGE_MS_MAX
        controller.cable.is_cut = False
        controller.restart()
        inbox.wait_for(Condition.UP)
        reader.send(b"ff" * 8)
        assert controller.cards.get(timeout=PATIENCE_S) == bytes.fromhex("ff" * 8)


@pytest.mark.slow
@pytest.mark.parametrize("octet", [5, 12])
def test_frames_that_were_tampered_with_tell_no_card(
    key_file: Path, inbox: Inbox, octet: int
) -> None:
    with (
        AccessController(KEY) as controller,
        reading(controller.path, key_file, inbox) as reader,
    ):
        inbox.wait_for(Condition.UP)
        controller.cable.spoil = octet
        reader.send(CARD)
        with pytest.raises(queue.Empty):
            controller.cards.get(timeout=0.25)


def test_the_controllers_light_is_handed_on(key_file: Path, inbox: Inbox) -> None:
    shown: queue.Queue[Shown] = queue.Queue()
    with (
        AccessController(KEY) as controller,
        reading(controller.path, key_file, inbox, follow=shown.put),
    ):
        inbox.wait_for(Condition.UP)
        until(lambda: controller.is_secure and controller.light(LIGHT_GREEN))
        assert shown.get(timeout=PATIENCE_S) is Shown.OK
        assert controller.light(LIGHT_RED)
        assert shown.get(timeout=PATIENCE_S) is Shown.DENY
        assert controller.ask_status()
        assert controller.light(LIGHT_GREEN)
        assert shown.get(timeout=PATIENCE_S) is Shown.OK
        assert controller.is_secure


@pytest.mark.slow
def test_a_key_is_not_taken_unless_install_is_set(key_file: Path, inbox: Inbox) -> None:
    other = bytes(range(1, 17))
    with AccessController(KEY) as controller, reading(controller.path, key_file, inbox):
        inbox.wait_for(Condition.UP)
        until(lambda: controller.is_secure and controller.set_key(other))
        with pytest.raises(queue.Empty):
            controller.cards.get(timeout=0.3)
        assert key_file.read_text() == KEY.hex() + "\n"


@pytest.mark.slow
def test_in_install_mode_the_controllers_key_is_kept_and_used(tmp_path: Path, inbox: Inbox) -> None:
    key_file = tmp_path / "scbk"
    with (
        AccessController(KEY, is_installing=True) as controller,
        reading(controller.path, key_file, inbox, may_install=True) as reader,
    ):
        assert "install mode" in inbox.wait_for(Condition.DOWN).detail
        until(key_file.exists)
        assert key_file.read_text() == KEY.hex() + "\n"
        assert key_file.stat().st_mode & 0o777 == 0o600
        assert "take it out" in inbox.wait_for(Condition.UP).detail
        reader.send(CARD)
        assert controller.cards.get(timeout=PATIENCE_S) == bytes.fromhex(CARD.decode())


def test_without_a_key_and_without_install_nothing_is_served(tmp_path: Path, inbox: Inbox) -> None:
    with AccessController(KEY) as controller, reading(controller.path, tmp_path / "none", inbox):
        detail = inbox.wait_for(Condition.DOWN).detail
        assert "is not there" in detail
        assert "install = true" in detail


def test_a_line_that_is_no_card_is_a_bug(key_file: Path) -> None:
    where = OsdpAddress(port="unused", baud=9_600, address=1, key_file=key_file)
    reader = OsdpReader(where=where)
    for line in (b"", b"0", b"0g", b"FF", b"00\n", b"00" * 65):
        with pytest.raises(ValueError, match="hexadecimal"):
            reader.send(line)
    reader.send(b"00" * 64)
    reader.stop()


def test_a_library_that_is_missing_is_told_with_its_extra(key_file: Path, inbox: Inbox) -> None:
    def missing() -> object:
        raise DriverError(library_fault(_nothing_installed))

    with AccessController(KEY) as controller:
        where = OsdpAddress(port=controller.path, baud=115_200, address=1, key_file=key_file)
        reader = OsdpReader(where=where, load=missing)
        reader.start(inbox.report)
        assert "scan-terminal[osdp]" in inbox.wait_for(Condition.DOWN).detail
        reader.stop()


def _nothing_installed(name: str) -> str:
    raise PackageNotFoundError(name)
