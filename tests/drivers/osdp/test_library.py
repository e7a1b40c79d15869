import sys
from importlib.metadata import PackageNotFoundError

import pytest

from drivers.base import Shown
from drivers.osdp.card import shown_of
from drivers.osdp.library import (
    IN_OCTETS_MAX,
    OUT_OCTETS_MAX,
    OsdpChannel,
    command_reply,
    library_fault,
)


def installing(*names: str) -> object:
    def installed(name: str) -> str:
        if name not in names:
            raise PackageNotFoundError(name)
        return "1.0"

    return installed


def test_libosdp_alone_is_right() -> None:
    assert library_fault() == ""
    assert library_fault(installing("libosdp")) == ""  # type: ignore[arg-type]  # one of its kind


@pytest.mark.parametrize("names", [("osdp",), ("osdp", "libosdp")])
def test_the_other_package_of_the_name_is_noticed(names: tuple[str, ...]) -> None:
    fault = library_fault(installing(*names))  # type: ignore[arg-type]  # one of its kind
    assert "another project" in fault
    assert "pip uninstall osdp" in fault


def test_a_missing_library_is_told_with_its_extra() -> None:
    assert "scan-terminal[osdp]" in library_fault(installing())  # type: ignore[arg-type]  # as above


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is never given back there")
def test_replies_to_commands_leave_something_of_none() -> None:
    """Libosdp 3.2.9 takes a reference with each reply; ten thousand of them ended the process."""
    before = sys.getrefcount(None)
    for _ in range(1_000):
        assert command_reply(0) == (0, None)
    assert sys.getrefcount(None) - before >= 900


def test_the_channel_holds_no_more_than_its_limits() -> None:
    channel = OsdpChannel()
    channel.take(b"x" * IN_OCTETS_MAX + b"y")
    assert channel.read(IN_OCTETS_MAX + 1) == b"x" * (IN_OCTETS_MAX - 1) + b"y"
    assert channel.write(b"a" * (OUT_OCTETS_MAX - 1)) == OUT_OCTETS_MAX - 1
    assert channel.write(b"bc") == 1
    assert channel.write(b"d") == 0
    channel.sent(OUT_OCTETS_MAX - 1)
    assert channel.outgoing() == b"b"


def test_a_channel_out_of_step_forgets_what_came_and_not_what_goes() -> None:
    channel = OsdpChannel()
    channel.take(b"in")
    channel.write(b"out")
    channel.flush()
    assert channel.read(10) == b""
    assert channel.outgoing() == b"out"


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ({"temporary": True, "control_code": 2, "on_color": 2}, Shown.OK),
        ({"temporary": True, "control_code": 2, "on_color": 1}, Shown.DENY),
        ({"temporary": True, "control_code": 2, "on_color": 3}, None),
        ({"temporary": True, "control_code": 1, "on_color": 2}, None),
        ({"temporary": False, "control_code": 1, "on_color": 1}, None),
        ({"temporary": True, "control_code": 2, "on_color": "green"}, None),
        ({}, None),
    ],
)
def test_only_a_temporary_light_says_something_to_the_holder(
    command: dict[str, object], shown: Shown | None
) -> None:
    assert shown_of(command) is shown
