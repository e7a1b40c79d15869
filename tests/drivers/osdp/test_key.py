from pathlib import Path

import pytest

from drivers.base import DriverError
from drivers.osdp.key import read_key, write_key

KEY = bytes.fromhex("00112233445566778899aabbccddeeff")


def kept(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("text", [KEY.hex(), KEY.hex().upper() + "\n", f"  {KEY.hex()}\r\n"])
def test_a_key_is_32_hexadecimal_digits(tmp_path: Path, text: str) -> None:
    assert read_key(kept(tmp_path / "scbk", text)) == KEY
    assert read_key(kept(tmp_path / "scbk", text, 0o400)) == KEY


def test_no_file_is_no_key(tmp_path: Path) -> None:
    assert read_key(tmp_path / "scbk") is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o610, 0o601])
def test_a_key_that_others_may_reach_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(DriverError, match="chmod 600") as caught:
        read_key(kept(tmp_path / "scbk", KEY.hex(), mode))
    assert KEY.hex() not in str(caught.value)


@pytest.mark.parametrize("text", ["", "00" * 15, "00" * 17, "g" * 32, "00" * 40, "é" * 32])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(DriverError, match="32 hexadecimal digits") as caught:
        read_key(kept(tmp_path / "scbk", text))
    assert not text or text not in str(caught.value)


def test_the_key_that_everybody_knows_is_refused(tmp_path: Path) -> None:
    default = bytes(range(0x30, 0x40))
    with pytest.raises(DriverError, match="everybody knows"):
        read_key(kept(tmp_path / "scbk", default.hex()))
    with pytest.raises(DriverError, match="no key of its own"):
        write_key(tmp_path / "new", default)


def test_a_link_or_a_folder_is_no_key(tmp_path: Path) -> None:
    kept(tmp_path / "scbk", KEY.hex())
    (tmp_path / "link").symlink_to(tmp_path / "scbk")
    (tmp_path / "folder").mkdir(mode=0o700)
    for name in ("link", "folder"):
        with pytest.raises(DriverError):
            read_key(tmp_path / name)


def test_a_key_that_is_kept_is_read_again_and_others_can_not(tmp_path: Path) -> None:
    path = tmp_path / "scbk"
    write_key(path, bytes(16))
    write_key(path, KEY)
    assert read_key(path) == KEY
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["scbk"]


@pytest.mark.parametrize("octets", [0, 15, 17, 32])
def test_a_key_of_another_length_is_not_kept(tmp_path: Path, octets: int) -> None:
    with pytest.raises(DriverError, match="no key of its own"):
        write_key(tmp_path / "scbk", bytes(octets))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="can't be written"):
        write_key(tmp_path / "none" / "scbk", KEY)
