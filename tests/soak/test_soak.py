"""The soak in short, so that it is held to work wherever tests run; `make soak-drivers` is long."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.footprint import GROWTH_KB_MAX, Footprint, growth
from tests.soak.modbus_bus import soak_bus
from tests.soak.serial_line import soak_plug

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


@pytest.mark.slow
def test_plug_pulled_thirty_times_leaves_nothing_behind() -> None:
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names alone
    assert soak_plug(30).wrong == ""
    assert set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  # as above


@pytest.mark.slow
def test_bus_pulled_eight_times_leaves_nothing_behind() -> None:
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names alone
    assert soak_bus(8).wrong == ""
    assert set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  # as above


def test_growth_is_seen_and_warm_up_is_none() -> None:
    steady = looks(10, *[50_000] * 19)
    assert growth(steady) == ""
    assert growth(looks(*range(50_000, 50_000 + 20 * GROWTH_KB_MAX, GROWTH_KB_MAX))) != ""
    assert "descriptors from 9 to 10" in growth([*steady, *looks(50_000, descriptors=10)])
