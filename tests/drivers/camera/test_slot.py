import ctypes
import fcntl
import mmap
import os

import pytest

from drivers.camera.messages import SLOT_BYTES
from drivers.camera.slot import Slot

pytestmark = pytest.mark.usefixtures("no_fd_leak")


def test_what_capture_writes_decode_reads_and_cannot_change() -> None:
    slot = Slot()
    written = mmap.mmap(slot.capture_fd, SLOT_BYTES)
    read = mmap.mmap(slot.decode_fd, SLOT_BYTES, prot=mmap.PROT_READ)
    written[-1] = 7
    assert read[-1] == 7
    with pytest.raises(PermissionError):
        mmap.mmap(slot.decode_fd, SLOT_BYTES)
    read.close()
    written.close()
    slot.close()


def test_slot_whose_pages_were_taken_away_reads_as_black_and_kills_nobody() -> None:
    """A capture process that was taken over can punch holes into it; sizes alone are sealed."""
    slot = Slot()
    written = mmap.mmap(slot.capture_fd, SLOT_BYTES)
    read = mmap.mmap(slot.decode_fd, SLOT_BYTES, prot=mmap.PROT_READ)
    written[:] = b"\xff" * SLOT_BYTES
    keep_size_and_punch = 0x01 | 0x02  # linux/falloc.h
    offsets = (ctypes.c_longlong(0), ctypes.c_longlong(SLOT_BYTES))
    assert ctypes.CDLL(None).fallocate(slot.capture_fd, keep_size_and_punch, *offsets) == 0
    assert bytes(read) == bytes(SLOT_BYTES)
    read.close()
    written.close()
    slot.close()


def test_seals_cannot_be_taken_off() -> None:
    slot = Slot()
    seals = fcntl.fcntl(slot.capture_fd, fcntl.F_GET_SEALS)
    assert seals == fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
    with pytest.raises(PermissionError):
        fcntl.fcntl(slot.capture_fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    slot.close()


@pytest.mark.parametrize("size", [0, SLOT_BYTES - 1, SLOT_BYTES + 1])
def test_slot_keeps_its_size(size: int) -> None:
    slot = Slot()
    with pytest.raises(PermissionError):
        os.ftruncate(slot.capture_fd, size)
    slot.close()
