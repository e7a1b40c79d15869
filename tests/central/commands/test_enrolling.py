import re
from pathlib import Path

import cv2
import pytest
import zxingcpp

from protocol.enrolment import code_octets
from protocol.enrolment_folder import read_request, request_name, request_octets
from protocol.enrolment_slip import read_slip
from protocol.keys import new_opening_key, new_signing_key
from tests.central.cli_runs import Run


def test_terminal_may_be_named_either_way_but_once(run: Run) -> None:
    assert run("enrolment", "gate-1", "--json").objects[0]["terminal"] == "gate-1"
    assert run("enrolment", "--terminal", "gate-1", "--json").objects[0]["terminal"] == "gate-1"
    for words in ([], ["gate-1", "--terminal", "gate-2"]):
        outcome = run("enrolment", *words)
        assert (outcome.code, outcome.err.count("\n")) == (2, 1)


def test_picture_says_the_slip_and_is_its_owners_alone(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "code.png"
    (told,) = run("enrolment", "gate-1", "--qr", picture, "--json").objects
    (read,) = zxingcpp.read_barcodes(cv2.imread(str(picture)))
    assert read.text == told["slip"]
    assert read_slip(read.text).secret == code_octets(str(told["code"]))
    assert picture.stat().st_mode & 0o777 == 0o600


def test_picture_over_one_that_everybody_could_read_is_its_owners_alone(
    run: Run, tmp_path: Path
) -> None:
    picture = tmp_path / "code.png"
    picture.touch(mode=0o644)
    run("enrolment", "gate-1", "--qr", picture)
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


@pytest.mark.parametrize(
    "words",
    [
        ["--url", "centre.example"],
        ["--site", "x" * 65],
        ["--answer", "."],
        ["--fingerprint", "0" * 20],
    ],
)
def test_words_of_a_slip_that_make_no_sense_make_no_code(run: Run, words: list[str]) -> None:
    outcome = run("enrolment", "gate-1", *words)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert run("report", "enrolments", "--json").objects == []


def test_sheet_to_print_has_the_slip_and_no_markup_of_the_operators(
    run: Run, tmp_path: Path
) -> None:
    sheet = tmp_path / "gate.html"
    place = "<b>hall</b> & 2"
    run("enrolment", "gate-1", "--qr", sheet, "--site", place, "--url", "https://centre.example")
    text = sheet.read_text()
    assert "&lt;b&gt;hall&lt;/b&gt; &amp; 2" in text
    assert "<svg" in text
    assert "src=" not in text  # nothing is fetched from elsewhere
    assert sheet.stat().st_mode & 0o777 == 0o600


def test_request_in_a_folder_is_answered_into_it(run: Run, tmp_path: Path) -> None:
    octets = request_octets(new_signing_key(), new_opening_key().public)
    fingerprint = read_request(octets).fingerprint
    (tmp_path / request_name(fingerprint)).write_bytes(octets)
    run("publish")
    words = ("enrolment", "gate-1", "--answer", tmp_path, "--fingerprint")
    assert run(*words, "0" * 20).code == 2
    (told,) = run(*words, fingerprint, "--json").objects
    assert Path(str(told["file"])).read_bytes()
    assert (tmp_path / "tuf" / "metadata" / "timestamp.json").is_file()
