"""A bell between threads that `poll` can hear."""

import os
import threading


class Waker:
    """Wakes a thread that waits for file descriptors; owns one descriptor until closed."""

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._lock = threading.Lock()
        self._closed = False

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._fd

    def wake(self) -> None:
        """Wake the thread, now or at its next wait; after `close` do nothing."""
        with self._lock:
            if not self._closed:
                os.eventfd_write(self._fd, 1)

    def clear(self) -> None:
        """Take note of the waking, so that the next wait waits."""
        try:
            os.eventfd_read(self._fd)
        except BlockingIOError:
            return  # nobody woke us: the wait ended for another reason

    def close(self) -> None:
        """Free the descriptor; the thread must have ended."""
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self._fd)
