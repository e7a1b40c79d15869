"""What every table of settings has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# What is handed to the system: no NUL, which ends its texts, and nothing that breaks a line.
Text = Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f]+$")]

HoldOff = Annotated[int, Field(ge=0, le=60_000)]
Baud = Annotated[int, Field(ge=300, le=4_000_000)]


class Table(BaseModel):
    """A table of the settings file: unknown keys are refused, types are not bent."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
