"""A folder of sentences to be heard at lanes, spoken by espeak-ng: `scripts/make-sounds FOLDER`.

What a city records in place of a file stays: only what is missing, or says another sentence than
before, is made anew.
"""

import io
import json
import sys
import tomllib
import wave
from collections.abc import Mapping
from pathlib import Path

from drivers.base import DriverError, Shown
from drivers.sound.children import ChildPlayer, Player, Programs
from drivers.sound.chimes import TONES, chime
from drivers.sound.clips import PHRASES
from drivers.sound.indicator import OWN_WORDS
from drivers.waker import Waker
from terminal.wording.words import holder_words, words_for
from verifier.model import Verdict
from verifier.profile import Phrase
from verifier.reasons import Reason

# A folder is made for every lane; each sets its own volume.
VOLUME = 100


def spoken_phrases() -> Mapping[str, Phrase]:
    """Return every sentence that a holder may hear, by the name of its files.

    A sentence of several reasons has the name of the first of them, in small letters.
    """
    zh, en = OWN_WORDS[Shown.HELD_OPEN].split("\n")
    phrases = {
        "granted": holder_words(Verdict.GRANT, None, None),
        "held-open": Phrase(zh=zh, en=en),
    }
    for reason in Reason:
        words = words_for(reason)
        phrase = Phrase(zh=words.holder_zh, en=words.holder_en)
        if phrase not in phrases.values():
            phrases[reason.value.lower().replace(".", "-")] = phrase
    return phrases


def make_sounds(folder: Path, player: Player) -> int:
    """Fill a folder; return how many files were made.

    Raises:
        DriverError: a sentence can't be spoken.
        OSError: the folder can't be written.
    """
    phrases, before = spoken_phrases(), _before(folder)
    made = 0
    for language in ("zh", "en"):
        (folder / language).mkdir(parents=True, exist_ok=True)
        for name, phrase in phrases.items():
            sentence = getattr(phrase, language)
            path = folder / language / f"{name}.wav"
            if not path.exists() or before.get(name, {}).get(language, sentence) != sentence:
                path.write_bytes(_whole(player.speech(language, sentence, VOLUME)))
                made += 1
    made += _make_chimes(folder / "chimes")
    (folder / PHRASES).write_text(_listed(phrases), encoding="utf-8")
    return made


def _make_chimes(folder: Path) -> int:
    folder.mkdir(exist_ok=True)
    made = 0
    for shown in TONES:
        path, tone = folder / f"{shown.value}.wav", chime(shown)
        if tone is not None and not path.exists():
            path.write_bytes(tone)
            made += 1
    return made


def _before(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """Return the sentences that the folder's files say; none where there is no list yet."""
    try:
        return tomllib.loads((folder / PHRASES).read_text(encoding="utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError):
        return {}


def _listed(phrases: Mapping[str, Phrase]) -> str:
    """Return the list as TOML, whose strings are written as JSON's are."""
    return "\n".join(
        f"[{name}]\nzh = {json.dumps(phrase.zh, ensure_ascii=False)}\n"
        f"en = {json.dumps(phrase.en, ensure_ascii=False)}\n"
        for name, phrase in phrases.items()
    )


def _whole(file: bytes) -> bytes:
    """Return a WAV file whose head says how long it is: espeak-ng's, in a pipe, does not."""
    with wave.open(io.BytesIO(file)) as source:
        how, frames = source.getparams(), source.readframes(source.getnframes())
    octets = io.BytesIO()
    with wave.open(octets, "wb") as target:
        target.setnchannels(how.nchannels)
        target.setsampwidth(how.sampwidth)
        target.setframerate(how.framerate)
        target.writeframes(frames)
    return octets.getvalue()


def main() -> int:
    """Make the folder that the command line names; return 0, or 2 where it can't be made."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: make-sounds FOLDER\n")
        return 2
    waker = Waker()
    try:
        made = make_sounds(Path(sys.argv[1]), ChildPlayer(Programs(), waker, lambda: False))
    except (DriverError, OSError, wave.Error) as error:
        sys.stderr.write(f"make-sounds: {error}\n")
        return 2
    finally:
        waker.close()
    sys.stdout.write(f"{made} files made in {sys.argv[1]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
