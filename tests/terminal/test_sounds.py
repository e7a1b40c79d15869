import io
import re
import sys
import wave
from pathlib import Path

import pytest

from drivers.base import DriverError, Shown
from drivers.sound.chimes import silence
from drivers.sound.clips import load_clips
from drivers.sound.indicator import SENTENCE_CHARACTERS_MAX
from terminal.sounds import main, make_sounds, spoken_phrases
from terminal.wording.words import words_for
from verifier.reasons import Reason


class Voice:
    """A voice that says a hundredth of a second of nothing, in a file of unknown length."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def play(self, file: bytes) -> None:
        raise DriverError(f"{len(file)} octets are not played here")

    def speech(self, language: str, sentence: str, volume: int) -> bytes:
        self.said.append(f"{language} {volume} {sentence}")
        file = silence()
        return file[:4] + b"\xff\xff\xff\x7f" + file[8:40] + b"\xdb\xff\xff\x7f" + file[44:]


def test_every_sentence_for_a_holder_is_made_once_in_both_languages(tmp_path: Path) -> None:
    voice = Voice()
    made = make_sounds(tmp_path, voice)
    assert made == len(voice.said) + 4
    assert len(set(voice.said)) == len(voice.said) == 2 * len(spoken_phrases())
    clips = load_clips(tmp_path)
    for reason in Reason:
        words = words_for(reason)
        for language, sentence in (("zh", words.holder_zh), ("en", words.holder_en)):
            octets = clips.spoken(language, sentence)  # type: ignore[arg-type]  # one of the two
            assert octets is not None
            with wave.open(io.BytesIO(octets)) as file:
                assert file.getnframes() == 160
    assert clips.chime(Shown.DENY) is not None


def test_what_a_city_recorded_stays_and_another_sentence_is_made_anew(tmp_path: Path) -> None:
    make_sounds(tmp_path, Voice())
    (tmp_path / "zh" / "d-form.wav").write_bytes(b"the city's voice")
    (tmp_path / "chimes" / "ok.wav").write_bytes(b"the city's chime")
    voice = Voice()
    assert make_sounds(tmp_path, voice) == 0
    assert (tmp_path / "zh" / "d-form.wav").read_bytes() == b"the city's voice"
    listed = tmp_path / "phrases.toml"
    sentence = words_for(Reason.FORMAT_UNKNOWN).holder_en
    listed.write_text(listed.read_text().replace(sentence, "It was another sentence."))
    assert make_sounds(tmp_path, voice) == 1
    assert voice.said == [f"en 100 {sentence}"]


def test_sentences_are_short_enough_to_be_spoken() -> None:
    for name, phrase in spoken_phrases().items():
        assert re.fullmatch(r"[a-z0-9-]+", name)
        assert max(len(phrase.zh), len(phrase.en)) <= SENTENCE_CHARACTERS_MAX


def test_the_command_line_names_one_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["make-sounds"])
    assert main() == 2
    taken = tmp_path / "taken"
    taken.touch()
    monkeypatch.setattr(sys, "argv", ["make-sounds", str(taken)])
    assert main() == 2
    assert "usage" in capsys.readouterr().err
