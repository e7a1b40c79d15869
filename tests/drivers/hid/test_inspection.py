import errno
from collections.abc import Iterator

import pytest
from hid_peers import COUNTED, HidPeer, KeyboardPeer

from drivers.base import DeviceMissing, DriverError
from drivers.hid.inspection import inspect_hid_pos, inspect_wedge

pytestmark = pytest.mark.usefixtures("no_fd_leak")


@pytest.fixture
def keyboard() -> Iterator[KeyboardPeer]:
    peer = KeyboardPeer()
    peer.plug()
    yield peer
    peer.unplug()


def test_free_keyboard_is_free_and_dark(keyboard: KeyboardPeer) -> None:
    state = inspect_wedge("scanner", keyboard.kernel)
    assert (state.is_taken, state.is_caps_lit) == (False, False)


def test_keyboard_that_another_has_is_taken(keyboard: KeyboardPeer) -> None:
    keyboard.is_grabbed_by_another = True
    keyboard.is_caps_lit = True
    state = inspect_wedge("scanner", keyboard.kernel)
    assert (state.is_taken, state.is_caps_lit) == (True, True)


def test_keyboard_that_may_not_be_opened_is_a_fault_with_its_remedy(keyboard: KeyboardPeer) -> None:
    keyboard.opening_fails_with = errno.EACCES
    with pytest.raises(DriverError, match="let udev give it"):
        inspect_wedge("scanner", keyboard.kernel)


def test_point_of_sale_scanner_is_known_by_its_description() -> None:
    peer = HidPeer(COUNTED)
    with pytest.raises(DeviceMissing):
        inspect_hid_pos("scanner", peer.kernel)
    peer.plug()
    assert inspect_hid_pos("scanner", peer.kernel).report_octets == 64
    peer.unplug()
