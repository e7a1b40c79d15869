from pathlib import Path

import cv2
import numpy as np
import pytest

from simulator.public_pictures import PublicPicture, pictures_folder, public_pictures

LUMA = np.zeros((8, 8), np.uint8)


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_text_is_right_in_whatever_encoding_the_phone_wrote(encoding: str) -> None:
    picture = PublicPicture(name="1.png", luma=LUMA, truth="ダブルQR".encode())
    assert picture.is_right("ダブルQR".encode(encoding))
    assert not picture.is_right("ダブル".encode(encoding))


def test_octets_that_are_no_text_are_right_only_as_they_are() -> None:
    picture = PublicPicture(name="1.png", luma=LUMA, truth=b"A\xff\xfe")
    assert picture.is_right(b"A\xff\xfe")
    assert not picture.is_right(b"A")


def test_photographs_without_a_text_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "qrcode-1"
    folder.mkdir()
    for name in ("1", "2"):
        cv2.imwrite(str(folder / f"{name}.png"), LUMA)
    (folder / "1.txt").write_bytes(b"A")
    (folder / "1.metadata.txt").write_bytes(b"B")
    (picture,) = public_pictures(tmp_path)
    assert (picture.name, picture.truth, picture.luma.shape) == ("qrcode-1/1.png", b"A", (8, 8))


def test_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert list(public_pictures(tmp_path / "nowhere")) == []


def test_folder_is_named_as_the_tests_name_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SCAN_TERMINAL_SHARED", str(tmp_path))
    assert pictures_folder() == tmp_path / "pictures" / "zxing"


@pytest.mark.slow
def test_public_pictures_are_as_many_as_their_source_says(shared: Path) -> None:
    pictures = list(public_pictures(shared / "pictures" / "zxing"))
    assert len(pictures) == 179
