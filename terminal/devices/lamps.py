"""Lamps of an indicator, as the settings name them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

if TYPE_CHECKING:
    from drivers.lights import Lamp

LampName = Literal["red", "yellow", "green"]


def _distinct(lamps: Mapping[LampName, int]) -> Mapping[LampName, int]:
    if len(set(lamps.values())) < len(lamps):
        raise ValueError("two lamps have the same number; each needs its own")
    return lamps


# By colour: the number of its relay or line. One at least.
Lamps = Annotated[
    Mapping[LampName, Annotated[int, Field(ge=0)]],
    Field(min_length=1),
    AfterValidator(_distinct),
]


def by_lamp(lamps: Mapping[LampName, int]) -> "dict[Lamp, int]":
    """Return lamps as the driver knows them."""
    from drivers.lights import Lamp  # noqa: PLC0415  # when there are some

    return {Lamp(name): number for name, number in lamps.items()}
