"""From what a scanner sends for a code to the octets that stand in it.

No character set is known here: whoever reads a text out of octets must be told which one it is.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from enum import Enum

from drivers.framing.base import LineFault

# ISO/IEC 15424: `]`, the kind of code, a modifier. Q is QR; its modifiers 2, 4 and 6 say that
# ECI escapes are sent: backslashes doubled, designators as `\` and six digits (ISO/IEC 18004).
_AIM_BYTES = 3
_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_AIM_QR = re.compile(rb"\]Q[0-6]")
_WITH_ECI = (b"]Q2", b"]Q4", b"]Q6")
_ESCAPE = re.compile(rb"\\(\\|[0-9]{6})")


class Aim(Enum):
    """What is done with AIM prefixes."""

    NONE = "none"  # nothing: a payload may itself begin with `]`
    STRIP = "strip"  # taken off where there is one
    REQUIRE = "require"  # there must be one, and of a QR code


class Encoding(Enum):
    """How a scanner writes the octets of a code."""

    OCTETS = "octets"  # as they are
    HEX = "hex"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a scanner puts around the octets of a code; by default nothing.

    In the order of the line: one of `preambles`, `code_id_bytes`, the AIM prefix, the code.
    """

    preambles: tuple[bytes, ...] = ()  # with any, every code must begin with one
    code_id_bytes: int = 0  # the maker's own code id, taken off whatever it is
    aim: Aim = Aim.NONE
    is_eci: bool = False  # ECI escapes are sent though no AIM prefix says so
    encoding: Encoding = Encoding.OCTETS
    is_upper: bool = False  # small letters are made capitals
    bytes_min: int = 1

    def read(self, line: bytes) -> bytes | LineFault:
        """Return the code's octets, or what is wrong."""
        rest = self._without_preamble(line)
        if isinstance(rest, LineFault):
            return rest
        rest = rest[self.code_id_bytes :]
        aim = _aim_of(rest) if self.aim is not Aim.NONE else b""
        if self.aim is Aim.REQUIRE and not _AIM_QR.fullmatch(aim):
            return LineFault.NO_QR if aim else LineFault.NO_AIM_PREFIX
        decoded = self._decoded(rest[len(aim) :])
        if not isinstance(decoded, LineFault) and (self.is_eci or aim in _WITH_ECI):
            decoded = without_eci(decoded)
        if isinstance(decoded, LineFault):
            return decoded
        if len(decoded) < self.bytes_min:
            return LineFault.TOO_SHORT
        return decoded.upper() if self.is_upper else decoded

    def _without_preamble(self, line: bytes) -> bytes | LineFault:
        if not self.preambles:
            return line
        fitting = [preamble for preamble in self.preambles if line.startswith(preamble)]
        return line[max(map(len, fitting)) :] if fitting else LineFault.NO_PREAMBLE

    def _decoded(self, octets: bytes) -> bytes | LineFault:
        try:
            match self.encoding:
                case Encoding.OCTETS:
                    return octets
                case Encoding.HEX:
                    return binascii.unhexlify(octets)
                case Encoding.BASE64:
                    return base64.b64decode(octets, validate=True)
        except binascii.Error:
            return LineFault.BAD_DUMP


def _aim_of(octets: bytes) -> bytes:
    aim = _AIM.match(octets)
    return aim[0] if aim else b""


def without_eci(octets: bytes) -> bytes | LineFault:
    r"""Return `octets` without their ECI escapes, exactly, or that they are none.

    `\\` is a backslash, `\` with six digits announces another character set and is dropped: the
    octets behind it are left as they are.
    """
    rest = _ESCAPE.sub(b"", octets)
    if b"\\" in rest:
        return LineFault.BAD_ECI
    return _ESCAPE.sub(lambda escape: b"\\" if escape[1] == b"\\" else b"", octets)
