from pathlib import Path

import pytest

from drivers.base import DriverError, Shown
from drivers.sound.clips import CLIP_OCTETS_MAX, load_clips


def folder(tmp_path: Path, phrases: str) -> Path:
    (tmp_path / "en").mkdir()
    (tmp_path / "phrases.toml").write_text(phrases)
    return tmp_path


def test_a_sentence_leads_to_its_recording(tmp_path: Path) -> None:
    clips = load_clips(folder(tmp_path, '[d-form]\nzh = "一"\nen = "one"\n'))
    assert clips.spoken("en", "one") is None
    (tmp_path / "en" / "d-form.wav").write_bytes(b"x" * CLIP_OCTETS_MAX)
    assert clips.spoken("en", "one") == b"x" * CLIP_OCTETS_MAX
    assert clips.spoken("en", "two") is None
    assert clips.chime(Shown.OK) is None


def test_a_recording_that_is_endless_or_no_file_is_none(tmp_path: Path) -> None:
    clips = load_clips(folder(tmp_path, '[a]\nen = "one"\n[b]\nen = "two"\n'))
    (tmp_path / "en" / "a.wav").write_bytes(b"x" * (CLIP_OCTETS_MAX + 1))
    (tmp_path / "en" / "b.wav").mkdir()
    assert clips.spoken("en", "one") is None
    assert clips.spoken("en", "two") is None


@pytest.mark.parametrize(
    "phrases", ["no toml", '["../../etc/x"]\nen = "one"\n', 'a = "one"\n', '["a/b"]\nen = "x"\n']
)
def test_a_list_that_leads_elsewhere_is_refused(tmp_path: Path, phrases: str) -> None:
    with pytest.raises(DriverError):
        load_clips(folder(tmp_path, phrases))
