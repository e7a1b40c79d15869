"""Every kind of scanner, told apart by `kind`."""

from typing import Annotated

from pydantic import Field

from terminal.devices.camera import CameraSettings
from terminal.devices.serial import SerialSettings

# A new kind is one file beside this one and one name here.
ScannerSettings = Annotated[CameraSettings | SerialSettings, Field(discriminator="kind")]
