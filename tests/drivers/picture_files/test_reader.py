"""Each file is looked at by a real process, confined as it is in the command."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from driver_peers import finder_lattice, png_of_zeros, qr_luma

from drivers.base import DriverError
from drivers.picture_files.messages import SUFFIXES
from drivers.picture_files.questioned import Questioned
from drivers.picture_files.reader import PictureReader

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_fd_leak")]

ROOT = Path(__file__).parents[3]


@pytest.fixture
def reader() -> Iterator[PictureReader]:
    with PictureReader() as made:
        yield made


def picture(path: Path, luma: Any) -> str:
    cv2.imwrite(str(path), luma)
    return str(path)


@pytest.fixture
def good(tmp_path: Path) -> str:
    return picture(tmp_path / "good.png", qr_luma(b"HOLDER-0007"))


def video(path: Path, *texts: bytes) -> str:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (640, 480))
    for text in texts:
        writer.write(cv2.cvtColor(qr_luma(text), cv2.COLOR_GRAY2BGR))
    writer.release()
    return str(path)


HOLDERS = [b"HOLDER-%04d" % number for number in range(8)]


def payloads(reader: PictureReader, path: str) -> list[tuple[bytes, ...]]:
    with reader.open(path) as file:
        return [
            tuple(reading.payload for reading in frame.look.readings) for frame in file.frames()
        ]


def fault(reader: PictureReader, path: str) -> str:
    """Return why a file can't be read; the words begin with its name."""
    with pytest.raises(DriverError) as caught:
        payloads(reader, path)
    words = str(caught.value)
    assert words.startswith(f"{path} ")
    return words.removeprefix(f"{path} ")


def pid(reader: PictureReader) -> int | None:
    process = reader._process
    return None if process is None else process.pid


# What is read


def test_many_files_are_read_by_one_process(reader: PictureReader, tmp_path: Path) -> None:
    first = pid(reader)
    for text in HOLDERS[:3]:
        assert payloads(reader, picture(tmp_path / "code.png", qr_luma(text))) == [(text,)]
    path = video(tmp_path / "three.avi", *HOLDERS[:3])
    assert payloads(reader, path) == [(text,) for text in HOLDERS[:3]]
    assert pid(reader) == first


def test_file_says_what_it_is(reader: PictureReader, good: str, tmp_path: Path) -> None:
    with reader.open(good) as file:
        assert file.is_still
    with reader.open(video(tmp_path / "one.avi", *HOLDERS[:1])) as file:
        assert not file.is_still


def test_file_that_is_gone_once_it_is_open_is_read_all_the_same(
    reader: PictureReader, good: str
) -> None:
    with reader.open(good) as file:
        Path(good).unlink()
        assert [len(frame.look.readings) for frame in file.frames()] == [1]


def test_frame_is_drawn_as_every_kind_of_picture(reader: PictureReader, good: str) -> None:
    with reader.open(good) as file:
        (_,) = file.frames()
        for suffix in SUFFIXES:
            octets = np.frombuffer(file.drawing(suffix, with_text=False), np.uint8)
            assert cv2.imdecode(octets, cv2.IMREAD_COLOR).shape == (480, 640, 3), suffix


def test_a_text_is_drawn_only_where_it_is_asked_for(reader: PictureReader, good: str) -> None:
    with reader.open(good) as file:
        (_,) = file.frames()
        drawings = [file.drawing(".png", with_text=with_text) for with_text in (False, True)]
    assert drawings[0] != drawings[1]


# What can't be read


def test_path_that_is_no_file_is_told_and_nothing_is_opened(
    reader: PictureReader, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "dangling").symlink_to("nowhere")
    names = [str(tmp_path / name) for name in ("gone.png", "fifo", "dangling", "")]
    for path in (*names, "/dev/null", "/dev/zero", "/proc/self/mem/x", "\0"):
        assert "is no file" in fault(reader, path)


