"""The soak in short, so that it is held to work wherever tests run; `make soak-drivers` is long."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.footprint import GROWTH_KB_MAX, Footprint, growth

CHECKOUT = Path(__file__).parents[2]


def looks(*rss_kb: int, descriptors: int = 9) -> list[Footprint]:
    return [Footprint(rss_kb=each, descriptors=descriptors, threads=2) for each in rss_kb]


@pytest.mark.slow
def test_ten_thousand_lines_come_once_in_order_and_nothing_grows() -> None:
    # In a process of its own: what other tests leave to be tidied up comes and goes in this one.
    soak = ["-m", "tests.soak", "--lines", "10000", "--plugs", "0", "--frames", "0"]
    done = subprocess.run(  # our own program
        [sys.executable, *soak], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10000 lines" in done.stdout


def left_behind(module: str, soak: str, rounds: int) -> str:
    """Return what a soak left, in a process of its own for the reason above."""
    program = (
        f"import os; from {module} import {soak}\n"
        "before = set(os.listdir('/proc/self/fd'))\n"
        f"wrong = {soak}({rounds}).wrong\n"
        "print(wrong, sorted(set(os.listdir('/proc/self/fd')) ^ before))"
    )
    done = subprocess.run(  # our own program
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() + done.stderr


@pytest.mark.slow
def test_plug_pulled_thirty_times_leaves_nothing_behind() -> None:
    assert left_behind("tests.soak.serial_line", "soak_plug", 30) == "[]"


@pytest.mark.slow
def test_bus_pulled_eight_times_leaves_nothing_behind() -> None:
    assert left_behind("tests.soak.modbus_bus", "soak_bus", 8) == "[]"


def test_growth_is_seen_and_warm_up_is_none() -> None:
    steady = looks(10, *[50_000] * 19)
    assert growth(steady) == ""
    assert growth(looks(*range(50_000, 50_000 + 20 * GROWTH_KB_MAX, GROWTH_KB_MAX))) != ""
    assert "descriptors from 9 to 10" in growth([*steady, *looks(50_000, descriptors=10)])
