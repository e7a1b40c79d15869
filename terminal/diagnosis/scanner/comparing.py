"""How what came differs from what was sent: before, behind, cut, stripped, doubled, lost. Pure."""

import re
from collections.abc import Iterator

from drivers.serial_line.content import Aim, Content
from terminal.diagnosis.scanner.faults import Fault, FaultKind

# So much of a sample must be there to be known by: `ST1:` and a part of what follows.
KNOWN_OCTETS_MIN = 8
# A maker's preamble, its code id, an AIM prefix and an ECI escape together are shorter.
LEAD_OCTETS_MAX = 32
# Of a code that lost more in the middle, nobody can tell which it was.
_LOST_SHARE_MAX = 0.4

# As drivers/serial_line/content.py takes them off; letters also as CapsLock turns them.
_LEAD = re.compile(rb"(?P<own>.*?)(?P<aim>\][A-Za-z][0-9A-Za-z])?(?P<eci>\\[0-9]{6})?", re.DOTALL)

Faults = tuple[Fault, ...]


def differences(body: bytes, target: bytes) -> Iterator[Faults]:
    """Yield each way in which `body` can have come of `target`; nothing: it did not."""
    if len(body) < KNOWN_OCTETS_MIN:
        return
    begin = body.find(target)
    if begin >= 0:
        trail = body[begin + len(target) :]
        if begin <= LEAD_OCTETS_MAX and len(trail) <= LEAD_OCTETS_MAX:
            yield (*lead_faults(body[:begin]), *_trail(trail))
        return
    begin = body.find(target[:KNOWN_OCTETS_MIN])
    if 0 <= begin <= LEAD_OCTETS_MAX:
        rest = body[begin:]
        yield from _with(lead_faults(body[:begin]), _cut(rest, target))
        yield from _with(lead_faults(body[:begin]), _doubled(rest, target))
        yield from _with(lead_faults(body[:begin]), _lost(rest, target))
    elif target.endswith(body):
        count = len(target) - len(body)
        yield (Fault(kind=FaultKind.STRIPPED, detail=str(count)),)
    else:
        yield from _doubled(body, target)


def lead_faults(lead: bytes) -> Faults:
    """Return what stands before a code: a preamble, an AIM prefix, an ECI escape."""
    found = _LEAD.fullmatch(lead)
    if found is None:
        raise ValueError("the pattern fits whatever there is")
    kinds = (("own", FaultKind.LEAD), ("aim", FaultKind.AIM), ("eci", FaultKind.ECI))
    return tuple(
        Fault(kind=kind, octets=found[name], detail=found[name].decode("ascii", "replace"))
        for name, kind in kinds
        if found[name]
    )


def _with(lead: Faults, more: Iterator[Faults]) -> Iterator[Faults]:
    return ((*lead, *each) for each in more)


def _trail(octets: bytes) -> Faults:
    return (Fault(kind=FaultKind.TRAIL, octets=octets),) if octets else ()


def _cut(rest: bytes, target: bytes) -> Iterator[Faults]:
    if len(rest) < len(target) and target.startswith(rest):
        is_nul = target[len(rest)] == 0
        kind = FaultKind.CUT_NUL if is_nul else FaultKind.CUT
        yield (Fault(kind=kind, detail=str(len(rest))),)


def _doubled(body: bytes, target: bytes) -> Iterator[Faults]:
    """Yield that octets came twice or more often, and nothing else is wrong."""
    place, extra = 0, 0
    for octet in body:
        if place < len(target) and octet == target[place]:
            place += 1
        elif place and octet == target[place - 1]:
            extra += 1
        else:
            return
    if place == len(target) and extra:
        yield (Fault(kind=FaultKind.DOUBLED, detail=str(extra)),)


def _lost(rest: bytes, target: bytes) -> Iterator[Faults]:
    """Yield that octets in the middle are missing, and nothing else is wrong."""
    rests = iter(target)
    count = len(target) - len(rest)
    if not 0 < count <= len(target) * _LOST_SHARE_MAX or rest[-4:] != target[-4:]:
        return
    if all(octet in rests for octet in rest):
        yield (Fault(kind=FaultKind.LOST, detail=str(count)),)


def replaced(body: bytes, target: bytes) -> Fault | None:
    """Return that some characters always became others, most being right; None: they did not."""
    if len(body) != len(target):
        return None
    pairs = {(was, now) for was, now in zip(target, body, strict=True) if was != now}
    is_rule = len({was for was, _ in pairs}) == len(pairs)
    kept = sum(was == now for was, now in zip(target, body, strict=True))
    if not pairs or not is_rule or kept < len(target) / 2:
        return None
    told = ", ".join(f"{_shown(was)} is {_shown(now)}" for was, now in sorted(pairs))
    return Fault(kind=FaultKind.REPLACED, detail=told)


def _shown(octet: int) -> str:
    return repr(chr(octet)) if 0x20 <= octet < 0x7F else f"{octet:02X}"


def carries_eci(aim: bytes) -> bool:
    """Return whether an AIM prefix says by itself that ECI escapes follow."""
    escaped = Content(aim=Aim.STRIP).read(aim + rb"\000026x")
    return escaped == b"x"
