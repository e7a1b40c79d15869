"""The rungs on one part of a picture: what is done to it, and which engine then looks at it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from math import sqrt

from drivers.decode.engines import ZBAR_PIXELS_MAX, Seen, Threshold, Zbar, Zxing
from drivers.decode.regions import Box
from drivers.decode.variants import (
    evened,
    scaled,
    sharpened,
    softened,
    thickened,
    thinned,
    thresholded,
)
from drivers.luma import Luma
from drivers.reading import READINGS_MAX, Corners, Reading

# What an engine is handed of a part of a frame: a code of 1,000 pixels across has enough of them.
PART_PIXELS_MAX = 1_500_000
# And of a whole picture. A photo of more than 12 megapixels gains nothing by being enlarged.
WHOLE_PIXELS_MAX = 12_000_000


class Engine(Enum):
    """Who looks at the picture; the values are those of `Reading.engine`."""

    ZXING = "zxing"
    ZBAR = "zbar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One way to look at a picture."""

    name: str  # one of RUNGS
    scale: float = 1.0  # at most this; less where there would be more pixels than:
    pixels_max: int = PART_PIXELS_MAX
    change: Callable[[Luma], Luma] = lambda luma: luma
    change_first: Callable[[Luma], Luma] = lambda luma: luma  # before it is scaled
    engine: Engine = Engine.ZXING
    threshold: Threshold = Threshold.LOCAL


def _finely(luma: Luma) -> Luma:
    return sharpened(luma, width=5, amount=2)


def _widely(luma: Luma) -> Luma:
    return sharpened(luma, width=9, amount=3)


def _strongly(luma: Luma) -> Luma:
    return sharpened(luma, width=13, amount=4)


def _softly(luma: Luma) -> Luma:
    return softened(luma, 1.0)


PLACE = Rung(name="place")
# On the part of a frame where a code was seen or may be: what reads most for its cost first.
PART_RUNGS = (
    Rung(name="enlarged", scale=1.5),
    Rung(name="thresholded", change=thresholded),
    Rung(name="evened", scale=1.5, change_first=evened, change=_widely),
    Rung(name="magnified", scale=2, change=_widely),
    Rung(name="sharpened", change=_finely),
    Rung(name="global", threshold=Threshold.GLOBAL),
    Rung(name="evened-thresholded", scale=2, change_first=evened, change=thresholded),
    Rung(name="zbar", change=_finely, engine=Engine.ZBAR),
    Rung(name="magnified-global", scale=2, threshold=Threshold.GLOBAL),
    Rung(
        name="evened-global",
        scale=2,
        change_first=evened,
        change=_strongly,
        threshold=Threshold.GLOBAL,
    ),
    Rung(name="tripled", scale=3, change=_strongly),
    Rung(name="thinned", scale=2, change=thinned),
    Rung(name="thickened", scale=2, change=thickened),
    Rung(name="softened", change=_softly),
)
# On a whole picture in which nothing was seen. The first two take less time than its first look;
# both together read what is too finely patterned or too large.
HALVED = Rung(name="halved", scale=0.5, pixels_max=WHOLE_PIXELS_MAX)
WHOLE_SOFTENED = Rung(
    name="whole-softened",
    change=_softly,
    threshold=Threshold.GLOBAL,
    pixels_max=WHOLE_PIXELS_MAX,
)
# These take six and fifteen times as long.
DOUBLED = Rung(name="doubled", scale=2, pixels_max=WHOLE_PIXELS_MAX)
WHOLE_ZBAR = Rung(name="whole-zbar", engine=Engine.ZBAR, pixels_max=ZBAR_PIXELS_MAX)
WHOLE_RUNGS = (HALVED, WHOLE_SOFTENED, DOUBLED, WHOLE_ZBAR)


def look_with(
    rung: Rung, *, luma: Luma, box: Box, zxing: Zxing, zbar: Zbar
) -> tuple[Seen, tuple[Reading, ...]]:
    """Return what `rung` sees in this part of a frame, its places those of the frame."""
    crop = box.crop(luma)
    factor = min(rung.scale, sqrt(rung.pixels_max / crop.size))
    picture = rung.change_first(crop)
    if factor != 1:
        picture = scaled(picture, factor)
    picture = rung.change(picture)
    engine_seen = (
        zbar.read(picture) if rung.engine is Engine.ZBAR else zxing.read(picture, rung.threshold)
    )
    across, down = crop.shape[1] / picture.shape[1], crop.shape[0] / picture.shape[0]

    def back(corners: Corners) -> Corners:
        first, second, third, fourth = (
            (round(box.left + x * across), round(box.top + y * down)) for x, y in corners
        )
        return first, second, third, fourth

    seen = Seen(
        found=tuple(replace(found, corners=back(found.corners)) for found in engine_seen.found),
        unread=tuple(replace(one, corners=back(one.corners)) for one in engine_seen.unread),
    )
    return seen, readings_of(seen, rung.name, rung.engine)


def readings_of(seen: Seen, rung: str, engine: Engine = Engine.ZXING) -> tuple[Reading, ...]:
    """Return what was read as readings, READINGS_MAX at most."""
    return tuple(
        Reading(payload=found.payload, engine=engine.value, rung=rung, corners=found.corners)
        for found in seen.found[:READINGS_MAX]
    )
