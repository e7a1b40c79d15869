"""`scanner.kind = "serial"`: a scanner on a serial line."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from drivers.base import PAYLOAD_BYTES_MAX, Scanner
from drivers.clock import monotonic_ms
from drivers.serial_line.saving import saves
from terminal.devices.framings import FramingTable, Octets
from terminal.devices.ports import port_findings
from terminal.devices.table import Baud, HoldOff, Table, Text
from terminal.diagnosis.finding import Finding

if TYPE_CHECKING:
    from drivers.framing.base import Framing
    from drivers.serial_line.answers import Answer
    from drivers.serial_line.commands import Commands
    from drivers.serial_line.content import Content
    from drivers.serial_line.presets import Preset
    from drivers.serial_port import Line

_Action = Literal[
    "trigger_on",
    "trigger_off",
    "light_on",
    "light_off",
    "aim_on",
    "aim_off",
    "beep_ok",
    "beep_deny",
    "led_ok",
    "led_deny",
]


def _unsaved(octets: bytes) -> bytes:
    if why := saves(octets):
        raise ValueError(why)
    return octets


_Command = Annotated[Octets, AfterValidator(_unsaved)]
_Actions = Annotated[tuple[_Action, ...], Field(strict=False, max_length=4)]
_Templates = Annotated[tuple[Octets, ...], Field(strict=False, max_length=16)]
_Inits = Annotated[tuple[_Command, ...], Field(strict=False, max_length=16)]
_BAUD = 115_200
_BINARY_BITS = 8


class AnswerTable(Table):
    """What a scanner says to a command."""

    begin: Octets
    bytes: int = Field(default=0, ge=0, le=512)
    end: Octets | None = None

    @model_validator(mode="after")
    def _look(self) -> Self:
        """Refuse here, where the path is known, what the driver would refuse."""
        self.make()
        return self

    def make(self) -> "Answer":
        """Return what it looks like."""
        from drivers.serial_line.answers import Answer  # noqa: PLC0415  # when asked for

        return Answer(begin=self.begin, size=self.bytes, end=self.end or b"")


class SerialSettings(Table):
    """A scanner on a serial line."""

    kind: Literal["serial"]
    port: Text
    preset: (
        Literal["honeywell", "zebra-ssi", "newland", "datalogic", "opticon", "gm65", "vbar"] | None
    ) = None

    baud: Baud | None = None  # None: the preset's, or 115200
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd", "mark", "space"] = "none"
    stop_bits: Literal[1, 2] = 1
    flow: Literal["none", "rts-cts", "xon-xoff"] = "none"
    dtr: bool = True
    rts: bool = True

    framing: FramingTable | None = None  # None: the preset's, or CR and LF
    bytes_min: int = Field(default=1, ge=1, le=PAYLOAD_BYTES_MAX)
    bytes_max: int = Field(default=4_096, ge=1, le=PAYLOAD_BYTES_MAX)
    acknowledge: Literal["none", "ack"] = "none"

    preambles: _Templates = ()
    code_id_bytes: int = Field(default=0, ge=0, le=16)
    aim: Literal["none", "strip", "require"] = "none"
    eci: bool = False
    content: Literal["octets", "hex", "base64"] = "octets"
    upper: bool = False
    hold_off_ms: HoldOff = 1_000

    init: _Inits = ()
    actions: Mapping[_Action, _Command] = Field(default_factory=dict)
    at_start: _Actions = ()
    at_stop: _Actions = ()
    trigger_ms: int = Field(default=0, ge=0, le=600_000)
    signal: bool = False
    octet_pause_ms: int | None = Field(default=None, ge=0, le=100)
    heartbeat_s: int = Field(default=0, ge=0, le=86_400)
    query: _Command | None = None
    answers: tuple[AnswerTable, ...] = Field(default=(), strict=False, max_length=8)

    @model_validator(mode="after")
    def _look(self) -> Self:
        """Refuse at the start what the driver would refuse."""
        self._commands()
        self._look_at_line(self._framing())
        if self.bytes_min > self.bytes_max:
            raise ValueError("bytes_min is above bytes_max")
        return self

    def _look_at_line(self, framing: "Framing") -> None:
        """Refuse what can't go together on a line."""
        if framing.is_binary and (self.data_bits != _BINARY_BITS or self.flow == "xon-xoff"):
            raise ValueError("framing has octets that data_bits = 7 or flow = xon-xoff take away")
        if framing.acknowledges and self.acknowledge != "none":
            raise ValueError("acknowledge is none with framing ssi, which acknowledges by itself")
        if self.heartbeat_s and not framing.has_messages and not self._answers():
            raise ValueError(
                "heartbeat_s needs answers: what the scanner says would be taken for codes"
            )

    def make(self) -> Scanner:
        """Return the driver, not yet started."""
        from drivers.serial_line.scanner import (  # noqa: PLC0415  # when there is one
            Acknowledge,
            SerialScanner,
        )

        return SerialScanner(
            port=self.port,
            line=self._line(),
            framing=self._framing(),
            content=self._content(),
            commands=self._commands(),
            acknowledge=Acknowledge(self.acknowledge),
            hold_off_ms=self.hold_off_ms,
            monotonic_ms=monotonic_ms,
        )

    def reading(self) -> "tuple[Framing, Content]":
        """Return how codes are cut out of the stream, and their octets out of a line."""
        return self._framing(), self._content()

    @property
    def line(self) -> "Line":
        """Return how the port is set up."""
        return self._line()

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        yield from port_findings(check, self.port)

    def _preset(self) -> "Preset":
        from drivers.serial_line.presets import PRESETS, Preset  # noqa: PLC0415  # when there is one

        return Preset() if self.preset is None else PRESETS[self.preset]

    def _line(self) -> "Line":
        from drivers.serial_port import Line  # noqa: PLC0415  # when there is one

        return Line(
            baud=self.baud or self._preset().baud or _BAUD,
            data_bits=self.data_bits,
            parity=self.parity,
            stop_bits=self.stop_bits,
            flow=self.flow,
            dtr=self.dtr,
            rts=self.rts,
        )

    def _framing(self) -> "Framing":
        if self.framing is None:
            return self._preset().framing(self.bytes_max)
        return self.framing.make(self.bytes_max)

    def _answers(self) -> "tuple[Answer, ...]":
        return tuple(answer.make() for answer in self.answers) or self._preset().answers

    def _content(self) -> "Content":
        from drivers.serial_line.content import (  # noqa: PLC0415  # when there is one
            Aim,
            Content,
            Encoding,
        )

        return Content(
            preambles=self.preambles,
            code_id_bytes=self.code_id_bytes,
            aim=Aim(self.aim),
            is_eci=self.eci,
            encoding=Encoding(self.content),
            is_upper=self.upper,
            bytes_min=self.bytes_min,
        )

    def _commands(self) -> "Commands":
        from drivers.serial_line.commands import (  # noqa: PLC0415  # when there is one
            Action,
            Commands,
        )

        preset = self._preset()
        query = self.query or preset.query
        if self.heartbeat_s and not query:
            raise ValueError("heartbeat_s needs a query that the scanner answers")
        own = {Action(name): octets for name, octets in self.actions.items()}
        pause_ms = self.octet_pause_ms
        return Commands(
            actions={**preset.actions, **own},
            init=self.init,
            at_start=tuple(Action(name) for name in self.at_start),
            at_stop=tuple(Action(name) for name in self.at_stop),
            trigger_ms=self.trigger_ms,
            has_signal=self.signal,
            octet_pause_ms=preset.octet_pause_ms if pause_ms is None else pause_ms,
            query=query,
            query_ms=self.heartbeat_s * 1_000,
            answers=self._answers(),
        )
