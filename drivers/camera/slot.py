"""The shared memory through which frames go from capture to decode."""

import fcntl
import os

from drivers.camera.messages import SLOT_BYTES


class Slot:
    """Memory for one frame, without a name in the file system.

    A capture process that was taken over may write what it likes, at any time, or take the pages
    away, which then read as black: decode copies before it looks. Only a size cut short would
    kill a reader, and the size is sealed.

    Attributes:
        capture_fd: to be inherited by capture, which may write.
        decode_fd: to be inherited by decode, which may only read.
    """

    def __init__(self) -> None:
        flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
        self.capture_fd = os.memfd_create("camera frame", flags)
        os.ftruncate(self.capture_fd, SLOT_BYTES)
        # Were it cut short, its reader would be killed by a SIGBUS.
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(self.capture_fd, fcntl.F_ADD_SEALS, seals)
        path = f"/proc/self/fd/{self.capture_fd}"
        self.decode_fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        """Free the daemon's hold on it."""
        os.close(self.capture_fd)
        os.close(self.decode_fd)
