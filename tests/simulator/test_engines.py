import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from simulator.engines import FLOOR, OURS, OWN_ENGINES, PEER_ENGINES, Engine
from simulator.hardships import Kind, hard_frame
from terminal.errors import UsageError

PICTURE = np.zeros((4, 6), np.uint8)

# An engine that hangs on a picture whose first octet is 1, dies of 2, and else says the octet.
ODD_ENGINE = """
import json, struct, sys, time
print(json.dumps({"missing": None}), flush=True)
while len(head := sys.stdin.buffer.read(8)) == 8:
    height, width = struct.unpack("!II", head)
    octets = sys.stdin.buffer.read(height * width)
    if octets[0] == 1:
        time.sleep(600)
    if octets[0] == 2:
        sys.exit(1)
    told = {"texts": [octets[:1].hex()], "cpu_ms": 1.5, "note": None, "failed": None}
    print(json.dumps(told), flush=True)
"""


def picture(octet: int) -> np.ndarray:
    return np.full((4, 6), octet, np.uint8)


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Engine]:
    program = tmp_path / "odd.py"
    program.write_text(ODD_ENGINE, encoding="utf-8")
    with Engine("odd", (sys.executable, "-I", program), picture_s_max=0.2) as engine:
        yield engine


@pytest.mark.slow
def test_hanging_engine_is_cut_off_counted_and_asked_again(odd: Engine) -> None:
    hung = odd.read(picture(1))
    assert (hung.cut_off, hung.texts, hung.cpu_ms) == (True, (), 200)
    answer = odd.read(picture(7))
    assert (answer.cut_off, answer.texts, answer.cpu_ms) == (False, (b"\x07",), 1.5)


@pytest.mark.slow
def test_dying_engine_costs_one_picture(odd: Engine) -> None:
    assert odd.read(picture(2)).cut_off
    assert odd.read(picture(9)).texts == (b"\x09",)


@pytest.mark.slow
def test_stopped_engine_leaves_no_process(odd: Engine) -> None:
    odd.read(picture(7))
    process = odd._process
    assert process is not None
    odd.stop()
    odd.stop()
    assert process.returncode is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", [OURS, *OWN_ENGINES])
def test_every_engine_of_ours_answers(name: str) -> None:
    frame = hard_frame(Kind.CLEAN, seed=1, number=2)
    with Engine.of(name) as engine:
        engine.begin_video()
        answer = engine.read(frame.luma)
        assert answer.texts in {(), (frame.shown.text.encode(),)}
        assert answer.cpu_ms > 0
        assert not answer.cut_off
        if name == FLOOR:
            assert answer.texts


def test_engine_that_is_missing_is_told_with_its_remedy() -> None:
    with pytest.raises(UsageError, match=r"lacks quirc .*tests/engines/requirements.txt"):
        Engine.of("quirc").start()


def test_python_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match=r"/nowhere/python: it can't be run"):
        Engine.of(PEER_ENGINES[0], Path("/nowhere/python")).start()


def test_python_that_is_no_python_is_told() -> None:
    with pytest.raises(UsageError, match=r"/bin/false: it can't be run \(it died\)"):
        Engine.of(FLOOR, Path("/bin/false")).start()
