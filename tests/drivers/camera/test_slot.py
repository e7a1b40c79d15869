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


@pytest.mark.parametrize("size", [0, SLOT_BYTES - 1, SLOT_BYTES + 1])
def test_slot_keeps_its_size(size: int) -> None:
    slot = Slot()
    with pytest.raises(PermissionError):
        os.ftruncate(slot.capture_fd, size)
    slot.close()
