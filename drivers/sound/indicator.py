"""Sound at a lane; an `Indicator`."""

import select
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from drivers.back_off import BackOff
from drivers.base import DriverError, Report, Shown
from drivers.clock import monotonic_ms as machine_monotonic_ms
from drivers.condition import ConditionTeller
from drivers.sound.children import ChildPlayer, Player, Programs
from drivers.sound.chimes import TONES, chime, louder, silence
from drivers.sound.clips import NO_CLIPS, Language, load_clips
from drivers.waker import Waker

# Whom it was for has gone on by then.
SOUND_AGE_MS_MAX = 3_000
# So often nothing is played for a hundredth of a second, to see whether it still could be: a sound
# card that was pulled out is told before somebody is refused in silence.
LOOK_MS = 60_000
# A longer sentence is not spoken: nobody listens so long before a gate.
SENTENCE_CHARACTERS_MAX = 200


class Speech(Enum):
    """What is spoken, behind its chime."""

    NONE = "none"
    REFUSALS = "refusals"  # a queue of people whose cards are good hears chimes alone
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How it sounds."""

    volume: int = 80  # percent
    languages: tuple[Language, ...] = ("zh", "en")  # in their order
    speech: Speech = Speech.REFUSALS
    # Minutes of the day, from and to; over midnight where the first is the later. No sound then,
    # but in an emergency.
    quiet: tuple[tuple[int, int], ...] = ()
    look_ms: int = LOOK_MS  # how often the sound card is looked at while nothing sounds

    def is_quiet(self, minute: int) -> bool:
        """Return whether it is to be quiet at a minute of the day."""
        return any(
            begin <= minute < end if begin <= end else minute >= begin or minute < end
            for begin, end in self.quiet
        )

    def speaks(self, shown: Shown) -> bool:
        """Return whether words are spoken too."""
        if self.speech is Speech.ALL:
            return True
        return self.speech is Speech.REFUSALS and shown is not Shown.OK


# What is spoken of what is shown without words.
OWN_WORDS = {
    Shown.HELD_OPEN: "紧急情况，通道已打开，请通行。\nEmergency. The way is open, please go."
}


class SoundIndicator:
    """Plays a chime and speaks; the newest wins, and nobody waits for any of it.

    Words are one line a language, Chinese first. A line is played as it was recorded, or spoken by
    a synthetic voice. READY, BUSY and OUT_OF_SERVICE make no sound, and let what sounds end.

    Args:
        name: the sound as the settings name it.
        manner: how it sounds.
        folder: of recordings; None: there are none.
        programs: what plays and speaks.
        minute_of_day: the place's clock, 0 to 1439.
    """

    def __init__(
        self,
        *,
        name: str,
        manner: Manner,
        folder: Path | None = None,
        programs: Programs | None = None,
        minute_of_day: Callable[[], int],
        monotonic_ms: Callable[[], int] = machine_monotonic_ms,
    ) -> None:
        self._name, self._manner, self._folder = name, manner, folder
        self._minute_of_day, self._monotonic_ms = minute_of_day, monotonic_ms
        self._lock = threading.Lock()
        self._waker = Waker()
        # The newest alone: the one before it is of somebody who has gone on.
        self._wanted: tuple[int, Shown, str] | None = None
        self._is_stopping = False
        self._clips = NO_CLIPS
        self._player: Player = ChildPlayer(programs or Programs(), self._waker, self._is_cut)
        self._thread: threading.Thread | None = None

    def start(self, report: Report) -> None:
        """Begin, silent; returns at once. What hinders it is reported, never raised."""
        if self._thread is not None:
            raise ValueError(f"{self._name} is started already")
        teller = ConditionTeller(self._name, report)
        self._thread = threading.Thread(
            target=self._run, args=(teller,), name=f"sound {self._name}", daemon=True
        )
        self._thread.start()

    def show(self, shown: Shown, words: str = "") -> None:
        """Let it be heard in place of what sounds; returns at once."""
        if shown not in TONES:
            return
        with self._lock:
            self._wanted = (self._monotonic_ms(), shown, words)
        self._waker.wake()

    def stop(self) -> None:
        """Be silent; returns when thread and child are gone."""
        self._is_stopping = True
        self._waker.wake()
        if self._thread is not None:
            self._thread.join()
        self._waker.close()

    def _is_cut(self) -> bool:
        with self._lock:
            return self._is_stopping or self._wanted is not None

    def _take(self) -> tuple[Shown, str] | None:
        with self._lock:
            wanted, self._wanted = self._wanted, None
        if wanted is None or self._monotonic_ms() - wanted[0] > SOUND_AGE_MS_MAX:
            return None
        return wanted[1], wanted[2]

    def _run(self, teller: ConditionTeller) -> None:
        teller.starting()
        back_off = BackOff()
        is_up = False
        while not self._is_stopping:
            try:
                if not is_up:
                    self._begin(teller)
                    is_up = True
                elif wanted := self._take():
                    self._sound(*wanted)
                    teller.up()
                elif not self._is_rung(self._manner.look_ms):
                    self._player.play(silence())
            except DriverError as fault:
                teller.down(str(fault))
                is_up = False
                self._wait(back_off.wait_ms(0))

    def _begin(self, teller: ConditionTeller) -> None:
        """See whether there are recordings and a sound card."""
        self._clips = NO_CLIPS if self._folder is None else load_clips(self._folder)
        self._player.play(silence())
        teller.up()

    def _sound(self, shown: Shown, words: str) -> None:
        manner = self._manner
        if manner.is_quiet(self._minute_of_day()) and shown is not Shown.HELD_OPEN:
            return
        for file in self._files(shown, words):
            if self._is_cut():
                return
            self._player.play(file)

    def _files(self, shown: Shown, words: str) -> Iterator[bytes]:
        """Yield what is to be heard, one after the other; each is made when it is its turn."""
        manner = self._manner
        tone = self._clips.chime(shown) or chime(shown)
        if tone is not None:
            yield louder(tone, manner.volume)
        if not manner.speaks(shown):
            return
        lines: dict[Language, str] = dict(
            zip(("zh", "en"), (words or OWN_WORDS.get(shown, "")).split("\n"), strict=False)
        )
        for language in manner.languages:
            sentence = lines.get(language, "").strip()
            if sentence and len(sentence) <= SENTENCE_CHARACTERS_MAX:
                yield self._spoken(language, sentence)

    def _spoken(self, language: Language, sentence: str) -> bytes:
        recorded = self._clips.spoken(language, sentence)
        if recorded is not None:
            return louder(recorded, self._manner.volume)
        return self._player.speech(language, sentence, self._manner.volume)

    def _is_rung(self, wait_ms: int) -> bool:
        """Wait until rung; return whether that was before the time was over."""
        poller = select.poll()
        poller.register(self._waker, select.POLLIN)
        is_rung = bool(poller.poll(wait_ms))
        self._waker.clear()
        return is_rung

    def _wait(self, wait_ms: int) -> None:
        """Wait the whole time unless stopped: what is shown must not hurry a missing device."""
        until_ms = self._monotonic_ms() + wait_ms
        while not self._is_stopping and (left_ms := until_ms - self._monotonic_ms()) > 0:
            self._is_rung(left_ms)