def test_image_cut_short_is_told(reader: PictureReader, good: str) -> None:
    first = pid(reader)
    octets = Path(good).read_bytes()
    for length in (0, 1, 7):
        Path(good).write_bytes(octets[:length])
        assert "no image and no video" in fault(reader, good)
    for length in (8, 40):
        Path(good).write_bytes(octets[:length])
        assert "is it whole?" in fault(reader, good)
    assert pid(reader) == first


def test_video_cut_short_is_read_as_far_as_it_goes(reader: PictureReader, tmp_path: Path) -> None:
    path = Path(video(tmp_path / "cut.avi", *HOLDERS))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 1 <= len(payloads(reader, str(path))) < 8
    path.write_bytes(path.read_bytes()[:100])
    assert "no image and no video" in fault(reader, str(path))


def test_picture_made_to_fill_the_memory_is_refused_by_its_header(
    reader: PictureReader, good: str, tmp_path: Path
) -> None:
    first = pid(reader)
    png_of_zeros(tmp_path / "bomb.png", 30_000, 30_000)
    assert "over 50 megapixels" in fault(reader, str(tmp_path / "bomb.png"))
    assert payloads(reader, good) == [(b"HOLDER-0007",)]
    assert pid(reader) == first


def test_playlist_leads_to_no_other_file(reader: PictureReader, tmp_path: Path) -> None:
    path = video(tmp_path / "secret.avi", *HOLDERS[:1])
    for name, text in (
        ("list.ffconcat", f"ffconcat version 1.0\nfile '{path}'\n"),
        ("list.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{path}\n#EXT-X-ENDLIST\n"),
        ("net.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n"),
    ):
        (tmp_path / name).write_text(text)
        assert "no image and no video" in fault(reader, str(tmp_path / name))


# What ends its process costs one file


def test_picture_made_to_hang_an_engine_costs_itself_alone(good: str, tmp_path: Path) -> None:
    hostile = picture(tmp_path / "lattice.png", np.tile(finder_lattice(), (3, 2)))  # minutes
    with PictureReader(look_cpu_ms_max=500) as reader:
        first = pid(reader)
        assert "keeps a decoder busy without end" in fault(reader, hostile)
        assert payloads(reader, good) == [(b"HOLDER-0007",)]
        assert pid(reader) != first


def test_process_killed_in_the_middle_of_a_video_costs_that_video(
    reader: PictureReader, good: str, tmp_path: Path
) -> None:
    with reader.open(video(tmp_path / "four.avi", *HOLDERS[:4])) as file:
        frames = file.frames()
        next(frames)
        os.kill(reader._process.pid, signal.SIGKILL)
        with pytest.raises(DriverError, match=r"four\.avi takes more memory"):
            list(frames)
    assert payloads(reader, good) == [(b"HOLDER-0007",)]


@pytest.fixture
def rogue() -> Iterator[PictureReader]:
    """A reader whose process does what a code says."""
    with PictureReader(look_cpu_ms_max=500, start=lambda: Questioned("rogue_pictures")) as made:
        yield made


@pytest.fixture
def saying(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        return picture(tmp_path / f"{text.replace(' ', '-')}.png", qr_luma(text.encode()))

    return write


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("CRASH", r"makes a decoder fail \(signal 11\)"),
        ("COMPUTE", "keeps a decoder busy without end"),
        ("WAIT", "keeps a decoder busy without end"),
        ("CALL HOME", "makes a decoder do what none does"),
        ("FORK", "makes a decoder fail"),
        ("COMPLAIN", r"makes a decoder fail \(exit 1: RuntimeError: no such picture\)"),
        ("NONSENSE", "makes a decoder fail"),
        ("OPEN A FILE", "makes a decoder fail .exit 1: PermissionError.*'/etc/passwd'"),
        ("OPEN A FOLDER", "makes a decoder fail .exit 1: PermissionError"),
        ("OPEN ITSELF", "makes a decoder fail .exit 1: PermissionError"),
        ("WRITE", "makes a decoder fail .exit 1: PermissionError"),
    ],
)
def test_process_that_a_picture_has_taken_over_gets_nowhere(
    rogue: PictureReader, saying: Callable[[str], str], act: str, words: str
) -> None:
    path = saying(act)
    with pytest.raises(DriverError, match=words) as caught:
        payloads(rogue, path)
    assert str(caught.value).startswith(path)
    assert payloads(rogue, saying("HOLDER-0007")) == [(b"HOLDER-0007",)]


