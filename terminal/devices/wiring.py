"""Contacts of a lane, as the settings connect them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from drivers.base import Contact
from terminal.devices.sharing import SharedTable

if TYPE_CHECKING:
    from drivers.contacts import Wire

ContactName = Literal["passage", "passage-back", "release", "obstructed"]

# A contact bounces for up to 20 ms; half a second would swallow a turnstile's whole signal.
SettleMs = Annotated[int, Field(ge=0, le=500)]
Inverted = Annotated[tuple[ContactName, ...], Field(strict=False, max_length=len(Contact))]


class WiredTable(SharedTable):
    """Contacts at numbered inputs."""

    # By contact: the number of its input or line. One at least.
    inputs: Annotated[Mapping[ContactName, Annotated[int, Field(ge=0)]], Field(min_length=1)]
    inverted: Inverted = ()
    settle_ms: SettleMs = 30

    @model_validator(mode="after")
    def _look(self) -> Self:
        """Refuse an inverted contact that is not connected, and two at one input."""
        if unknown := set(self.inverted) - set(self.inputs):
            raise ValueError(f"inverted names {min(unknown)}, which is not among inputs")
        if len(set(self.inputs.values())) < len(self.inputs):
            raise ValueError("two contacts have the same input; each needs its own")
        return self

    @property
    def connected(self) -> frozenset[Contact]:
        """Return which contacts there are."""
        return frozenset(Contact(name) for name in self.inputs)

    def wires(self) -> "dict[Contact, Wire]":
        """Return where each contact is connected."""
        from drivers.contacts import Wire  # noqa: PLC0415  # when there are some

        return {
            Contact(name): Wire(number=number, is_inverted=name in self.inverted)
            for name, number in self.inputs.items()
        }
