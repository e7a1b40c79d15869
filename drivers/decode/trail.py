"""The rungs that are still to be tried on one part of a scene, from frame to frame."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drivers.decode.regions import Box
from drivers.decode.rungs import PART_RUNGS, Rung
from drivers.luma import Luma

# Noise, hand and light differ from frame to frame, so what failed once is tried again; but what
# failed so often is no code that anybody can read.
ROUNDS_MAX = 3

# Grey levels between dark and light; less is dim, and then noise is what spoils it.
CONTRAST_DIM = 80
# From this level on a pixel is blown out; so many of them are no white paper but glare.
GLARE_LEVEL, GLARE_SHARE = 250, 0.08
# The steepest steps from pixel to pixel, as a share of the contrast: 0.35 and more of a code in
# focus, screens and noise yet more; 0.3 and less where it is out of focus or moved.
STEP_BLURRED = 0.31
STEEPEST_PERCENT = 98
LEVEL_PERCENTS = 5, 95  # what counts as dark and as light

# What each flaw calls for first.
_FOR_BLUR = ("sharpened", "evened", "magnified")
_FOR_GLARE = ("thresholded", "evened")
_FOR_DIM = ("softened", "evened-thresholded", "enlarged")

COMBINED = Rung(name="combined")  # brings several frames together, see fusion.py
# Places in the order: where the engine saw a code, and where it must be searched for, which is
# dearer. Each frame is worth bringing in, so in a stream it comes up twice a round.
COMBINED_AT, COMBINED_AT_UNSEEN = (3, 9), (4, 12)
_BY_NAME: Mapping[str, Rung] = {rung.name: rung for rung in PART_RUNGS}


def called_for(crop: Luma) -> tuple[str, ...]:
    """Return the names of the rungs that the look of a part calls for."""
    part = np.asarray(crop[::2, ::2], np.uint8)
    low, high = (float(level) for level in np.percentile(part, LEVEL_PERCENTS))
    if high - low < CONTRAST_DIM:
        return _FOR_DIM
    rows = crop[::4].astype(np.int16)
    steepest = float(np.percentile(np.abs(np.diff(rows, axis=1)), STEEPEST_PERCENT))
    if steepest < STEP_BLURRED * (high - low):
        return _FOR_BLUR
    if float((part >= GLARE_LEVEL).mean()) > GLARE_SHARE:
        return _FOR_GLARE
    return ()


@dataclass(slots=True)
class Trail:
    """One part of a scene, and how far the ladder was climbed on it."""

    box: Box
    order: tuple[Rung, ...]
    tried: int = 0
    rounds: int = 0

    @property
    def is_at_end(self) -> bool:
        """Whether everything has been tried ROUNDS_MAX times."""
        return self.rounds >= ROUNDS_MAX

    def rungs(self) -> Iterator[Rung]:
        """Yield the rungs from where it was left on, each once a frame."""
        for _ in range(len(self.order)):
            if self.is_at_end:
                return
            yield self.order[self.tried]
            # Reached when the next one is asked for, so that the last yielded counts as tried.
            self._step()

    def _step(self) -> None:
        self.tried += 1
        if self.tried == len(self.order):
            self.tried, self.rounds = 0, self.rounds + 1


def trail_of(
    luma: Luma,
    box: Box,
    lucky: Iterable[str] = (),
    combined_at: Sequence[int] = COMBINED_AT,
) -> Trail:
    """Return a trail over `box`, every rung once a round but for COMBINED.

    Args:
        luma: the frame.
        box: where on it.
        lucky: names of rungs that read something of late; these come first.
        combined_at: where in the order frames are brought together.
    """
    called = (*lucky, *called_for(box.crop(luma)), *_BY_NAME)
    order = [_BY_NAME[name] for name in dict.fromkeys(called) if name in _BY_NAME]
    for place in combined_at:
        order.insert(place, COMBINED)
    return Trail(box=box, order=tuple(order))
