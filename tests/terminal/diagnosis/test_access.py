import os
from collections.abc import Callable

import pytest

from terminal.diagnosis.access import look_at_access, look_at_holders
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.people import Person, daemons_user
from tests.terminal.diagnosis.conftest import CAMERA, GROUP, SERIAL, Laid

Make = Callable[..., Ground]


def test_groups_of_the_unit_and_of_the_system_count_alike(laid: Laid) -> None:
    person = daemons_user(laid.machine)
    assert (person.name, person.uid, person.gids) == ("scan-terminal", 970, {970, 20, 44, 46})
    laid.put("/etc/systemd/system/scan-terminal.service.d/a.conf", "User=anna\n")
    assert daemons_user(laid.machine).name == "this user"  # whom /etc/passwd does not know


def test_drop_ins_add_groups(laid: Laid) -> None:
    laid.put("/etc/group", GROUP + "gpio:x:997:\n")
    drop_in = "[Service]\nSupplementaryGroups=gpio\n"
    laid.put("/etc/systemd/system/scan-terminal.service.d/gpio.conf", drop_in)
    assert daemons_user(laid.machine).gids == {970, 20, 44, 46, 997}


def stat(mode: int, uid: int, gid: int) -> os.stat_result:
    return os.stat_result((mode, 0, 0, 1, uid, gid, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "may"),
    [
        (0o660, 0, 20, True),
        (0o660, 0, 21, False),
        (0o640, 0, 20, False),
        (0o606, 0, 20, False),  # the group's rights come before everybody's
        (0o666, 0, 21, True),
        (0o600, 970, 0, True),
        (0o066, 970, 20, False),  # the owner's come first of all
    ],
)
def test_rights_are_those_of_the_first_class_that_fits(
    *, mode: int, uid: int, gid: int, may: bool
) -> None:
    person = Person(name="scan-terminal", uid=970, gids=frozenset({970, 20}))
    assert person.may_use(stat(mode, uid, gid)) is may
    assert Person(name="root", uid=0, gids=frozenset()).may_use(stat(mode, uid, gid))


def test_node_that_the_daemon_may_not_open_names_the_group(laid: Laid, ground: Make) -> None:
    node = laid.put("/dev/video0")
    laid.put("/etc/group", f"video:x:{os.getgid() + 1}:\nothers:x:{os.getgid()}:\n")
    node.chmod(0o660)
    (found,) = look_at_access(ground(CAMERA))
    assert (found.level, found.code, found.check) == ("fail", "device.access", "lane gate-1")
    assert "usermod -aG others scan-terminal" in found.remedy
    node.chmod(0o666)
    (found,) = look_at_access(ground(CAMERA))
    assert found.level == "ok"


def test_node_that_is_not_there_is_another_checks_matter(ground: Make) -> None:
    stream = {"kind": "camera", "source": "http://10.0.0.7/"}
    assert list(look_at_access(ground(SERIAL, stream))) == []


def test_who_holds_a_camera_is_named_and_our_own_processes_are_not(
    laid: Laid, ground: Make
) -> None:
    laid.put("/dev/video0")
    laid.run(70, "cheese", "/usr/bin/cheese", holding="/dev/video0")
    laid.run(71, "python3", "python3 -c from multiprocessing.spawn import x", holding="/dev/video0")
    laid.run(72, "scan-terminal", "/opt/scan-terminal/bin/scan-terminal run", holding="/dev/video0")
    laid.run(73, "other", "other", holding="/dev/video1")
    (found,) = look_at_holders(ground(CAMERA))
    assert (found.code, found.level) == ("device.busy", "warn")
    assert "cheese (process 70)" in found.what


def test_holder_is_found_through_the_name_by_id(laid: Laid, ground: Make) -> None:
    laid.put("/dev/ttyUSB0")
    link = laid.machine.at(SERIAL["port"])
    link.parent.mkdir(parents=True)
    link.symlink_to("../../ttyUSB0")
    laid.run(70, "minicom", "minicom", holding="/dev/ttyUSB0")
    (found,) = look_at_holders(ground(SERIAL))
    assert "minicom" in found.what


def test_name_of_a_process_can_not_dress_the_report(laid: Laid, ground: Make) -> None:
    laid.put("/dev/video0")
    laid.run(70, "\x1b[2Jno", "no", holding="/dev/video0")
    (found,) = look_at_holders(ground(CAMERA))
    assert "\x1b" not in found.what


def test_of_many_holders_two_are_named(laid: Laid, ground: Make) -> None:
    laid.put("/dev/video0")
    for pid in range(70, 75):
        laid.run(pid, f"viewer{pid}", "viewer", holding="/dev/video0")
    (found,) = look_at_holders(ground(CAMERA))
    assert "viewer70 (process 70) and viewer71 (process 71) and 3 more" in found.what


def test_what_half_of_all_programs_have_open_is_held_by_nobody(ground: Make) -> None:
    here = ground({"kind": "serial", "port": "/dev/null"})
    there = Ground(config=here.config, settings=here.settings)  # this very machine
    assert list(look_at_holders(there)) == []
