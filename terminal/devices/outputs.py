"""Every kind of what a lane drives and is told by, told apart by `kind`."""

from typing import Annotated

from pydantic import Field

from terminal.devices.answers import AnswerSettings
from terminal.devices.gpio import GpioContactsSettings, GpioGateSettings, GpioLightsSettings
from terminal.devices.keyboard_out import KeyboardOutSettings
from terminal.devices.modbus import (
    ModbusContactsSettings,
    ModbusGateSettings,
    ModbusLightsSettings,
)
from terminal.devices.osdp import OsdpSettings
from terminal.devices.receipt_printer import EscposSettings
from terminal.devices.relay import RelayLightsSettings, RelaySettings
from terminal.devices.sound import SoundSettings
from terminal.devices.third_party import (
    DriverAnswerSettings,
    DriverContactsSettings,
    DriverGateSettings,
    DriverIndicatorSettings,
    DriverPrinterSettings,
)
from terminal.devices.virtual_serial import VirtualSerialSettings

# A new kind is one file beside this one and one name here.
GateSettings = Annotated[
    RelaySettings | ModbusGateSettings | GpioGateSettings | DriverGateSettings,
    Field(discriminator="kind"),
]
AnswersSettings = Annotated[
    AnswerSettings
    | VirtualSerialSettings
    | KeyboardOutSettings
    | OsdpSettings
    | DriverAnswerSettings,
    Field(discriminator="kind"),
]
ContactsSettings = Annotated[
    ModbusContactsSettings | GpioContactsSettings | DriverContactsSettings,
    Field(discriminator="kind"),
]
IndicatorSettings = Annotated[
    RelayLightsSettings
    | ModbusLightsSettings
    | GpioLightsSettings
    | SoundSettings
    | DriverIndicatorSettings,
    Field(discriminator="kind"),
]
PrinterSettings = Annotated[EscposSettings | DriverPrinterSettings, Field(discriminator="kind")]
