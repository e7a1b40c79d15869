import select

import pytest

from drivers.waker import Waker


@pytest.mark.usefixtures("no_fd_leak")
def test_waking_ends_one_wait() -> None:
    waker = Waker()
    poller = select.poll()
    poller.register(waker, select.POLLIN)
    assert poller.poll(0) == []
    waker.wake()
    waker.wake()
    assert poller.poll(0)
    waker.clear()
    assert poller.poll(0) == []
    waker.clear()
    waker.close()
    waker.wake()
    waker.close()
