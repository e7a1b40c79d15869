"""Sockets that listen, and whom they hear from."""

import os
import shutil
import socket
import stat
import struct
from contextlib import suppress
from ipaddress import IPv6Address
from pathlib import Path

from terminal.errors import TerminalError
from terminal.local.limits import Limits

# Connections that wait in the kernel. Beyond it an honest program's would be tried again a second
# later; at some 0.3 ms for each this is a wait of 0.2 s behind a flood.
_BACKLOG = 512
_UCRED = struct.Struct("3i")  # unix(7): pid, uid, gid
# One machine has a whole network of such addresses to choose from (RFC 4291, 2.5.1).
_SITE_OCTETS = 8


class CannotListen(TerminalError):  # noqa: N818  # the condition is the name
    """An address or path can't be had; the text says why, and what to do."""


def tcp_listener(address: str, port: int) -> socket.socket:
    """Return a socket that listens on one address.

    Raises:
        CannotListen: it is taken, or not this machine's.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise CannotListen(
            f"can't listen on {address} port {port} ({error.strerror});"
            " see who has it with ss -ltnp, or name another in [local]"
        ) from error
    listener.setblocking(False)
    return listener


def unix_listener(path: Path, *, mode: int, group: str | None) -> socket.socket:
    """Return a socket that listens at `path`, for whom mode and group let in.

    Raises:
        CannotListen: the folder or group is not there, or something else is at `path`.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        if path.is_socket():
            path.unlink()  # of a daemon that ended without a word; ours is the only one
        # Nobody else may connect before the mode is right: the daemon's umask takes it all away.
        listener.bind(str(path))
        if group is not None:
            shutil.chown(path, group=group)
        path.chmod(mode)
        listener.listen(_BACKLOG)
    except (OSError, LookupError) as error:
        listener.close()
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CannotListen(
            f"{path}: can't be used as socket ({what}); local.socket wants a folder that the"
            " daemon's user may write, and a group that it is in"
        ) from error
    listener.setblocking(False)
    return listener


def remove_socket(path: Path) -> None:
    """Take a socket's name away, where it is there."""
    with suppress(OSError):  # the folder went first
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            path.unlink()


def prepare(connection: socket.socket, limits: Limits) -> None:
    """Set what a connection of ours has: no waiting for more, and an end when the peer is dead."""
    if connection.family == socket.AF_UNIX:
        return
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    unread_ms = int(limits.unread_s * 1_000)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unread_ms)


def peer_of(connection: socket.socket, address: object) -> str:
    """Return who is at the other end: a user of this machine, or an address.

    Raises:
        OSError: he has gone.
    """
    if connection.family == socket.AF_UNIX:
        octets = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        pid, uid, _ = _UCRED.unpack(octets)
        return f"user {uid}" if pid else "another user"
    host = str(address[0]) if isinstance(address, tuple) else ""
    if ":" not in host or host == "::1":
        return host
    site = IPv6Address(host.partition("%")[0]).packed[:_SITE_OCTETS]
    return str(IPv6Address(site + bytes(16 - _SITE_OCTETS))) + "/64"
