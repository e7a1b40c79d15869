import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.camera.child_process import _environment
from drivers.reading import RUNGS

ROOT = Path(__file__).parents[3]
# Of the photographs, and enough for half a minute of the dearest rungs together.
PHOTOGRAPHS_EVERY = 60

pytestmark = pytest.mark.slow


def ladder(way: str, photographs: list[Path]) -> dict[str, dict[str, int]]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/drivers/confined_ladder.py"), way, *photographs],
        env={**_environment(os.environ), "PYTHONPATH": f"{ROOT}:{ROOT}/tests/drivers"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.returncode, done.stderr[-500:])
    told: dict[str, dict[str, int]] = json.loads(done.stdout)
    return told


def test_no_rung_on_any_picture_asks_the_kernel_for_what_it_may_not(shared: Path) -> None:
    """All rungs, on all kinds of pictures: what a confined ladder reads, a free one reads."""
    photographs = sorted((shared / "pictures").rglob("*.png"))[::PHOTOGRAPHS_EVERY]
    assert photographs
    confined = ladder("confined", photographs)
    # "combined" and "plain" have no rung of their own: they are looks of the ladder itself.
    assert set(confined["tried"]) == set(RUNGS) - {"combined", "plain"}
    assert sum(confined["read"].values()) > len(photographs)
    assert confined == ladder("free", photographs)
