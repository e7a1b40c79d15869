from pathlib import Path

import pytest

from offline_cache.ballast import Ballast

OCTETS = 65_536


@pytest.fixture
def ballast(tmp_path: Path) -> Ballast:
    return Ballast(tmp_path / "ballast", octets=OCTETS)


def test_room_is_really_taken_and_really_given_up(tmp_path: Path, ballast: Ballast) -> None:
    assert not ballast.is_held()
    assert ballast.hold()
    assert ballast.is_held()
    taken = (tmp_path / "ballast").stat()
    assert (taken.st_size, taken.st_blocks * 512) == (OCTETS, OCTETS), "no hole in it"
    assert ballast.hold(), "a second time changes nothing"
    assert ballast.release()
    assert not ballast.is_held()
    assert not ballast.release(), "it was given up already"
    assert list(tmp_path.iterdir()) == []


def test_a_ballast_larger_than_the_room_leaves_nothing_behind(tmp_path: Path) -> None:
    assert not Ballast(tmp_path / "ballast", octets=1 << 60).hold()
    assert list(tmp_path.iterdir()) == []


def test_half_a_ballast_of_a_power_cut_is_made_whole(tmp_path: Path, ballast: Ballast) -> None:
    (tmp_path / "ballast").write_bytes(bytes(OCTETS - 1))
    assert not ballast.is_held()
    assert ballast.hold()


def test_a_folder_that_is_gone_holds_nothing_and_raises_nothing(tmp_path: Path) -> None:
    gone = Ballast(tmp_path / "gone" / "ballast", octets=OCTETS)
    assert (gone.hold(), gone.release(), gone.is_held()) == (False, False, False)
