import io
import wave
from array import array

import pytest

from drivers.base import Shown
from drivers.sound.chimes import RATE, TONES, chime, louder, silence


def samples(file: bytes) -> "array[int]":
    with wave.open(io.BytesIO(file)) as source:
        assert (source.getnchannels(), source.getsampwidth(), source.getframerate()) == (1, 2, RATE)
        return array("h", source.readframes(source.getnframes()))


@pytest.mark.parametrize("shown", list(TONES))
def test_a_chime_is_short_and_begins_and_ends_without_a_click(shown: Shown) -> None:
    file = chime(shown)
    assert file is not None
    heard = samples(file)
    assert 0.2 * RATE <= len(heard) <= RATE
    assert abs(heard[0]) < 300
    assert abs(heard[-1]) < 1_500
    assert 8_000 < max(heard) < 16_000


def test_yes_and_no_sound_different_and_the_rest_is_silent() -> None:
    assert chime(Shown.OK) != chime(Shown.DENY) != chime(Shown.REFER)
    for shown in (Shown.READY, Shown.BUSY, Shown.OUT_OF_SERVICE):
        assert chime(shown) is None
    assert not any(samples(silence()))


def test_volume_scales_what_is_heard() -> None:
    file = chime(Shown.OK)
    assert file is not None
    assert louder(file, 100) == file
    assert max(samples(louder(file, 50))) == max(samples(file)) // 2
    assert not any(abs(sample) > 1 for sample in samples(louder(file, 0)))


@pytest.mark.parametrize("file", [b"", b"RIFF", b"no wave at all", chime(Shown.OK)[:30]])  # type: ignore[index]  # it has one
def test_what_is_no_wave_is_left_to_the_player(file: bytes) -> None:
    assert louder(file, 50) == file
