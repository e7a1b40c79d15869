"""The doctor's look at the local interface from outside."""

import socket
from collections.abc import Iterator

from terminal.control import ask
from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.machine import is_there
from terminal.errors import ControlError
from terminal.local.checks import look_at_local
from terminal.timekeeping import system_now

# The interface takes connections at once, or not at all.
_PATIENCE_S = 2.0
_STATE, _LISTEN = 3, "0A"  # the column, and TCP_LISTEN of linux/tcp_states.h


def look_at_interface(ground: Ground) -> Iterator[Finding]:
    """Yield what is wrong with tokens and certificate; nothing where there is no interface."""
    settings = ground.settings.local
    if settings is not None:
        yield from look_at_local(settings, ground.state.clients, now=system_now())


def look_at_port(ground: Ground) -> Iterator[Finding]:
    """Yield that somebody else has the interface's port, while the daemon does not run."""
    local = ground.settings.local
    if local is None or not local.loopback or local.port not in _listening(ground):
        return
    try:
        if ask(ground.state.control, "status") is not None:
            return  # it tells of its listeners itself
    except ControlError:
        return
    what = f"port {local.port} is taken, and not by the daemon, which does not run"
    remedy = f"ss -ltnp 'sport = :{local.port}' names who has it; end it, or set local.port"
    yield fail("local.port", "local interface", what, remedy)


def look_at_socket(ground: Ground) -> Iterator[Finding]:
    """Yield whether programs can connect to the Unix socket, while the daemon runs."""
    local = ground.settings.local
    if local is None or local.socket is None or not is_there(ground.state.control):
        return
    code, check, path = "local.socket", "local interface", local.socket.path
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as line:
        line.settimeout(_PATIENCE_S)
        try:
            line.connect(path)
        except OSError as error:
            what = f"{path}: {error.strerror or error}"
            remedy = "look at path, mode and group of local.socket; who asks must be in its group"
            yield warn(code, check, what, remedy)
            return
    yield ok(code, check, f"{path} can be connected to")


def _listening(ground: Ground) -> set[int]:
    """Return the TCP ports on which somebody listens (proc(5), /proc/net/tcp)."""
    ports = set()
    for name in ("tcp", "tcp6"):
        for line in ground.machine.text(f"/proc/net/{name}").splitlines()[1:]:
            fields = line.split()
            if len(fields) > _STATE and fields[_STATE] == _LISTEN:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports
