"""Every picture of the EU's public test data, from the picture to its text."""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from drivers.base import DriverError
from drivers.decode.ladder import Ladder
from drivers.pictures import frames_of

# Drawn of texts that are in no case of the set: another edition's, or of cases that were left out.
WITHOUT_A_CASE = {
    *(f"ES/png/{number}.png" for number in (2101, 2102, 2103)),
    *(f"FR/png/DGC_QrCode_000{number:02}.png" for number in range(2, 19, 2)),
    "GR/2DCode/png/3.png",
    "IT/png/1.png",
}
# The picture within the case is of another text than the case.
OF_ANOTHER_TEXT = {"ES/2DCode/raw/501.json", "ES/2DCode/raw/503.json"}


@pytest.fixture(scope="module")
def cases(shared: Path) -> dict[str, Any]:
    folder = shared / "vectors/dgc-testdata"
    paths = sorted(folder.rglob("*.json"))
    return {path.relative_to(folder).as_posix(): json.loads(path.read_bytes()) for path in paths}


@cache
def ladder() -> Ladder:
    return Ladder(thorough=True)


def texts_on(path: Path) -> set[bytes]:
    return {
        reading.payload
        for _, luma in frames_of(str(path))
        for reading in ladder().read(luma).readings
    }


def test_every_picture_of_the_certificates_shows_its_one_text(
    shared: Path, cases: dict[str, Any]
) -> None:
    folder = shared / "vectors/dgc-testdata"
    texts = {case["PREFIX"].encode() for case in cases.values() if "PREFIX" in case}
    seen = {path.relative_to(folder).as_posix(): texts_on(path) for path in folder.rglob("*.png")}
    assert len(seen) == 84
    for name, found in seen.items():
        (text,) = found
        assert text.startswith(b"HC1:"), name
    assert {name for name, found in seen.items() if not found <= texts} == WITHOUT_A_CASE


@pytest.mark.slow
def test_every_picture_within_a_case_shows_the_text_of_the_case(
    cases: dict[str, Any], tmp_path: Path
) -> None:
    read, other, unreadable = 0, set(), set()
    for name, case in cases.items():
        if "2DCODE" not in case:
            continue
        path = tmp_path / "picture.png"
        path.write_bytes(base64.b64decode(case["2DCODE"]))
        try:
            found = texts_on(path)
        except DriverError:
            unreadable.add(name)
            continue
        read += 1
        if found != {case["PREFIX"].encode()}:
            other.add(name)
    assert (read, other) == (95, OF_ANOTHER_TEXT)
    assert unreadable == {"common/2DCode/raw/Q1.json"}
    assert cases["common/2DCode/raw/Q1.json"]["EXPECTEDRESULTS"]["EXPECTEDPICTUREDECODE"] is False
