"""`decode`: what it tells of pictures and videos, and the pictures it draws."""

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import segno

from terminal.commands.pictures import decode
from terminal.errors import UsageError
from tests.drivers.driver_peers import finder_lattice

pytestmark = pytest.mark.slow

OCTETS = b"\xff\xfe no text \x00"


def luma(payload: str | bytes, *, scale: int = 6) -> np.ndarray:
    matrix = np.array(segno.make_qr(payload, error="m").matrix, np.uint8)
    return np.pad(np.kron(1 - matrix, np.ones((scale, scale), np.uint8)) * 255, 40, mode="maximum")


@pytest.fixture
def picture(tmp_path: Path) -> str:
    path = tmp_path / "code.png"
    cv2.imwrite(str(path), luma("HOLDER-0007"))
    return str(path)


def video(path: Path, frames: Sequence[np.ndarray | None]) -> str:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 320))
    for frame in frames:
        canvas = np.full((320, 320), 120, np.uint8)
        if frame is not None:
            canvas[10 : 10 + len(frame), 10 : 10 + len(frame)] = frame
        writer.write(cv2.cvtColor(canvas, cv2.COLOR_GRAY2BGR))
    writer.release()
    return str(path)


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_reading_is_told_with_its_rung_and_its_corners(
    picture: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decode([picture], as_json=True) == 0
    (told,) = objects(capsys)
    assert list(told) == ["path", "frame", "text", "engine", "rung", "corners", "ms"]
    assert (told["text"], told["engine"], told["rung"]) == ("HOLDER-0007", "zxing", "plain")
    side = 21 * 6
    drawn = [(40, 40), (40 + side, 40), (40 + side, 40 + side), (40, 40 + side)]
    for (x, y), corner in zip(drawn, told["corners"], strict=True):
        assert abs(x - corner[0]) <= 2
        assert abs(y - corner[1]) <= 2


def test_octets_that_are_no_text_are_told_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "octets.png"), luma(OCTETS))
    assert decode([str(tmp_path / "octets.png")], as_json=True) == 0
    (told,) = objects(capsys)
    assert base64.urlsafe_b64decode(told["octets"] + "=" * (-len(told["octets"]) % 4)) == OCTETS
    assert told["text"] == "\\xff\\xfe no text \x00"


def test_frame_without_a_code_has_every_member(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((50, 50), 128, np.uint8))
    assert decode([str(tmp_path / "blank.png")], as_json=True) == 1
    (told,) = objects(capsys)
    assert [told[name] for name in ("text", "engine", "rung", "corners")] == [None] * 4


