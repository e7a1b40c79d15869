"""Every kind of what a lane drives and is told by, told apart by `kind`."""

from typing import Annotated

from pydantic import Field

from terminal.devices.answers import AnswerSettings
from terminal.devices.keyboard_out import KeyboardOutSettings
from terminal.devices.relay import RelaySettings
from terminal.devices.third_party import (
    DriverAnswerSettings,
    DriverContactsSettings,
    DriverGateSettings,
    DriverIndicatorSettings,
    DriverPrinterSettings,
)
from terminal.devices.virtual_serial import VirtualSerialSettings

# A new kind is one file beside this one and one name here.
GateSettings = Annotated[RelaySettings | DriverGateSettings, Field(discriminator="kind")]
AnswersSettings = Annotated[
    AnswerSettings | VirtualSerialSettings | KeyboardOutSettings | DriverAnswerSettings,
    Field(discriminator="kind"),
]
ContactsSettings = DriverContactsSettings
IndicatorSettings = DriverIndicatorSettings
PrinterSettings = DriverPrinterSettings
