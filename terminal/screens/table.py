"""The `screen` table of a lane's settings: what people who stand before it see."""

from typing import Annotated, Literal

from pydantic import Field

from terminal.devices.table import Table, Text

Language = Literal["zh", "en"]


class ScreenSettings(Table):
    """A screen that the terminal draws; without this table a lane has none."""

    kind: Literal["lane", "kiosk"] = "lane"
    # The first is what a page begins with, and goes back to when nobody touches it.
    languages: tuple[Language, ...] = Field(
        default=("zh", "en"), strict=False, min_length=1, max_length=2
    )
    mode: Literal["usual", "senior"] = "usual"
    # Ten seconds are what somebody needs to look up once; ten minutes would show him to the next.
    idle_s: Annotated[int, Field(ge=10, le=600)] = 60
    # None: as the lane has no indicator of kind "sound", which would say it a second time.
    sound: bool | None = None
    sounds: Text | None = None  # a folder as of scripts/make-sounds
    # Of a kiosk: which content pack it offers, as the centre publishes it.
    content: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]{0,15}$")
    # In this kiosk's ticket numbers, where several terminals of one hall give tickets.
    series: str = Field(default="", pattern=r"^[1-9]?$")
