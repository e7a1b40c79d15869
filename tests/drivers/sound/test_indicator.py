import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driver_peers import PATIENCE_S, Inbox, monotonic_ms

sys.path.insert(0, str(Path(__file__).parent))

from fake_programs import FakePrograms, fake_programs

from drivers.base import Condition, Shown
from drivers.sound.children import Programs
from drivers.sound.chimes import chime, louder, silence
from drivers.sound.indicator import SENTENCE_CHARACTERS_MAX, Manner, SoundIndicator, Speech

pytestmark = pytest.mark.usefixtures("no_fd_leak")

NOON = 12 * 60
WORDS = "请到服务窗口。\nPlease go to the service counter."


@pytest.fixture
def card(tmp_path: Path) -> FakePrograms:
    return fake_programs(tmp_path / "card")


@contextmanager
def sounding(
    card: FakePrograms,
    inbox: Inbox,
    *,
    manner: Manner | None = None,
    folder: Path | None = None,
    programs: Programs | None = None,
    minute: int = NOON,
) -> Iterator[SoundIndicator]:
    sound = SoundIndicator(
        name="sound",
        manner=manner or Manner(volume=100),
        folder=folder,
        programs=programs or card.programs,
        minute_of_day=lambda: minute,
    )
    sound.start(inbox.report)
    try:
        yield sound
    finally:
        sound.stop()


def until(holds: Callable[[], bool]) -> None:
    end_ms = monotonic_ms() + int(PATIENCE_S * 1_000)
    while not holds():
        assert monotonic_ms() < end_ms


def tone(shown: Shown) -> bytes:
    octets = chime(shown)
    assert octets is not None
    return octets


def voice(language: str, sentence: str, volume: int = 100) -> bytes:
    return f"--stdin --stdout -s 160 -a {volume} -v {language}|{sentence}".encode()


ZH, EN = WORDS.split("\n")


def test_a_refusal_is_a_chime_and_words_in_both_languages(card: FakePrograms, inbox: Inbox) -> None:
    with sounding(card, inbox) as sound:
        inbox.wait_for(Condition.UP)
        sound.show(Shown.DENY, WORDS)
        until(lambda: len(card.played) == 4)
    assert card.played == [silence(), tone(Shown.DENY), voice("cmn", ZH), voice("en", EN)]


def test_a_grant_is_a_chime_alone_unless_everything_is_spoken(
    card: FakePrograms, inbox: Inbox
) -> None:
    with sounding(card, inbox) as sound:
        inbox.wait_for(Condition.UP)
        sound.show(Shown.OK, WORDS)
        until(lambda: len(card.played) == 2)
    manner = Manner(volume=100, speech=Speech.ALL, languages=("en",))
    with sounding(card, inbox, manner=manner) as sound:
        inbox.wait_for(Condition.UP)
        sound.show(Shown.OK, WORDS)
        until(lambda: len(card.played) == 5)
    assert card.played[1:] == [tone(Shown.OK), silence(), tone(Shown.OK), voice("en", EN)]


def test_what_is_recorded_is_played_and_the_rest_is_spoken(
    card: FakePrograms, inbox: Inbox, tmp_path: Path
) -> None:
    folder = tmp_path / "clips"
    (folder / "zh").mkdir(parents=True)
    (folder / "chimes").mkdir()
    (folder / "phrases.toml").write_text(f'[counter]\nzh = "{ZH}"\nen = "{EN}"\n')
    (folder / "zh" / "counter.wav").write_bytes(b"the city's own voice")
    (folder / "chimes" / "deny.wav").write_bytes(b"the city's own chime")
    with sounding(card, inbox, folder=folder) as sound:
        inbox.wait_for(Condition.UP)
        sound.show(Shown.DENY, WORDS)
        until(lambda: len(card.played) == 4)
    assert card.played[1:] == [b"the city's own chime", b"the city's own voice", voice("en", EN)]


@pytest.mark.slow
def test_the_newest_cuts_what_sounds_and_nobody_waits(card: FakePrograms, inbox: Inbox) -> None:
    with sounding(card, inbox, manner=Manner(volume=100, speech=Speech.NONE)) as sound:
        inbox.wait_for(Condition.UP)
        card.set("slow")
        sound.show(Shown.DENY)
        until(lambda: card.sounding == tone(Shown.DENY))
        card.set("slow", is_on=False)
        began_ms = monotonic_ms()
        for _ in range(100):
            sound.show(Shown.DENY)
        sound.show(Shown.OK)
        assert monotonic_ms() - began_ms < 1_000
        until(lambda: tone(Shown.OK) in card.played)
    assert len(card.played) < 20


def test_ready_and_busy_let_what_sounds_end(card: FakePrograms, inbox: Inbox) -> None:
    with sounding(card, inbox) as sound:
        inbox.wait_for(Condition.UP)
        sound.show(Shown.DENY, WORDS)
        for shown in (Shown.READY, Shown.BUSY, Shown.OUT_OF_SERVICE):
            sound.show(shown)
        until(lambda: len(card.played) == 4)


