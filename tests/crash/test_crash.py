"""The crash proof, short; `make prove-crash` runs it for as long as one likes."""

from pathlib import Path

import pytest

from tests.crash.looking import Findings, keep
from tests.crash.runs import run

SEED = 5
# Enough for every moment of a life to be cut; `make prove-crash` looks at 12,000 of each part.
IMAGES = {
    "journal": 1_200,
    "failing-calls": 250,
    "erasing": 250,
    "migrations": 250,
    "trust": 60,
    "trust-failing-calls": 60,
}


def told(found: Findings, folder: Path) -> str:
    """Return what is broken, and where the images lie."""
    return "\n".join(
        f"{keep(broken, folder / f'{broken.life}-{number}')}: {'; '.join(broken.promises)}"
        for number, broken in enumerate(found.broken)
    )


@pytest.mark.slow
@pytest.mark.parametrize("part", IMAGES)
def test_no_promise_is_broken_wherever_the_power_is_cut(part: str, tmp_path: Path) -> None:
    print(f"seed {SEED}")  # noqa: T201  # a random test says how to run it once more
    found = run(part, seed=SEED, images=IMAGES[part])
    assert not found.broken, told(found, tmp_path)
    assert found.images >= IMAGES[part]


@pytest.mark.slow
@pytest.mark.parametrize(
    "bug",
    ["synchronous-normal", "ignored-sync", "acknowledged-before-commit", "trust-ignored-sync"],
)
def test_a_planted_bug_is_found(bug: str) -> None:
    """Those that need thousands of images are planted by `make prove-crash`."""
    assert run(bug, seed=SEED, images=100).broken
