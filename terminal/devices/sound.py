"""`kind = "sound"` of an indicator: chimes, recorded sentences, a synthetic voice."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from drivers.base import DriverError, Indicator
from drivers.clock import monotonic_ms
from terminal.devices.table import Table, Text
from terminal.diagnosis.finding import Finding, fail, ok, warn

_PLAYERS: dict[str, tuple[str, ...]] = {"aplay": ("aplay", "-q"), "pw-play": ("pw-play",)}
# From and to, by the machine's clock and zone: "22:00-07:00".
_QUIET = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"


class SoundSettings(Table):
    """Sound at a lane."""

    kind: Literal["sound"]
    player: Literal["aplay", "pw-play"] = "aplay"
    card: Text | None = None  # as `aplay -L` names it; of pw-play a node's name
    folder: Text | None = None
    languages: tuple[Literal["zh", "en"], ...] = Field(
        default=("zh", "en"), strict=False, min_length=1, max_length=2
    )
    speech: Literal["none", "refusals", "all"] = "refusals"
    volume: int = Field(default=80, ge=0, le=100)
    quiet: tuple[Annotated[str, Field(pattern=_QUIET)], ...] = Field(
        default=(), strict=False, max_length=4
    )

    @property
    def port(self) -> None:
        """No device of this lane's alone: a sound server mixes."""
        return

    def make(self) -> Indicator:
        """Return the driver, not yet started."""
        from drivers.sound.children import Programs  # noqa: PLC0415  # as the next
        from drivers.sound.indicator import Manner, SoundIndicator, Speech  # noqa: PLC0415  # when there is one

        manner = Manner(
            volume=self.volume,
            languages=self.languages,
            speech=Speech(self.speech),
            quiet=tuple(_minutes(each) for each in self.quiet),
        )
        return SoundIndicator(
            name=f"sound {self.card or self.player}",
            manner=manner,
            folder=None if self.folder is None else Path(self.folder),
            programs=Programs(play=self._command()),
            minute_of_day=_minute_of_day,
            monotonic_ms=monotonic_ms,
        )

    def _command(self) -> tuple[str, ...]:
        option = "--device" if self.player == "aplay" else "--target"
        card = () if self.card is None else (f"{option}={self.card}",)
        return (*_PLAYERS[self.player], *card)

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        from drivers.sound.clips import load_clips  # noqa: PLC0415  # when there is one

        package = "alsa-utils" if self.player == "aplay" else "pipewire-bin"
        if shutil.which(self.player) is None:
            yield fail(
                "device.helper",
                check,
                f"{self.player} is not installed",
                f"apt-get install {package}",
            )
        else:
            yield ok("device.helper", check, f"{self.player} is there")
        if self.speech != "none" and shutil.which("espeak-ng") is None:
            what = "espeak-ng is not installed: what is not recorded is not spoken"
            yield warn("device.helper", check, what, "apt-get install espeak-ng")
        if self.folder is None:
            return
        try:
            load_clips(Path(self.folder))
        except DriverError as error:
            yield fail("device.helper", check, str(error), "the sound stays down until then")
        else:
            yield ok("device.helper", check, f"{self.folder} has its list of sentences")


def _minutes(text: str) -> tuple[int, int]:
    begin, end = (time.strptime(each, "%H:%M") for each in text.split("-"))
    return begin.tm_hour * 60 + begin.tm_min, end.tm_hour * 60 + end.tm_min


def _minute_of_day() -> int:
    now = time.localtime()
    return now.tm_hour * 60 + now.tm_min
