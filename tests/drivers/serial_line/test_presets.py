"""What scanners are told: nothing that their flash keeps, from us or from a technician."""

import pytest

from drivers.base import Signal
from drivers.framing.ssi import packet
from drivers.serial_line.commands import INIT_MAX, Action, Commands
from drivers.serial_line.octet_text import octets_of
from drivers.serial_line.presets import PRESETS, Preset
from drivers.serial_line.saving import saves

EACH = pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)

SAVING = [
    "SYN 'M' CR 'PAPHHF.'",  # Honeywell
    "SYN 'M' CR 'DEFALT.'",
    "SYN 'M' CR 'PAPHHF.' CR",
    "SYN 'M' CR 'PAPHHF.' SYN 'T' CR",
    "'~' SOH '0000@SCNMOD0;' ETX",  # Newland
    "7E 00 09 01 00 00 00 DE C8",  # GM65
    "ESC 'Z2' CR",  # Opticon
    "ESC '[XYZ' CR ESC 'Z2' CR",
    "06 C6 04 08 FF 8A FD 9F",  # SSI parameter, permanently
    "04 C8 04 00 FF 30",  # SSI defaults
    "05 12 04 00 00 FF E5",  # SSI custom defaults
    "04 E4 04 00 FF 14 04 C8 04 00 FF 30",  # behind another packet
    "00 04 C8 04 00 FF 30",  # and behind an octet that wakes it
]
PASSING = [
    "SYN 'M' CR 'PAPHHF!'",
    "SYN 'T' CR",
    "SYN 'M' CR 'PAPHHF!' SYN 'T' CR '.'",
    "'~' SOH '0000#SCNMOD0;' ETX",
    "7E 00 08 01 00 00 D5 AB CD",
    "ESC 'Z' CR",
    "06 C6 04 00 FF 8A FD A7",
    "04 C8 04 00 FF 31",  # with this sum it is no packet
    "'E'",
]


@EACH
def test_no_preset_writes_a_scanner_s_flash(preset: Preset) -> None:
    for octets in (*preset.actions.values(), preset.query):
        assert not saves(octets)
    # All that could: whoever adds a command has to look at it here.
    spoken = b"".join((*preset.actions.values(), preset.query))
    for sign in (b"@", b"Z2", b".", b"\x7e\x00\x09", b"\xc6", b"\xc8"):
        assert sign not in spoken


@EACH
def test_preset_makes_a_framing_and_commands_that_hold(preset: Preset) -> None:
    preset.framing(300).receive(b"\r", 0)
    commands = Commands(
        actions=preset.actions,
        at_start=tuple(preset.actions),
        query=preset.query,
        answers=preset.answers,
        octet_pause_ms=preset.octet_pause_ms,
    )
    assert len(commands.starting()) == len(preset.actions)


@pytest.mark.parametrize("text", SAVING)
def test_command_that_is_kept_in_flash_is_refused_with_a_remedy(text: str) -> None:
    octets = octets_of(text)
    assert "flash" in saves(octets)
    for wrong in ({"init": (octets,)}, {"actions": {Action.BEEP_OK: octets}}, {"query": octets}):
        with pytest.raises(ValueError, match="flash"):
            Commands(**wrong)  # type: ignore[arg-type]  # by name, from the table above


def test_command_that_is_kept_in_flash_is_refused_in_pieces_too() -> None:
    with pytest.raises(ValueError, match="flash"):
        Commands(init=(octets_of("SYN 'M' CR"), octets_of("'PAPHHF.'")))


@pytest.mark.parametrize("text", PASSING)
def test_command_that_is_kept_until_power_goes_is_sent(text: str) -> None:
    octets = octets_of(text)
    assert Commands(init=(octets,)).starting() == (octets,)


def test_action_without_a_command_is_refused() -> None:
    for wrong in ({"at_start": (Action.LIGHT_ON,)}, {"at_stop": (Action.LIGHT_ON,)}):
        with pytest.raises(ValueError, match="light_on"):
            Commands(**wrong)
    with pytest.raises(ValueError, match="trigger_on"):
        Commands(trigger_ms=5_000)


def test_start_is_not_held_up_by_too_many_commands() -> None:
    Commands(init=(b"x",) * INIT_MAX)
    with pytest.raises(ValueError, match="more than 16"):
        Commands(init=(b"x",) * (INIT_MAX + 1))


def test_signal_is_what_the_scanner_has_commands_for_and_only_if_asked_for() -> None:
    actions = PRESETS["datalogic"].actions
    commands = Commands(actions=actions, has_signal=True)
    assert commands.of_signal(Signal.OK) == (b"\x1b[3q",)
    assert commands.of_signal(Signal.DENY) == (b"\x1b[4q",)
    assert Commands(actions=actions).of_signal(Signal.OK) == ()
    assert Commands(has_signal=True).of_signal(Signal.DENY) == ()


def test_ssi_preset_asks_for_the_revision() -> None:
    assert PRESETS["zebra-ssi"].query == packet(0xA3)
