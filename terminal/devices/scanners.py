"""Every kind of scanner, told apart by `kind`."""

from typing import Annotated

from pydantic import Field

from terminal.devices.camera import CameraSettings
from terminal.devices.hid_pos import HidPosSettings
from terminal.devices.serial import SerialSettings
from terminal.devices.third_party import DriverScannerSettings
from terminal.devices.wedge import WedgeSettings

# A new kind is one file beside this one and one name here.
ScannerSettings = Annotated[
    CameraSettings | SerialSettings | WedgeSettings | HidPosSettings | DriverScannerSettings,
    Field(discriminator="kind"),
]
