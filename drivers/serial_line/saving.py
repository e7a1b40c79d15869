"""Commands that write a scanner's flash memory, so that none is sent by accident.

Flash wears out: a terminal that wrote it at every start would end its scanner within years, and
a scanner that kept our settings would behave oddly wherever it is used next.
"""

import re
from collections.abc import Iterator

from drivers.framing.checks import two_complement_of

# SYN M CR ... : a Honeywell menu command; `.` at its end keeps the setting, `!` does not. The next
# SYN begins another one.
_HONEYWELL = re.compile(rb"\x16M\r[^\x16]*\.")
# ~ SOH 0000 @ : a Newland command that keeps; # does not.
_NEWLAND = b"~\x010000@"
# 7E 00 09 : save the zone (Grow GM65 and its like).
_GM65 = b"\x7e\x00\x09"
# ESC Z2 CR (Opticon).
_OPTICON = b"\x1bZ2"
# Opcodes of SSI packets, sent by the host, which is 04.
_SSI_HOST, _SSI_PARAM_SEND, _SSI_PARAM_DEFAULTS, _SSI_CUSTOM_DEFAULTS = 0x04, 0xC6, 0xC8, 0x12
_SSI_PERMANENT = 0x08  # of the status
_SSI_HEADER_BYTES = 4


def saves(octets: bytes) -> str:
    """Return what in `octets` is known to write flash, in words; empty when nothing is."""
    if _HONEYWELL.search(octets):
        return "a Honeywell menu command ending in '.' is kept in flash: end it in '!'"
    if _NEWLAND in octets:
        return "a Newland command with '@' is kept in flash: write '#'"
    if _GM65 in octets:
        return "7E 00 09 saves a GM65's zone in flash: leave it out, and send the setting at start"
    if _OPTICON in octets:
        return "ESC Z2 saves an Opticon's settings in flash: leave it out"
    return _ssi_saves(octets)


def _ssi_saves(octets: bytes) -> str:
    for packet in _ssi_packets(octets):
        opcode, status = packet[1], packet[3]
        if opcode == _SSI_PARAM_SEND and status & _SSI_PERMANENT:
            return "an SSI parameter with status 08 is kept in flash: write status 00"
        if opcode in {_SSI_PARAM_DEFAULTS, _SSI_CUSTOM_DEFAULTS}:
            return "SSI defaults are kept in flash: leave the command out"
    return ""


def _ssi_packets(octets: bytes) -> Iterator[bytes]:
    """Yield every packet of the host, wherever it stands; what has another sum is none."""
    for place, size in enumerate(octets):
        packet = octets[place : place + size]
        if size < _SSI_HEADER_BYTES or len(packet) < size or packet[2] != _SSI_HOST:
            continue
        if octets[place + size :].startswith(two_complement_of(packet)):
            yield packet
