"""What is known of families of scanners, from their makers' manuals and public programs.

None of it was tried on a device of the family: each is unverified, and says so where it is
listed. What no source told is left out. Nothing here writes a scanner's flash memory.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from drivers.framing.base import Framing
from drivers.framing.delimited import Delimited
from drivers.framing.length import Layout, Length
from drivers.framing.ssi import Ssi, packet
from drivers.serial_line.answers import Answer
from drivers.serial_line.commands import Action
from drivers.serial_line.octet_text import octets_of


def _delimited(line_bytes_max: int) -> Framing:
    return Delimited(line_bytes_max=line_bytes_max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One family; the settings override any of it."""

    framing: Callable[[int], Framing] = _delimited  # of the longest code in octets
    baud: int | None = None  # as it leaves the maker; None: not known
    actions: Mapping[Action, bytes] = field(default_factory=dict)
    query: bytes = b""  # changes nothing, and is answered
    answers: tuple[Answer, ...] = ()
    octet_pause_ms: int = 0


def _texts(**templates: str) -> Mapping[Action, bytes]:
    return {Action(name): octets_of(text) for name, text in templates.items()}


# N36xx, N86, Xenon, Voyager. 115,200 is what a shipped N3680 driver uses.
_HONEYWELL = Preset(
    baud=115_200,
    actions=_texts(trigger_on="SYN 'T' CR", trigger_off="SYN 'U' CR", beep_ok="SYN BEL CR"),
)

# Packeted SSI. A revision is asked for by A3 and told by A4; C5 and C4 are the aim, C1 and C0 the
# light, beep 00 is the first of its table. LEDs are numbered otherwise from model to model.
_ZEBRA_SSI = Preset(
    framing=Ssi,
    baud=9_600,
    actions={
        Action.TRIGGER_ON: packet(0xE4),
        Action.TRIGGER_OFF: packet(0xE5),
        Action.AIM_ON: packet(0xC5),
        Action.AIM_OFF: packet(0xC4),
        Action.LIGHT_ON: packet(0xC1),
        Action.LIGHT_OFF: packet(0xC0),
        Action.BEEP_OK: packet(0xE6, b"\x00"),
    },
    query=packet(0xA3),
)

# FM and HR. The query asks for the settings of Code 11, the manual's own example.
_NEWLAND = Preset(
    query=octets_of("'~' SOH '0000#C11*;' ETX"),
    answers=(Answer(begin=octets_of("STX SOH '0000'"), end=octets_of("';' ETX")),),
)

# E and D let it read and stop it; ESC [ 3 q and ESC [ 4 q are its good and its bad sound.
_DATALOGIC = Preset(
    actions=_texts(trigger_on="'E'", trigger_off="'D'", beep_ok="ESC '[3q'", beep_deny="ESC '[4q'"),
)

# The manual asks for a pause between octets and does not say how long; this is ours.
_OPTICON = Preset(
    actions=_texts(
        trigger_on="ESC 'Z' CR",
        trigger_off="ESC 'Y' CR",
        beep_ok="ESC 'B' CR",
        beep_deny="ESC 'E' CR",
        led_ok="ESC 'L' CR",
    ),
    octet_pause_ms=10,
)

# Grow GM65, GM805, GM861 and copies. AB CD stands for a check sum that is not looked at. The
# query reads zone 0000; whatever is written or read is answered in seven octets.
_GM65 = Preset(
    baud=9_600,
    actions=_texts(trigger_on="7E 00 08 01 00 02 01 AB CD"),
    query=octets_of("7E 00 07 01 00 00 01 AB CD"),
    answers=(Answer(begin=octets_of("02 00 00"), size=7),),
)

# Vguang (Vbar) TX, MX, QT in developer mode. The numbers of its commands were not to be had, so
# every frame counts for a code until `code_tags` says which are.
_VBAR = Preset(framing=lambda size: Length(Layout(), size), baud=57_600)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "honeywell": _HONEYWELL,
        "zebra-ssi": _ZEBRA_SSI,
        "newland": _NEWLAND,
        "datalogic": _DATALOGIC,
        "opticon": _OPTICON,
        "gm65": _GM65,
        "vbar": _VBAR,
    }
)
