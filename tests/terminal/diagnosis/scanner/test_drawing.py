"""Samples are drawn so that a reader gets their octets back."""

import re
from itertools import pairwise

import numpy as np
import pytest

from drivers.decode.engines import Zxing
from terminal.diagnosis.scanner.drawing import console_rows, page
from terminal.diagnosis.scanner.samples import SAMPLES, Sample

SCALE = 4
_LIGHT = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}


def read(modules: list[list[int]]) -> bytes:
    """Return what a reader gets out of light (1) and dark (0) modules."""
    picture = np.kron(np.array(modules, np.uint8) * 255, np.ones((SCALE, SCALE), np.uint8))
    (found,) = Zxing().read(picture).found
    return found.payload


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_console_shows_the_sample(sample: Sample) -> None:
    rows = console_rows(sample)
    upper = [[_LIGHT[block][0] for block in row] for row in rows]
    lower = [[_LIGHT[block][1] for block in row] for row in rows]
    pairs = zip(upper, lower, strict=True)
    assert read([row for pair in pairs for row in pair]) == sample.octets
    assert len(rows[0]) <= 80  # a console has as many columns


def test_page_shows_each_sample() -> None:
    drawings = re.findall(r'viewBox="0 0 (\d+) \1"[^>]*><path d="([^"]*)"', page())
    assert len(drawings) == len(SAMPLES)
    for sample, (size, path) in zip(SAMPLES, drawings, strict=True):
        modules = [[1] * int(size) for _ in range(int(size))]
        for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path):
            modules[int(y)][int(x)] = 0
        assert read(modules) == sample.octets


def test_samples_hold_what_they_are_there_to_show() -> None:
    text, long, octets = (sample.octets for sample in SAMPLES)
    assert set(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:") <= set(text)
    assert set(b"abcdefghijklmnopqrstuvwxyz") <= set(text)
    assert all(one != other for one, other in pairwise(text))
    assert len(long) > 375
    assert b"\0" in octets
    assert not octets.isascii()
