import os
from pathlib import Path

import pytest
from driver_peers import PtyPeer

from drivers.base import DeviceBusy, DeviceLost, DeviceMissing, DriverError
from drivers.hid.node import Node

pytestmark = pytest.mark.usefixtures("no_fd_leak")


def node(path: Path) -> Node:
    return Node(str(path), kind="hidraw node", read_octets_max=64)


def test_second_lock_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "node"
    os.mkfifo(path)
    with node(path) as first, node(path) as second:
        first.lock()
        with pytest.raises(DeviceBusy, match=r"held by another program: `fuser .*` names it"):
            second.lock()
    with node(path) as third:
        third.lock()


def test_nothing_to_read_is_nothing_and_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "node"
    os.mkfifo(path)
    with node(path) as each:
        assert each.read() == b""
        each.write(b"A")
        assert each.read() == b"A"


def test_node_that_fails_is_lost(pty_peer: PtyPeer) -> None:
    """A terminal whose other end is gone fails each call, as a node of an unplugged device does."""
    with node(pty_peer.path) as each:
        pty_peer.unplug()
        with pytest.raises(DeviceLost, match="went away"):
            each.read()
        with pytest.raises(DeviceLost, match="went away"):
            each.write(b"A")
        with pytest.raises(DeviceLost, match="went away"):
            each.ask(0x5401, bytearray(64))


def test_node_of_another_kind_knows_no_request(tmp_path: Path) -> None:
    path = tmp_path / "node"
    path.touch()
    with node(path) as each, pytest.raises(DriverError, match="is no hidraw node"):
        each.ask(0x80044801, bytearray(4))


def test_missing_node_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DeviceMissing, match="is not there"):
        node(tmp_path / "none")
