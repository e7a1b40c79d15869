"""What a HID device says of its input reports (USB HID 1.11, section 6.2.2).

A device may say anything: whatever it is, reading takes one pass and little memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from drivers.base import DriverError

# The kernel takes no longer one (HID_MAX_DESCRIPTOR_SIZE).
DESCRIPTOR_OCTETS_MAX = 4096
# USB high speed carries 1,024 octets a packet, and scanners send 64.
REPORT_OCTETS_MAX = 1024
# A scanner's descriptor makes 10 to 60; a composite device's a few more.
RUNS_MAX = 1024
# The kernel's own limits: HID_GLOBAL_STACK_SIZE, and the bits of one element.
_PUSHES_MAX = 4
_ELEMENT_BITS_MAX = 256

_LONG_ITEM = 0xFE
_CONSTANT = 0x01


class DescriptorError(DriverError):
    """A report descriptor that breaks the rules, or goes beyond our limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbouring elements of an input report that mean the same."""

    report_id: int  # 0: the device numbers no reports
    usage: int  # page << 16 | id
    offset_bits: int  # from the report's first octet, its number included where there is one
    size_bits: int  # of one element
    count: int  # elements, 1 or more


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDescriptor:
    """What the walk found."""

    applications: frozenset[int]  # usages of the outermost collections
    runs: tuple[Run, ...]  # of input reports, without padding
    report_octets: int  # of the longest input report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Globals:
    page: int = 0
    size_bits: int = 0
    count: int = 0
    report_id: int = 0


@dataclass(slots=True)
class _Walk:
    state: _Globals = field(default_factory=_Globals)
    pushed: list[_Globals] = field(default_factory=list)
    depth: int = 0
    # First and last usage of each item before a main item; those of few octets have no page.
    usages: list[tuple[int, int, int]] = field(default_factory=list)
    minimum: int | None = None
    applications: set[int] = field(default_factory=set)
    runs: list[Run] = field(default_factory=list)
    bits: dict[int, int] = field(default_factory=dict)  # of each input report so far


def read_descriptor(octets: bytes) -> ReportDescriptor:
    """Return what a report descriptor says of input reports.

    Raises:
        DescriptorError: it breaks the rules, or goes beyond our limits.
    """
    if len(octets) > DESCRIPTOR_OCTETS_MAX:
        raise DescriptorError(f"it is longer than {DESCRIPTOR_OCTETS_MAX} octets")
    walk = _Walk()
    for kind, tag, value, width in _items(octets):
        match kind:
            case 0:
                _main(walk, tag, value)
            case 1:
                _global(walk, tag, value)
            case 2:
                _local(walk, tag, value, width)
            case _:
                raise DescriptorError("it has an item of no known type")
    if walk.depth:
        raise DescriptorError("a collection has no end")
    if 0 in walk.bits and len(walk.bits) > 1:
        raise DescriptorError("some of its reports have numbers and others none")
    return ReportDescriptor(
        applications=frozenset(walk.applications),
        runs=tuple(walk.runs),
        report_octets=(max(walk.bits.values(), default=0) + 7) // 8,
    )


def _items(octets: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield type, tag, value and the octets of the value of each short item (6.2.2.2)."""
    place = 0
    while place < len(octets):
        prefix = octets[place]
        place += 1
        if prefix == _LONG_ITEM:
            raise DescriptorError("it has a long item, and none is defined")  # 6.2.2.3
        width = (0, 1, 2, 4)[prefix & 0x03]
        if place + width > len(octets):
            raise DescriptorError("an item is cut off")
        value = int.from_bytes(octets[place : place + width], "little")
        place += width
        yield prefix >> 2 & 0x03, prefix >> 4, value, width


