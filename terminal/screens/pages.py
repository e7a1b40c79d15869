"""From a lane's settings to its page."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from drivers.base import DriverError
from drivers.sound.clips import NO_CLIPS, Clips, load_clips
from terminal.devices.sound import SoundSettings
from terminal.local.pages.screens import ScreenPage
from terminal.settings import LaneSettings

log = logging.getLogger(__name__)


def screen_pages(lanes: Iterable[LaneSettings]) -> tuple[ScreenPage, ...]:
    """Return the page of each lane that has a screen."""
    return tuple(_pages(lanes))


def _pages(lanes: Iterable[LaneSettings]) -> Iterator[ScreenPage]:
    for lane in lanes:
        screen = lane.screen
        if screen is None:
            continue
        speaker = next((each for each in lane.indicators if isinstance(each, SoundSettings)), None)
        folder = screen.sounds or (None if speaker is None else speaker.folder)
        yield ScreenPage(
            lane=lane.name,
            kind=screen.kind,
            languages=screen.languages,
            mode=screen.mode,
            idle_s=screen.idle_s,
            is_heard=speaker is None if screen.sound is None else screen.sound,
            clips=_clips(lane.name, folder),
        )


def _clips(lane: str, folder: str | None) -> Clips:
    """Return what is recorded; a folder that can't be read is told, and the browser speaks."""
    if folder is None:
        return NO_CLIPS
    try:
        return load_clips(Path(folder))
    except DriverError as error:
        log.warning("lane %s: its screen has no recordings: %s", lane, error)
        return NO_CLIPS
