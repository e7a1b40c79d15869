"""The order to lower terminals' clock floors: a file of the trust folder, under the root's index.

A document with a false date (a centre whose clock stood in 2099) raises floors; only the root may
lower them again, and each terminal follows one order once.
"""

import json
from dataclasses import dataclass

from protocol.journal import compact
from verifier.errors import TrustError
from verifier.model import UnixSeconds

RESET_PATH = "trust/floor-reset.json"

# Two numbers of ten digits and their names.
RESET_OCTETS_MAX = 64
# An order a second for a lifetime; it fits into 32 bits.
_NUMBER_MAX = 0xFFFF_FFFF
# The moments that a code can name (docs/cc1.md).
_FLOOR_MIN, _FLOOR_MAX = 1 << 30, (1 << 32) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorReset:
    """The floor is to be at most `floor`."""

    number: int  # from 1, grows with each order
    floor: UnixSeconds


def reset_octets(reset: FloorReset) -> bytes:
    """Return the file."""
    return compact({"number": reset.number, "floor": reset.floor})


def read_reset(octets: bytes) -> FloorReset:
    """Return the order in `octets`, which the signed index names.

    Raises:
        TrustError: not in form.
    """
    try:
        value = json.loads(octets) if len(octets) <= RESET_OCTETS_MAX else None
    except (ValueError, RecursionError) as error:
        raise TrustError(f"{RESET_PATH} is no JSON") from error
    match value:
        case {"number": int() as number, "floor": int() as floor}:
            reset = FloorReset(number=int(number), floor=UnixSeconds(int(floor)))  # no `true`
        case _:
            raise TrustError(f"{RESET_PATH} lacks number or floor")
    if not (0 < number <= _NUMBER_MAX and _FLOOR_MIN <= floor <= _FLOOR_MAX):
        raise TrustError(f"{RESET_PATH}: number or floor is out of range")
    if reset_octets(reset) != octets:
        raise TrustError(f"{RESET_PATH} is not in its one form")
    return reset