def test_a_player_that_hangs_does_not_hold_up_the_stop(card: FakePrograms, inbox: Inbox) -> None:
    with sounding(card, inbox) as sound:
        inbox.wait_for(Condition.UP)
        card.set("slow")
        sound.show(Shown.DENY)
        until(lambda: card.sounding == tone(Shown.DENY))
        began_ms = monotonic_ms()
    assert monotonic_ms() - began_ms < 2_000


@pytest.mark.slow
def test_a_sound_card_that_is_gone_is_told_and_found_again(
    card: FakePrograms, inbox: Inbox
) -> None:
    card.set("broken")
    with sounding(card, inbox) as sound:
        assert "No such device" in inbox.wait_for(Condition.DOWN).detail
        card.set("broken", is_on=False)
        inbox.wait_for(Condition.UP)
        sound.show(Shown.OK)
        until(lambda: tone(Shown.OK) in card.played)


@pytest.mark.slow
@pytest.mark.skipif(
    None in (shutil.which("aplay"), shutil.which("espeak-ng")), reason="needs aplay, espeak-ng"
)
def test_the_real_programs_take_what_they_are_given(card: FakePrograms, inbox: Inbox) -> None:
    programs = Programs(play=("aplay", "-q", "--device=null"))
    with sounding(card, inbox, programs=programs) as sound:
        inbox.wait_for(Condition.UP)
        sound.show(Shown.DENY, WORDS)
        until(lambda: sound._wanted is None)
    assert inbox.reports.empty()


def test_a_sound_card_that_is_pulled_out_is_told_before_it_is_needed(
    card: FakePrograms, inbox: Inbox
) -> None:
    sound = SoundIndicator(
        name="sound",
        manner=Manner(look_ms=20),
        programs=card.programs,
        minute_of_day=lambda: NOON,
    )
    sound.start(inbox.report)
    inbox.wait_for(Condition.UP)
    card.set("broken")
    inbox.wait_for(Condition.DOWN)
    sound.stop()


def test_a_voice_that_fails_is_told(card: FakePrograms, inbox: Inbox) -> None:
    card.set("mute")
    with sounding(card, inbox) as sound:
        inbox.wait_for(Condition.UP)
        sound.show(Shown.DENY, WORDS)
        assert "espeak-ng fails (3)" in inbox.wait_for(Condition.DOWN).detail


def test_a_program_that_is_missing_is_told_with_its_package(
    card: FakePrograms, inbox: Inbox, tmp_path: Path
) -> None:
    programs = Programs(play=(str(tmp_path / "none"),))
    with sounding(card, inbox, programs=programs):
        assert "apt-get install" in inbox.wait_for(Condition.DOWN).detail


def test_a_folder_without_its_list_is_told(
    card: FakePrograms, inbox: Inbox, tmp_path: Path
) -> None:
    with sounding(card, inbox, folder=tmp_path):
        assert "make-sounds" in inbox.wait_for(Condition.DOWN).detail


def test_at_night_only_an_emergency_is_heard(card: FakePrograms, inbox: Inbox) -> None:
    night = Manner(volume=100, speech=Speech.NONE, quiet=((22 * 60, 7 * 60),))
    with sounding(card, inbox, manner=night, minute=23 * 60) as sound:
        inbox.wait_for(Condition.UP)
        sound.show(Shown.DENY)
        until(lambda: sound._wanted is None)
        sound.show(Shown.HELD_OPEN)
        until(lambda: len(card.played) == 2)
    assert card.played[1:] == [tone(Shown.HELD_OPEN)]


@pytest.mark.parametrize(
    ("minute", "is_quiet"),
    [(22 * 60 - 1, False), (22 * 60, True), (0, True), (7 * 60 - 1, True), (7 * 60, False)],
)
def test_quiet_hours_reach_over_midnight(minute: int, is_quiet: bool) -> None:  # noqa: FBT001  # a parameter
    assert Manner(quiet=((22 * 60, 7 * 60),)).is_quiet(minute) is is_quiet


def test_quiet_hours_of_one_day_have_both_ends() -> None:
    noon = Manner(quiet=((12 * 60, 14 * 60),))
    told = [noon.is_quiet(minute) for minute in (719, 720, 839, 840)]
    assert told == [False, True, True, False]
    assert not Manner().is_quiet(0)


def test_a_sentence_is_never_an_option_and_never_endless(card: FakePrograms, inbox: Inbox) -> None:
    long = "x" * (SENTENCE_CHARACTERS_MAX + 1)
    with sounding(card, inbox) as sound:
        inbox.wait_for(Condition.UP)
        sound.show(Shown.DENY, f"{long}\n-w /tmp/written")
        until(lambda: len(card.played) == 3)
    assert card.played[2] == voice("en", "-w /tmp/written")


def test_the_volume_is_of_chime_and_voice(card: FakePrograms, inbox: Inbox) -> None:
    with sounding(card, inbox, manner=Manner(volume=40, languages=("zh",))) as sound:
        inbox.wait_for(Condition.UP)
        sound.show(Shown.DENY, WORDS)
        until(lambda: len(card.played) == 3)
    assert card.played[1:] == [louder(tone(Shown.DENY), 40), voice("cmn", ZH, 40)]
