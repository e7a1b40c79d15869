"""Every kind of gate and of answer line, told apart by `kind`."""

from typing import Annotated

from pydantic import Field

from terminal.devices.answers import AnswerSettings
from terminal.devices.relay import RelaySettings
from terminal.devices.third_party import DriverAnswerSettings, DriverGateSettings

GateSettings = Annotated[RelaySettings | DriverGateSettings, Field(discriminator="kind")]
AnswersSettings = Annotated[AnswerSettings | DriverAnswerSettings, Field(discriminator="kind")]
