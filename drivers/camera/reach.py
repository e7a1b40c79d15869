"""What a capture process may reach by name: its camera, and what looking up a host takes."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from drivers.camera.landlock import Reach
from drivers.camera.naming import SourceKind, full_name, kind_of

# Python reads a module or a table of characters late, and tells faults by the source's lines.
_PROGRAM = (Path("/usr"), Path("/lib"), Path("/lib64"), Path("/proc/self"))
# resolv.conf is often a link to what another program writes there.
_NAMES = (
    *(Path("/etc") / name for name in ("hosts", "resolv.conf", "nsswitch.conf", "host.conf")),
    *(Path("/etc") / name for name in ("gai.conf", "services", "protocols", "ssl", "localtime")),
    *(Path("/run/systemd/resolve"), Path("/run/NetworkManager"), Path("/run/resolvconf")),
)
_DEVICES = (Path("/dev/null"), Path("/dev/urandom"), Path("/dev/random"))
_DNS_PORT = 53
_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322, "rtmp": 1935}


def reach_of(source: str) -> Reach:
    """Return what the capture process of a source needs, and no file of the terminal's.

    A stream's process may connect to the one port of its address, on whatever host a name turns
    out to be, and ask for names.
    """
    program = (*_PROGRAM, *_DEVICES, *map(Path, filter(None, sys.path)))
    match kind_of(source):
        case SourceKind.DEVICE:
            # The node alone: the gate's relay board and the keyboards are in /dev, too. One that is
            # plugged in anew has another node, and gets another process.
            return Reach(read=(*program, Path("/sys")), use=(Path(full_name(source)),))
        case SourceKind.FILE:
            return Reach(read=(*program, Path(source).parent))  # it may be put there later
        case SourceKind.STREAM:
            return Reach(read=(*program, *_NAMES), ports=(_DNS_PORT, *_port_of(source)))


def _port_of(source: str) -> tuple[int, ...]:
    """Return the address's port, its scheme's own if it names none; none if that can't be told."""
    try:
        parts = urlsplit(source)
        port = parts.port
    except ValueError:
        return ()
    port = _PORTS.get(parts.scheme.lower(), 0) if port is None else port
    return (port,) if port else ()
