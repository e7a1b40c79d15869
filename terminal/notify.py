"""Telling systemd how we are (sd_notify, systemd's own protocol of one datagram)."""

import logging
import os
import socket

log = logging.getLogger(__name__)

# systemd cuts longer states; a status is one line for `systemctl status`.
STATE_BYTES_MAX = 4_096


def notify(state: str, *, environment: dict[str, str] | None = None) -> bool:
    """Send `state`, such as "READY=1"; return whether anybody listens.

    Args:
        state: lines of NAME=value, UTF-8.
        environment: where NOTIFY_SOCKET is looked up; the process's own by default.

    Raises:
        OSError: the socket named is not there any more.
    """
    address = (os.environ if environment is None else environment).get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.sendto(state.encode()[:STATE_BYTES_MAX], address)
    return True


def tell_systemd(state: str) -> None:
    """Send `state`, if anybody listens; lanes serve without, so one who went away is logged."""
    try:
        notify(state)
    except OSError as error:
        log.warning("systemd does not listen: %s", error.strerror)
