"""How timing patterns tell a code's version: dark and light in turn, from finder to finder."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from drivers.decode.grid import GRID_VERSION_MAX, grid_of
from drivers.decode.straight import from_modules
from drivers.decode.weighing import NOISE
from drivers.luma import Luma
from drivers.opencv import load_opencv
from drivers.reading import Corners

BEAT_LINES = 6.2, 6.5, 6.8  # modules from the edge; the timing patterns' middle is at 6.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beats:
    """Where the timing patterns of all versions are sampled, and how they beat there."""

    places: NDArray[np.float64]  # (3, n), of a code whose side is 1
    beats: NDArray[np.complex128]  # (n,)
    starts: NDArray[np.intp]  # of each line among the n: twice BEAT_LINES a version
    lengths: NDArray[np.intp]


@cache
def _beats() -> _Beats:
    places, beats, lengths = [], [], []
    for version in range(1, GRID_VERSION_MAX + 1):
        size = grid_of(version).size
        along = np.arange(8, size - 8, 0.25) + 0.125
        for across in BEAT_LINES:
            still = np.full_like(along, across)
            for line in ((along, still), (still, along)):
                places.append(np.stack([*line, still * 0 + size]) / size)
                beats.append(np.exp(1j * np.pi * along))
                lengths.append(len(along))
    return _Beats(
        places=np.concatenate(places, axis=1),
        beats=np.concatenate(beats),
        starts=np.cumsum([0, *lengths[:-1]]),
        lengths=np.array(lengths, np.intp),
    )


def beats_of(
    luma: Luma, corners: Corners, first: int = 1, last: int = GRID_VERSION_MAX
) -> NDArray[np.float64]:
    """Return how well the timing patterns of versions `first` to `last` beat at `corners`."""
    cv2 = load_opencv()
    table = _beats()
    lines = slice(2 * len(BEAT_LINES) * (first - 1), 2 * len(BEAT_LINES) * last)
    starts, lengths = table.starts[lines], table.lengths[lines]
    part = slice(starts[0], starts[-1] + lengths[-1])
    starts = starts - starts[0]
    u, v, w = from_modules(corners, 1) @ table.places[:, part]
    at = ((line / w - 0.5).astype(np.float32).reshape(2, -1) for line in (u, v))
    values = cv2.remap(luma, *at, cv2.INTER_LINEAR).ravel().astype(np.float64)
    means = np.add.reduceat(values, starts) / lengths
    values -= np.repeat(means, lengths)
    spreads = np.add.reduceat(np.abs(values), starts) + NOISE / 2 * lengths
    scores = np.abs(np.add.reduceat(values * table.beats[part], starts)) / spreads
    return np.asarray(scores.reshape(last - first + 1, -1).sum(axis=1), np.float64)
