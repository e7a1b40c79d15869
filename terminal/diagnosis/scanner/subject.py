"""The scanner that is looked at: how it is heard, and what its table must say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from drivers.clock import monotonic_ms
from drivers.framing.base import Frame
from terminal.devices.hid_pos import HidPosSettings
from terminal.devices.scanners import ScannerSettings
from terminal.devices.serial import SerialSettings
from terminal.devices.wedge import WedgeSettings
from terminal.diagnosis.scanner.advice import (
    SERIAL_KEYS,
    WEDGE_KEYS,
    serial_table,
    wedge_table,
)
from terminal.diagnosis.scanner.faults import FaultKind, Reading
from terminal.diagnosis.scanner.listening import Ear, HidPosEar, SerialEar, WedgeEar
from terminal.diagnosis.scanner.samples import SAMPLES
from terminal.errors import UsageError

# As scanners leave their makers, the commonest first.
BAUDS = (115_200, 9_600, 57_600, 38_400, 19_200, 4_800, 2_400)

# What the table of a scanner that types can make good.
_BORNE = frozenset(
    {
        FaultKind.LAYOUT,
        FaultKind.UPPER,
        FaultKind.LOWER,
        FaultKind.SWAPPED,
        FaultKind.TERMINATOR_MISSING,
        FaultKind.TERMINATOR_DOUBLED,
    }
)
_ADAPTER: TypeAdapter[ScannerSettings] = TypeAdapter(ScannerSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One burst, and what its codes come to."""

    burst: bytes
    readings: tuple[Reading, ...]
    baud: int | None  # None: not of a serial line


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One way of hearing a scanner."""

    table: Mapping[str, Any]  # as the settings have it
    decided: tuple[str, ...]  # keys that the advice decides; the others stay
    layout: str | None  # by which keys are read; None: nothing types
    baud: int | None  # at which a serial line is set to run; None: there is no line
    bauds: tuple[int | None, ...]  # in the order in which they are tried
    hear: Callable[[int | None], Ear]
    advise: Callable[[Sequence[Heard]], dict[str, Any]]

    def advised(self, heard: Sequence[Heard]) -> dict[str, Any]:
        """Return the whole table for what was heard; as it was, where nothing was recognised."""
        if not any(reading.is_known for each in heard for reading in each.readings):
            return dict(self.table)
        kept = {key: value for key, value in self.table.items() if key not in self.decided}
        return kept | self.advise(heard)


def subject_of(table: Mapping[str, Any], bauds: Sequence[int] = ()) -> Subject:
    """Return how the scanner of a table is heard.

    Args:
        table: of the settings.
        bauds: those to be tried on a serial line; without any, its own and then the usual ones.

    Raises:
        UsageError: its kind can't be looked at so, or the table can't be used.
    """
    try:
        settings = _ADAPTER.validate_python(dict(table))
    except ValidationError as error:
        raise UsageError(
            f"the scanner's table can't be used: {error.errors()[0]['msg']}"
        ) from error
    match settings:
        case SerialSettings():
            return _serial(settings, table, bauds)
        case WedgeSettings():
            return _wedge(settings, table)
        case HidPosSettings():
            return _hid_pos(settings, table)
        case _:
            raise UsageError(
                f"doctor scanner is for scanners that decode by themselves; this one is of kind"
                f" {settings.kind}: `scan-terminal aim` looks at it"
            )


def _serial(settings: SerialSettings, table: Mapping[str, Any], bauds: Sequence[int]) -> Subject:
    own = settings.line
    usual = SerialSettings(kind="serial", port=settings.port, preset=settings.preset).line.baud

    def hear(baud: int | None) -> Ear:
        line = replace(own, baud=baud or own.baud, data_bits=8, parity="none")
        return SerialEar(settings.port, line, monotonic_ms)

    def advise(heard: Sequence[Heard]) -> dict[str, Any]:
        known = [each for each in heard if any(one.is_known for one in each.readings)]
        return serial_table(
            [one for each in known for one in each.readings if one.is_known],
            baud=known[-1].baud or own.baud,
            usual_baud=usual,
            is_stx=all(each.burst[:1] == b"\x02" for each in known),
        )

    return Subject(
        table=table,
        decided=SERIAL_KEYS,
        layout=None,
        baud=own.baud,
        bauds=tuple(bauds) or tuple(dict.fromkeys((own.baud, *BAUDS))),
        hear=hear,
        advise=advise,
    )


def _wedge(settings: WedgeSettings, table: Mapping[str, Any]) -> Subject:
    def advise(heard: Sequence[Heard]) -> dict[str, Any]:
        readings = [one for each in heard for one in each.readings if one.is_known]
        return wedge_table(readings, layout=settings.layout)

    return Subject(
        table=table,
        decided=WEDGE_KEYS,
        layout=settings.layout,
        baud=None,
        bauds=(None,),
        hear=lambda _: WedgeEar(settings.device, settings.layout, monotonic_ms),
        advise=advise,
    )


def _hid_pos(settings: HidPosSettings, table: Mapping[str, Any]) -> Subject:
    return Subject(
        table=table,
        decided=(),
        layout=None,
        baud=None,
        bauds=(None,),
        hear=lambda _: HidPosEar(settings.device, monotonic_ms),
        advise=lambda _: {},
    )


def is_proven(table: Mapping[str, Any], heard: Sequence[Heard]) -> bool:
    """Return whether with this table every recognised sample comes out as it was shown.

    A serial line's own octets are read again by its framing and content; of a scanner that types
    the faults must be those that its table makes good.
    """
    readings = [reading for each in heard for reading in each.readings if reading.is_known]
    settings = _ADAPTER.validate_python(dict(table))
    if not readings:
        return False
    if isinstance(settings, SerialSettings):
        wanted = [_sample(reading) for reading in readings]
        found = list(_read_again(settings, heard))
        return _told(wanted, is_upper=settings.upper) == _told(found, is_upper=settings.upper)
    kinds = {fault.kind for reading in readings for fault in reading.faults}
    return kinds <= (_BORNE if isinstance(settings, WedgeSettings) else frozenset())


def _told(codes: Sequence[bytes], *, is_upper: bool) -> list[bytes]:
    return [code.upper() if is_upper else code for code in codes]


def _sample(reading: Reading) -> bytes:
    return next(each.octets for each in SAMPLES if each.name == reading.sample)


def _read_again(settings: SerialSettings, heard: Sequence[Heard]) -> Iterator[bytes]:
    """Yield what a driver of these settings hands over for what was heard."""
    framing, content = settings.reading()
    mask = 0x7F if settings.data_bits == 7 else 0xFF
    for number, each in enumerate(heard):
        if not any(reading.is_known for reading in each.readings):
            continue
        at_ms = number * 120_000  # further apart than any framing waits
        octets = bytes(octet & mask for octet in each.burst)
        pause = framing.receive(octets, at_ms), framing.receive(b"", at_ms + 60_000)
        for outcome in (outcome for outcomes in pause for outcome in outcomes):
            if isinstance(outcome, Frame):
                payload = content.read(outcome.payload)
                yield payload if isinstance(payload, bytes) else b""
