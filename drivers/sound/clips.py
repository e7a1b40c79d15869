"""A folder of recorded clips: which sentence each says.

    phrases.toml     [d-form] zh = "…" en = "…"   one table a sentence, named as its files
    zh/d-form.wav    en/d-form.wav                the sentence, spoken
    chimes/deny.wav                               in place of our own tone

A city replaces files, or the whole folder; a file that is missing is spoken by a synthetic voice.
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from drivers.base import DriverError, Shown

Language = Literal["zh", "en"]

PHRASES = "phrases.toml"
# Ten seconds at 48,000 samples a second: nobody listens longer before a gate.
CLIP_OCTETS_MAX = 1_000_000
# Some fifty sentences of a hundred octets each; a file of this size is something else.
_PHRASES_OCTETS_MAX = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """What is recorded."""

    folder: Path | None
    names: Mapping[tuple[Language, str], str]  # by language and sentence

    def spoken(self, language: Language, sentence: str) -> bytes | None:
        """Return the recording of a sentence; None: there is none."""
        name = self.names.get((language, sentence))
        if name is None or self.folder is None:
            return None
        return _octets(self.folder / language / f"{name}.wav")

    def chime(self, shown: Shown) -> bytes | None:
        """Return the folder's own tone; None: it has none."""
        if self.folder is None:
            return None
        return _octets(self.folder / "chimes" / f"{shown.value}.wav")


NO_CLIPS = Clips(folder=None, names={})


def load_clips(folder: Path) -> Clips:
    """Return what a folder has.

    Raises:
        DriverError: its list of sentences is missing or can't be read.
    """
    path = folder / PHRASES
    octets = _octets(path, _PHRASES_OCTETS_MAX)
    if octets is None:
        raise DriverError(f"{path} is not there: `scripts/make-sounds {folder}` makes it")
    try:
        tables = tomllib.loads(octets.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as fault:
        raise DriverError(f"{path} is no TOML: {fault}") from fault
    names: dict[tuple[Language, str], str] = {}
    for name, table in tables.items():
        if not _is_name(name) or not isinstance(table, dict):
            raise DriverError(f"{path}: {name} is no table of a sentence (letters, digits, -)")
        for language in _LANGUAGES:
            sentence = table.get(language)
            if isinstance(sentence, str):
                names[language, sentence] = name
    return Clips(folder=folder, names=names)


_LANGUAGES: tuple[Language, ...] = ("zh", "en")


def _is_name(name: str) -> bool:
    """Return whether a name leads to a file in the folder and nowhere else."""
    return name.isascii() and name.replace("-", "").isalnum()


def _octets(path: Path, octets_max: int = CLIP_OCTETS_MAX) -> bytes | None:
    """Return a regular file's octets; None: there is none, or it is too large."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode) or status.st_size > octets_max:
        os.close(fd)
        return None
    with os.fdopen(fd, "rb") as file:
        return file.read(octets_max)
