"""What a controller is told of a card, and what it tells the reader's light. Pure."""

import re
from collections.abc import Mapping
from enum import Enum

from drivers.base import Shown

# OSDP 2.2, osdp_RAW; libosdp takes no more.
CARD_OCTETS_MAX = 64

_HEX = re.compile(rb"(?:[0-9a-f]{2}){1,64}")


class CardFormat(Enum):
    """What the controller takes the bits for."""

    RAW = "raw"  # bits, not specified further
    WIEGAND = "wiegand"  # the same bits, as if they came by a Wiegand line


def card_of(line: bytes) -> bytes:
    """Return the octets of a card from an answer's line, which has them in hexadecimal.

    Raises:
        ValueError: it is no such line: our bug.
    """
    if not _HEX.fullmatch(line):
        raise ValueError(f"not 1 to {CARD_OCTETS_MAX} octets in hexadecimal")
    return bytes.fromhex(line.decode("ascii"))


# Colours of osdp_LED that controllers use for yes and no.
_COLOURS: Mapping[int, Shown] = {1: Shown.DENY, 2: Shown.OK}
_SET = 2  # and start the timer; 1 ends it


def shown_of(command: Mapping[str, object]) -> Shown | None:
    """Return what a light command of the controller says to the holder; None: nothing for him.

    A temporary green or red is the controller's answer to the card; a permanent colour says how
    the door stands, which the lane shows by itself.
    """
    is_temporary = (command.get("temporary"), command.get("control_code")) == (True, _SET)
    colour = command.get("on_color")
    return _COLOURS.get(colour) if is_temporary and isinstance(colour, int) else None