def _main(walk: _Walk, tag: int, value: int) -> None:
    match tag:  # 6.2.2.4
        case 0x8:  # Input
            _input(walk, is_padding=bool(value & _CONSTANT))
        case 0xA:  # Collection
            if not walk.depth and walk.usages:
                walk.applications.add(_paged(walk.usages[0], walk.state.page)[0])
            walk.depth += 1
        case 0xC:  # End Collection
            walk.depth -= 1
            if walk.depth < 0:
                raise DescriptorError("a collection ends that did not begin")
        case 0x9 | 0xB:  # Output, Feature: reports to the device, with offsets of their own
            pass
        case _:
            raise DescriptorError("it has a main item of no known tag")
    # Local items speak of one main item (6.2.2.8).
    walk.usages.clear()
    walk.minimum = None


def _global(walk: _Walk, tag: int, value: int) -> None:
    state = walk.state
    match tag:  # 6.2.2.7
        case 0x0:
            walk.state = replace(state, page=value & 0xFFFF)
        case 0x7:
            walk.state = replace(state, size_bits=value)
        case 0x8:
            if not 0 < value <= 0xFF:
                raise DescriptorError("a report's number is outside 1..255")
            walk.state = replace(state, report_id=value)
        case 0x9:
            walk.state = replace(state, count=value)
        case 0xA:
            _push(walk)
        case 0xB:
            _pop(walk)
        case 0x1 | 0x2 | 0x3 | 0x4 | 0x5 | 0x6:  # limits and units: octets have none
            pass
        case _:
            raise DescriptorError("it has a global item of no known tag")


def _push(walk: _Walk) -> None:
    if len(walk.pushed) == _PUSHES_MAX:
        raise DescriptorError(f"it pushes more than {_PUSHES_MAX} times")
    walk.pushed.append(walk.state)


def _pop(walk: _Walk) -> None:
    if not walk.pushed:
        raise DescriptorError("it pops what was not pushed")
    walk.state = walk.pushed.pop()


def _local(walk: _Walk, tag: int, value: int, width: int) -> None:
    match tag:  # 6.2.2.8; designators, strings and delimiters say nothing about places
        case 0x0:
            walk.usages.append((value, value, width))
        case 0x1:
            walk.minimum = value
        case 0x2:
            if walk.minimum is None or value < walk.minimum:
                raise DescriptorError("a range of usages has no beginning")
            walk.usages.append((walk.minimum, value, width))
            walk.minimum = None


def _input(walk: _Walk, *, is_padding: bool) -> None:
    state = walk.state
    # A report with a number begins with it (8.1).
    offset = walk.bits.get(state.report_id, 8 if state.report_id else 0)
    if state.size_bits > _ELEMENT_BITS_MAX:
        raise DescriptorError(f"an element is larger than {_ELEMENT_BITS_MAX} bits")
    end = offset + state.size_bits * state.count
    if end > REPORT_OCTETS_MAX * 8:
        raise DescriptorError(f"a report is longer than {REPORT_OCTETS_MAX} octets")
    walk.bits[state.report_id] = end
    if is_padding or end == offset:
        return
    for usage, count in _shares(walk):
        walk.runs.append(
            Run(
                report_id=state.report_id,
                usage=usage,
                offset_bits=offset,
                size_bits=state.size_bits,
                count=count,
            )
        )
        if len(walk.runs) > RUNS_MAX:
            raise DescriptorError(f"it has more than {RUNS_MAX} fields")
        offset += state.size_bits * count


def _shares(walk: _Walk) -> Iterator[tuple[int, int]]:
    """Yield each usage and how many elements it has: one, and the last all that are left."""
    left = walk.state.count
    for place, each in enumerate(walk.usages):
        first, last = _paged(each, walk.state.page)
        for usage in range(first, last + 1):
            if not left:
                return
            is_final = usage == last and place == len(walk.usages) - 1
            count = left if is_final else 1
            yield usage, count
            left -= count


def _paged(usage: tuple[int, int, int], page: int) -> tuple[int, int]:
    """Return a range with its page: the one in force at the main item, as the kernel has it."""
    first, last, width = usage
    above = 0 if width == 4 else page << 16
    return above | first, above | last
