"""`scanner.framing`: how a serial scanner marks its codes off."""

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from drivers.serial_line.octet_text import octets_of
from terminal.devices.table import Table

if TYPE_CHECKING:
    from drivers.framing.base import Framing


def _spelled(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError('write octets as a text: "CR", "1B \'Z\' CR"')  # noqa: TRY004  # pydantic's
    return octets_of(text)


# Octets as a technician spells them.
Octets = Annotated[bytes, BeforeValidator(_spelled)]
Gap = Annotated[int, Field(ge=5, le=60_000)]
_Tags = Annotated[tuple[Octets, ...], Field(strict=False, max_length=16)]


class DelimitedTable(Table):
    """Codes with an ending."""

    kind: Literal["delimited"]
    suffixes: tuple[Octets, ...] = Field(
        default=(b"\r", b"\n"), strict=False, min_length=1, max_length=8
    )
    gap_ms_max: Gap = 1_000

    def make(self, bytes_max: int) -> "Framing":
        """Return the framing."""
        from drivers.framing.delimited import Delimited  # noqa: PLC0415  # when asked for

        return Delimited(self.suffixes, bytes_max, self.gap_ms_max)


class StxEtxTable(Table):
    """Codes between a start and an end."""

    kind: Literal["stx-etx"]
    start: Octets = b"\x02"
    end: Octets = b"\x03"
    check: Literal["none", "text", "to-end", "all"] = "none"
    gap_ms_max: Gap = 1_000

    @model_validator(mode="after")
    def _look(self) -> Self:
        """Refuse here, where the path is known, what the driver would refuse."""
        self.make(1)
        return self

    def make(self, bytes_max: int) -> "Framing":
        """Return the framing."""
        from drivers.framing.stx_etx import Cover, StxEtx  # noqa: PLC0415  # when asked for

        return StxEtx(
            start=self.start,
            end=self.end,
            cover=Cover(self.check),
            line_bytes_max=bytes_max,
            gap_ms_max=self.gap_ms_max,
        )


class LengthTable(Table):
    """Frames that tell their length."""

    kind: Literal["length"]
    start: Octets = b"\x55\xaa"
    tag_bytes: int = Field(default=2, ge=0, le=8)
    length_bytes: int = Field(default=2, ge=1, le=4)
    length_order: Literal["little", "big"] = "little"
    check: Literal["none", "body", "all"] = "all"
    end: Octets | None = None
    code_tags: _Tags = ()
    gap_ms_max: Gap = 1_000

    @model_validator(mode="after")
    def _look(self) -> Self:
        """Refuse here, where the path is known, what the driver would refuse."""
        self.make(1)
        return self

    def make(self, bytes_max: int) -> "Framing":
        """Return the framing."""
        from drivers.framing.length import Layout, Length  # noqa: PLC0415  # when asked for

        layout = Layout(
            start=self.start,
            tag_bytes=self.tag_bytes,
            length_bytes=self.length_bytes,
            length_order=self.length_order,
            check=self.check,
            end=self.end or b"",
            code_tags=self.code_tags,
        )
        return Length(layout, bytes_max, self.gap_ms_max)


class SsiTable(Table):
    """Zebra's packets."""

    kind: Literal["ssi"]
    gap_ms_max: Gap = 200

    def make(self, bytes_max: int) -> "Framing":
        """Return the framing."""
        from drivers.framing.ssi import Ssi  # noqa: PLC0415  # when asked for

        return Ssi(bytes_max, self.gap_ms_max)


class IdleGapTable(Table):
    """Codes without any mark."""

    kind: Literal["idle-gap"]
    gap_ms: Gap = 50

    def make(self, bytes_max: int) -> "Framing":
        """Return the framing."""
        from drivers.framing.idle_gap import IdleGap  # noqa: PLC0415  # when asked for

        return IdleGap(self.gap_ms, bytes_max)


# A new kind is one table here and one file in drivers/framing.
FramingTable = Annotated[
    DelimitedTable | StxEtxTable | LengthTable | SsiTable | IdleGapTable,
    Field(discriminator="kind"),
]