def test_video_is_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = luma("HOLDER-0007"), luma("HOLDER-0008")
    path = video(tmp_path / "two.avi", [None, None, one, one, None, other])
    assert decode([path]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert last == f"{path}: read on 3 of 6 frames, first on frame 2; 2 different codes"


def test_video_tells_an_object_a_frame_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = video(tmp_path / "two.avi", [None, luma("HOLDER-0007"), None])
    assert decode([path], as_json=True) == 0
    assert [(told["frame"], told["text"]) for told in objects(capsys)] == [
        (0, None),
        (1, "HOLDER-0007"),
        (2, None),
    ]


def test_of_a_video_without_end_not_every_code_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("terminal.commands.pictures.CODES_MAX", 2)
    path = video(tmp_path / "four.avi", [luma(f"HOLDER-000{number}") for number in range(4)])
    assert decode([path]) == 0
    assert "read on 4 of 4 frames, first on frame 0; 2 different codes or more" in (
        capsys.readouterr().out
    )


# A file that ends the process that reads it


class Decoding:
    """`decode` as a program of its own: a code, a picture that keeps it busy, another code."""

    def __init__(self, folder: Path) -> None:
        self.hostile = folder / "lattice.png"
        cv2.imwrite(str(self.hostile), np.tile(finder_lattice(), (3, 2)))  # minutes
        for name in ("first", "second"):
            cv2.imwrite(str(folder / f"{name}.png"), luma(name))
        paths = [folder / "first.png", self.hostile, folder / "second.png"]
        self._program = subprocess.Popen(
            [sys.executable, "-m", "terminal", "decode", *paths],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def wait_until_busy(self) -> int:
        """Return the number of the process that looks at the second picture."""
        assert self._program.stdout is not None
        assert self._program.stdout.readline().endswith("first.png 0: first\n")
        pid = self._program.pid
        (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(child)

    def interrupt(self) -> None:
        self._program.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, str, str]:
        """Return exit status, what else was told, and complaints."""
        told, complaints = self._program.communicate(timeout=60)
        return self._program.returncode, told, complaints


@pytest.fixture
def decoding(tmp_path: Path) -> Iterator[Decoding]:
    made = Decoding(tmp_path)
    yield made
    made.interrupt()
    made.end()


def test_a_file_that_ends_its_process_is_named_and_the_next_is_read(decoding: Decoding) -> None:
    os.kill(decoding.wait_until_busy(), signal.SIGSEGV)
    status, told, complaints = decoding.end()
    assert status == 2
    assert told.endswith("second.png 0: second\n")
    assert complaints == (
        f"scan-terminal: {decoding.hostile} makes a decoder fail (signal 11), and may be made to:"
        " leave it out\n"
    )


def test_a_decoder_that_is_deaf_is_ended_by_ctrl_c(decoding: Decoding) -> None:
    child = decoding.wait_until_busy()
    decoding.interrupt()
    status, told, complaints = decoding.end()
    assert status not in (0, 2)
    assert told == ""
    assert "Traceback" not in complaints
    assert not Path(f"/proc/{child}").exists()


def test_the_command_itself_loads_nothing_that_looks_at_pictures(picture: str) -> None:
    program = """
import sys
from terminal.commands.pictures import decode
decode(sys.argv[1:])
print(sorted({"cv2", "numpy", "zxingcpp", "pyzbar"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, picture], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [f"{picture} 0: HOLDER-0007", "[]"]


# The pictures


def test_one_image_is_drawn_into_one_picture(picture: str, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    assert decode([picture], annotate=out) == 0
    assert cv2.imread(str(out)).shape[2] == 3
    assert {path.name for path in tmp_path.iterdir()} == {"code.png", "out.png"}


def test_one_image_is_drawn_into_a_folder_that_is_there(picture: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    decode([picture], annotate=tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["code.png.png"]


def test_several_images_are_drawn_into_a_folder_each_by_its_own_name(tmp_path: Path) -> None:
    paths = [tmp_path / name / "code.png" for name in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        cv2.imwrite(str(path), luma(path.parent.name))
    decode([str(path) for path in paths], annotate=tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"code.png.png", "code.png-2.png"}


def test_of_a_video_the_first_frame_of_each_code_is_drawn(tmp_path: Path) -> None:
    one, other = luma("HOLDER-0007"), luma("HOLDER-0008")
    path = video(tmp_path / "two.avi", [None, one, one, other, one])
    decode([path], annotate=tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"two.avi-000001.png", "two.avi-000003.png"}


def test_frames_drawn_of_one_video_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terminal.picture_output.FRAMES_A_VIDEO_MAX", 2)
    path = video(tmp_path / "four.avi", [luma(f"HOLDER-000{number}") for number in range(4)])
    decode([path], annotate=tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_image_without_a_code_is_drawn_too(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((600, 500), 128, np.uint8))
    assert decode([str(tmp_path / "blank.png")], annotate=tmp_path / "out.png") == 1
    assert cv2.imread(str(tmp_path / "out.png")).shape == (600, 500, 3)


def refused(sources: list[str], out: Path) -> str:
    with pytest.raises(UsageError) as caught:
        decode(sources, annotate=out)
    return str(caught.value)


def test_source_is_never_written_over(picture: str, tmp_path: Path) -> None:
    before = Path(picture).read_bytes()
    (tmp_path / "link.png").symlink_to(picture)
    for out in (Path(picture), tmp_path / "link.png"):
        assert "would write over" in refused([picture], out)
    (tmp_path / "code.png.png").write_bytes(before)
    sources = [picture, str(tmp_path / "code.png.png")]
    assert "would write over" in refused(sources, tmp_path)
    assert Path(picture).read_bytes() == before
    assert (tmp_path / "code.png.png").read_bytes() == before


def test_place_that_can_be_no_picture_is_refused_before_anything_is_read(
    picture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "use .png" in refused([picture], tmp_path / "out.txt")
    assert "use .png" in refused([picture], tmp_path / "out")
    assert "there is no folder" in refused([picture], tmp_path / "gone" / "out.png")
    (tmp_path / "file").touch()
    assert "is no folder" in refused([picture, picture], tmp_path / "file")
    assert "can't be made" in refused([picture, picture], tmp_path / "gone" / "out")
    assert capsys.readouterr().out == ""
