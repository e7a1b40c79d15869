"""What became of the samples on their way through a scanner: octets in, faults out. Pure."""

import re
from collections.abc import Iterable, Iterator

from terminal.diagnosis.scanner.alterations import alterations
from terminal.diagnosis.scanner.comparing import differences, replaced
from terminal.diagnosis.scanner.faults import Fault, FaultKind, Reading
from terminal.diagnosis.scanner.samples import SAMPLES, Sample

_ENDINGS = b"\r\n\t\x03\x04\x00"
_PIECE = re.compile(rb"[^\r\n]+[\r\n]*")
# What ends a code once; twice or more often is doubled. CR LF is one ending.
_UNITS = (b"\r\n", b"\r", b"\n", b"\t")
_STX, _ETX = b"\x02", b"\x03"
# Less of it being printable, what came is no text: a wrong baud rate spares few octets.
_TEXT_SHARE_MIN = 0.7


def analyse(burst: bytes, *, layout: str | None = None) -> tuple[Reading, ...]:
    """Return what each code in a burst of octets comes to; there may be several, one repeated.

    Args:
        burst: what came between two pauses, endings included; keys that say nothing as UNSAID.
        layout: by which keys were read; None: nothing types.
    """
    octets, parity = _without_parity(burst)
    pieces = _PIECE.findall(octets) or ([octets] if octets else [])
    return tuple(_read(piece, parity, layout) for piece in pieces)


def _read(piece: bytes, parity: tuple[Fault, ...], layout: str | None) -> Reading:
    body, suffix = _parted(piece)
    if body.startswith(_STX):
        body = body.removeprefix(_STX)
        suffix_faults: tuple[Fault, ...] = () if suffix.startswith(_ETX) else _endings(suffix)
    else:
        suffix_faults = _endings(suffix)
    # Of several the shortest, and of those the first: what is unchanged comes before what is not.
    best = min(_explanations(body, layout), key=lambda each: len(each[1]), default=None)
    if best is None:
        return _strange(body, parity, suffix)
    sample, faults = best
    return Reading(sample=sample, faults=(*parity, *faults, *suffix_faults), suffix=suffix)


def _explanations(body: bytes, layout: str | None) -> Iterator[tuple[str, tuple[Fault, ...]]]:
    for sample in _samples(layout):
        for altered, faults in alterations(sample.octets, layout=layout):
            for more in differences(body, altered):
                yield sample.name, (*faults, *more)


def _samples(layout: str | None) -> Iterable[Sample]:
    return (each for each in SAMPLES if layout is None or each.is_typeable)


def _strange(body: bytes, parity: tuple[Fault, ...], suffix: bytes) -> Reading:
    """Return what no sample explains: characters that became others, another code, or noise."""
    for sample in SAMPLES:
        if fault := replaced(body, sample.octets):
            return Reading(sample=sample.name, faults=(*parity, fault), suffix=suffix)
    printable = sum(0x20 <= octet < 0x7F for octet in body)
    is_text = bool(body) and printable >= len(body) * _TEXT_SHARE_MIN
    kind = FaultKind.OTHER_CODE if is_text else FaultKind.NOISE
    return Reading(sample="", faults=(Fault(kind=kind, detail=str(len(body))),), suffix=suffix)


def _parted(piece: bytes) -> tuple[bytes, bytes]:
    body = piece.rstrip(_ENDINGS)
    return body, piece[len(body) :]


def _endings(suffix: bytes) -> tuple[Fault, ...]:
    """Return what is wrong with what ends a code."""
    if not suffix:
        return (Fault(kind=FaultKind.TERMINATOR_MISSING),)
    for unit in _UNITS:
        if suffix == unit:
            return ()
        if suffix.replace(unit, b"") == b"":
            return (Fault(kind=FaultKind.TERMINATOR_DOUBLED, octets=suffix),)
    return (Fault(kind=FaultKind.TERMINATOR_OTHER, octets=suffix),)


def _without_parity(burst: bytes) -> tuple[bytes, tuple[Fault, ...]]:
    """Return the octets without a parity bit in their place 7, where all of them have one."""
    plain = bytes(octet & 0x7F for octet in burst)
    if plain == burst or len(burst) < 4 or not any(plain):
        return burst, ()
    odd = {octet.bit_count() % 2 for octet in burst}
    if odd == {0}:
        name = "even"
    elif odd == {1}:
        name = "odd"
    elif all(octet >= 0x80 for octet in burst):
        name = "mark"
    else:
        return burst, ()
    return plain, (Fault(kind=FaultKind.PARITY, detail=name),)
