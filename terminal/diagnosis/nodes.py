"""Which device nodes the settings name, and what each is used for."""

from dataclasses import dataclass

from drivers.camera.naming import SourceKind, full_name, kind_of
from terminal.devices.camera import CameraSettings
from terminal.diagnosis.ground import Ground

# Who owns nodes where they are not there to be asked: by Debian's udev rules, and by ours, which
# keep the daemon out of group input: who is in that reads every keyboard of the machine.
_GROUPS = (
    ("/dev/tty", "dialout"),
    ("/dev/serial/", "dialout"),
    ("/dev/video", "video"),
    ("/dev/v4l/", "video"),
    ("/dev/input/", "scan-terminal"),
    ("/dev/scan-terminal/", "scan-terminal"),
    ("/dev/hidraw", "scan-terminal"),
    ("/dev/gpiochip", "gpio"),
    ("/dev/usb/lp", "lp"),
    ("/dev/bus/usb/", "plugdev"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One node that the settings name."""

    lane: str
    name: str  # as the settings name it, below /dev
    is_camera: bool

    @property
    def is_serial(self) -> bool:
        """Return whether it is a serial line by its name."""
        return usual_group(self.name) == "dialout"


def usual_group(name: str) -> str:
    """Return the group that usually owns a node; empty where nobody can say."""
    return next((group for prefix, group in _GROUPS if name.startswith(prefix)), "")


def named_nodes(ground: Ground) -> list[Named]:
    """Return every node below /dev that a lane's devices name, each once."""
    found: dict[str, Named] = {}
    for lane in ground.settings.lane:
        for device in lane.devices:
            is_camera = isinstance(device, CameraSettings)
            name = _camera_node(device) if isinstance(device, CameraSettings) else _node(device)
            if name.startswith("/dev/"):
                named = Named(lane=lane.name, name=name, is_camera=is_camera)
                found.setdefault(name, named)
    return list(found.values())


def _camera_node(camera: CameraSettings) -> str:
    is_device = kind_of(camera.source) is SourceKind.DEVICE
    return full_name(camera.source) if is_device else ""


def _node(device: object) -> str:
    return getattr(device, "node", None) or getattr(device, "port", None) or ""
