import select
from pathlib import Path

import pytest
from driver_peers import Inbox, PtyPeer

from drivers.base import Condition
from drivers.condition import ConditionTeller
from drivers.serial_link import SerialLink
from drivers.serial_port import Line, SerialPort

pytestmark = pytest.mark.usefixtures("no_fd_leak")


def test_device_that_is_missing_is_not_looked_for_sooner_because_somebody_calls(
    tmp_path: Path, inbox: Inbox
) -> None:
    """A lane that beeps at every code would keep a missing scanner's thread busy."""
    opened = list[SerialPort]()

    def session(port: SerialPort, _teller: ConditionTeller) -> None:
        opened.append(port)

    path = tmp_path / "port"
    # No time goes by, so the first pause never ends.
    link = SerialLink(port=str(path), line=Line(), monotonic_ms=lambda: 0, session=session)
    link.start(inbox.report)
    inbox.wait_for(Condition.DOWN)
    with PtyPeer(path):
        for _ in range(20):
            link.wake()
            while select.select([link._waker], [], [], 0)[0]:
                pass  # the thread has not taken note yet
        link.stop()
    assert not opened
