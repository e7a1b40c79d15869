"""Undoing defocus and motion: what neighbours spill into a module is learnt from known ones.

Finders, timing and alignment patterns are the same in every code of a version. The linear filter
that makes of what was seen there what should have been seen makes modules out of the rest, too;
then its own sure decisions teach it better. It is how modems read lines that smear symbols.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.decode.grid import Grid, Levels
from drivers.opencv import load_opencv

AROUND = 2  # modules on each side that spill into one: defocus or motion of two modules
PARTS = 2  # samples of a module in each direction
TAUGHT_MAX = 1500  # modules the filter learns from at a time; 15 for each of its 100 weights
ROUNDS = 2  # of learning from its own decisions
RIDGE = 0.001  # of the mean energy of a sample: keeps noise from being blown up
KNOWN_WEIGHT = 3.0  # of a module that is known against one that was decided
SURE = 0.7  # of a module's full swing, from which a decision counts whole
NOISE_MIN = 0.05  # variance about the decisions: less is chance

Samples = NDArray[np.float32]


def equalized(depths: Samples, most: Levels, grid: Grid, *, module_px: int, margin: int) -> Levels:
    """Return the levels of a code's modules with its blur undone.

    Args:
        depths: of each pixel of the straightened code, 1 dark to -1 light, 0 where nothing can
            be told.
        most: what the level of each module could be at most.
        grid: the version.
        module_px: pixels of a module in `depths`.
        margin: modules around the code in `depths`, at least AROUND.
    """
    samples = _samples(depths, grid.size, module_px=module_px, margin=margin)
    trust = most.ravel() / (float(most.max()) + 1e-6)
    known, dark = grid.known.ravel(), np.where(grid.dark.ravel(), 1, -1)
    taught = _taught(known)
    sample, is_known = samples[taught], known[taught]
    wanted = dark[taught].astype(np.float32)
    weights = np.where(is_known, trust[taught], 0).astype(np.float32)
    for _ in range(ROUNDS + 1):
        filtering = _learnt(sample, wanted, weights)
        decided = sample @ filtering
        off = float((weights * (decided - wanted) ** 2).sum() / (weights.sum() + 1e-6))
        wanted = np.where(is_known, dark[taught], np.sign(decided)).astype(np.float32)
        sureness = np.where(is_known, KNOWN_WEIGHT, np.clip(np.abs(decided) / SURE, 0, 1))
        weights = (sureness * trust[taught]).astype(np.float32)
    swing = (samples @ filtering).reshape(most.shape)
    # A log-likelihood, as if about normal noise of that variance, within what may be.
    likelihood = 2 * swing / max(off, NOISE_MIN) / (float(most.max()) + 1e-6)
    return np.asarray(most * np.clip(likelihood, -1, 1), np.float32)


def _learnt(
    sample: Samples, wanted: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the filter whose results are nearest to what is wanted (ridge regression)."""
    cv2 = load_opencv()
    weighted = sample * weights[:, None]
    # By OpenCV, on one thread: NumPy's own library keeps all cores spinning for a matter of 1 ms.
    energy: Any = cv2.gemm(weighted, sample, 1, None, 0, flags=cv2.GEMM_1_T).astype(np.float64)
    energy[np.diag_indices(len(energy))] += RIDGE * np.trace(energy) / len(energy) + 1e-6
    target = (weighted.T @ wanted).astype(np.float64).reshape(-1, 1)
    _, solved = cv2.solve(energy, target, flags=cv2.DECOMP_CHOLESKY)
    return np.asarray(solved.ravel(), np.float32)


def _taught(known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the places of the modules to learn from: the known ones, and some of the others."""
    places, others = np.flatnonzero(known), np.flatnonzero(~known)
    step = -(-len(others) // max(1, TAUGHT_MAX - len(places)))
    return np.concatenate([places, others[::step]])


def _samples(depths: Samples, size: int, *, module_px: int, margin: int) -> Samples:
    """Return what is seen in and around each module, (size * size, weights of the filter)."""
    cv2 = load_opencv()
    across = len(depths) // module_px * PARTS
    fine = cv2.resize(depths, (across, across), interpolation=cv2.INTER_AREA)
    first, last = (margin - AROUND) * PARTS, (margin + AROUND + 1) * PARTS
    steps = range(first, last)
    count = size * PARTS
    around = [fine[y : y + count : PARTS, x : x + count : PARTS] for y in steps for x in steps]
    return np.stack([*around, np.ones((size, size), np.float32)], axis=-1).reshape(size * size, -1)
