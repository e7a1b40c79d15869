"""Programs that stand for aplay and espeak-ng: they write down what they were given."""

import os
from dataclasses import dataclass
from pathlib import Path

from drivers.sound.children import Programs

# The player copies what it plays into a new file, waits if it is told to, and ends as told.
_PLAYER = """#!/bin/sh
for last; do :; done
number=$(ls "{folder}/played" | wc -l)
cat "$last" > "{folder}/playing"
echo "$@" > "{folder}/arguments"
echo $$ > "{folder}/pid"
if [ -e "{folder}/slow" ] && [ $(wc -c < "{folder}/playing") -gt 1000 ]; then exec sleep 30; fi
if [ -e "{folder}/broken" ]; then echo "audio open error: No such device" >&2; exit 1; fi
mv "{folder}/playing" "{folder}/played/$number"
"""
# The voice says what it was given, behind its options.
_VOICE = """#!/bin/sh
[ -e "{folder}/mute" ] && exit 3
printf '%s|' "$*"
cat
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FakePrograms:
    """A sound card in a folder."""

    folder: Path

    @property
    def programs(self) -> Programs:
        return Programs(
            play=(str(self.folder / "aplay"), "-q"), speak=(str(self.folder / "espeak-ng"),)
        )

    @property
    def played(self) -> list[bytes]:
        """What was played to its end, in order."""
        files = sorted((self.folder / "played").iterdir(), key=lambda file: int(file.name))
        return [file.read_bytes() for file in files]

    @property
    def sounding(self) -> bytes:
        """What is being played now, by a player that is slow."""
        try:
            os.kill(int((self.folder / "pid").read_text()), 0)
            return (self.folder / "playing").read_bytes()
        except (OSError, ValueError):
            return b""

    def set(self, what: str, *, is_on: bool = True) -> None:
        """Make the player slow or broken, or the voice mute, from now on."""
        if is_on:
            (self.folder / what).touch()
        else:
            (self.folder / what).unlink()


def fake_programs(folder: Path) -> FakePrograms:
    """Return programs in a new folder."""
    (folder / "played").mkdir(parents=True)
    for name, text in (("aplay", _PLAYER), ("espeak-ng", _VOICE)):
        path = folder / name
        path.write_text(text.format(folder=folder))
        path.chmod(0o755)
    return FakePrograms(folder=folder)