def test_picture_that_fills_the_memory_costs_itself_alone(saying: Callable[[str], str]) -> None:
    with PictureReader(start=lambda: Questioned("rogue_pictures")) as reader:
        assert "takes more memory than a picture may" in fault(reader, saying("EAT"))
        assert payloads(reader, saying("HOLDER-0007")) == [(b"HOLDER-0007",)]


def test_drawing_that_can_not_be_had_is_told(
    rogue: PictureReader, saying: Callable[[str], str]
) -> None:
    with rogue.open(saying("NO DRAWING")) as file:
        (_,) = file.frames()
        with pytest.raises(DriverError, match=r"can't be drawn as \.png"):
            file.drawing(".png", with_text=False)


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ("TOO LARGE A DRAWING", "a drawing of 4294967295 octets"),
        ("A DRAWING CUT SHORT", "a body of 1 octets"),
        ("A FILE", "FILE for DRAW"),
        ("NO FLAW", "an unknown flaw"),
        ("READY", "READY for DRAW"),
    ],
)
def test_drawing_that_makes_no_sense_is_not_taken(
    rogue: PictureReader, saying: Callable[[str], str], lie: str, words: str
) -> None:
    with rogue.open(saying(lie)) as file:
        (_,) = file.frames()
        with pytest.raises(DriverError, match=words):
            file.drawing(".png", with_text=False)
    assert payloads(rogue, saying("HOLDER-0007")) == [(b"HOLDER-0007",)]


def test_frame_that_was_not_asked_for_is_not_taken(
    rogue: PictureReader, saying: Callable[[str], str], tmp_path: Path
) -> None:
    path = video(tmp_path / "two.avi", b"ANOTHER FRAME", b"ANOTHER FRAME")
    assert "frame 7 for 1" in fault(rogue, path)
    assert payloads(rogue, saying("HOLDER-0007")) == [(b"HOLDER-0007",)]


@pytest.mark.parametrize("lie", ["NO KIND OF FILE", "NO RESULT", "NO FLAW", "READY"])
def test_file_that_makes_no_sense_costs_its_process(
    rogue: PictureReader, saying: Callable[[str], str], good: str, lie: str
) -> None:
    payloads(rogue, saying(lie))
    assert "makes a decoder fail" in fault(rogue, good)
    assert payloads(rogue, good) == [(b"HOLDER-0007",)]


# The machine


def test_machine_that_cannot_confine_reads_no_picture() -> None:
    with pytest.raises(DriverError, match="no camera or picture is looked at without it"):
        PictureReader(start=lambda: Questioned("lacking_pictures"))


def test_process_that_ends_before_it_is_ready_is_told() -> None:
    with pytest.raises(DriverError, match=r"no process can look at pictures: exit 1: .*no_such"):
        PictureReader(start=lambda: Questioned("no_such_pictures"))


def test_reader_loads_no_library_that_looks_at_pictures(good: str) -> None:
    program = """
import sys
from drivers.picture_files.reader import PictureReader
with PictureReader() as reader, reader.open(sys.argv[1]) as file:
    print([frame.look.readings[0].payload for frame in file.frames()])
    file.drawing(".png", with_text=True)
print(sorted({"cv2", "numpy", "zxingcpp", "pyzbar", "pyseccomp"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, good],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["[b'HOLDER-0007']", "[]"]
