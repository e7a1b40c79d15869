import re
from pathlib import Path

import cv2
import pytest
import zxingcpp

from tests.central.cli_runs import Run


def test_terminal_may_be_named_either_way_but_once(run: Run) -> None:
    assert run("enrolment", "gate-1", "--json").objects[0]["terminal"] == "gate-1"
    assert run("enrolment", "--terminal", "gate-1", "--json").objects[0]["terminal"] == "gate-1"
    for words in ([], ["gate-1", "--terminal", "gate-2"]):
        outcome = run("enrolment", *words)
        assert (outcome.code, outcome.err.count("\n")) == (2, 1)


def test_picture_says_the_code_and_is_its_owners_alone(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "code.png"
    (told,) = run("enrolment", "gate-1", "--qr", picture, "--json").objects
    (read,) = zxingcpp.read_barcodes(cv2.imread(str(picture)))
    assert read.text == told["code"]
    assert picture.stat().st_mode & 0o777 == 0o600


def test_drawing_for_print_is_svg(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "code.SVG"
    assert run("enrolment", "gate-1", "--qr", picture).code == 0
    assert b"<svg" in picture.read_bytes()


def test_screen_shows_blocks_beside_the_answer(run: Run) -> None:
    outcome = run("enrolment", "gate-1", "--qr", "-", "--json")
    assert len(outcome.objects) == 1
    assert re.search("[\u2580\u2584\u2588]{7}", outcome.err)


@pytest.mark.parametrize("name", ["code.jpg", "code", "code.png.txt"])
def test_other_pictures_are_refused_before_a_code_is_made(run: Run, name: str) -> None:
    outcome = run("enrolment", "gate-1", "--qr", name)
    assert outcome.code == 2
    assert "file.png or a file.svg" in outcome.err
    assert run("report", "enrolments", "--json").objects == []
