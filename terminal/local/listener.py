"""One place where programs reach the terminal: its socket, its connections, its trouble."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from terminal.local.admission import Door
from terminal.local.certificates import CertificateUnusable, Files, server_context
from terminal.local.connections import LimitedProtocol
from terminal.local.limits import Limits
from terminal.local.places import Held, Places
from terminal.local.sockets import CannotListen, peer_of, prepare

log = logging.getLogger(__name__)

# The machine has no more descriptors; some come free when connections end.
_PAUSE_S = 0.5

Open = Callable[[], tuple[socket.socket, Door]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What all listeners have in common."""

    config: Config  # of uvicorn, loaded
    state: ServerState
    limits: Limits


class Listener:
    """Accepts connections while it can, and tries again while it can't."""

    def __init__(
        self,
        name: str,
        open_socket: Open,
        *,
        serving: Serving,
        most_of_peer: int,
        files: Files | None = None,
    ) -> None:
        """Prepare a listener, which `care` opens.

        Args:
            name: for the log and `status`.
            open_socket: returns a socket that listens, and how it is called.
            serving: what all listeners have in common.
            most_of_peer: connections of one peer.
            files: with which TLS is spoken; None: in clear.
        """
        self.name, self.trouble = name, ""
        self.door: Door | None = None
        self._open_socket, self._files = open_socket, files
        self._serving, self._limits = serving, serving.limits
        self.places = Places(most=serving.limits.connections_max, most_of_peer=most_of_peer)
        self._socket: socket.socket | None = None
        self._context: ssl.SSLContext | None = None
        self._stamp: tuple[int, ...] = ()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._greeting = set[asyncio.Task[None]]()

    def care(self) -> None:
        """Open what is not open, and take a certificate that was renewed; tell trouble once."""
        try:
            self._renew()
            if self._socket is None:
                self._socket, self.door = self._open_socket()
                self._loop = asyncio.get_running_loop()
                self._listen(self._socket, self.door)
                log.info("local interface: listening on %s", self.door.name)
            trouble = ""
        except (CannotListen, CertificateUnusable) as error:
            trouble = str(error)
        if trouble and trouble != self.trouble:
            log.error("local interface: %s: %s", self.name, trouble)
        self.trouble = trouble

    def close(self) -> None:
        """Take no more connections."""
        for task in self._greeting:
            task.cancel()
        if self._socket is not None and self._loop is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _renew(self) -> None:
        """Take the certificate as it is on the disk; connections that stand keep theirs."""
        if self._files is None or (self._context and self._stamp == self._files.stamp):
            return
        stamp = self._files.stamp
        self._context = server_context(self._files)
        self._stamp = stamp

    def _listen(self, listener: socket.socket, door: Door) -> None:
        """Have connections accepted from here on."""
        if self._loop is not None and listener is self._socket:
            self._loop.add_reader(listener, self._accept, listener, door)

    def _accept(self, listener: socket.socket, door: Door) -> None:
        """Accept one connection; no task that is cancelled could lose what was accepted."""
        if self._loop is None:
            raise ValueError(f"{self.name} accepts before it is opened")
        try:
            connection, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # it went before it was looked at
        except OSError as error:
            log.warning("local interface: %s: %s", self.name, error.strerror)
            self._loop.remove_reader(listener)
            self._loop.call_later(_PAUSE_S, self._listen, listener, door)
            return
        connection.setblocking(False)
        # What is taken on is looked at before the next is: else a flood would be kept whole.
        task = self._loop.create_task(self._greet(connection, address, door))
        self._greeting.add(task)
        task.add_done_callback(partial(self._greeted, connection))

    def _greeted(self, connection: socket.socket, task: asyncio.Task[None]) -> None:
        self._greeting.discard(task)
        if task.cancelled():  # before it had begun
            connection.close()

    async def _greet(self, connection: socket.socket, address: object, door: Door) -> None:
        """Take a connection on; what goes wrong before its first request is nobody's loss."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # it runs
        held = None
        try:
            held = Held(peer=peer_of(connection, address), end=task.cancel)
            if self.places.enter(held):
                prepare(connection, self._limits)
                await self._serve(connection, held, door)
            else:
                connection.close()
        except (OSError, asyncio.CancelledError):
            connection.close()
            if held is not None:
                self.places.leave(held)

    async def _serve(self, connection: socket.socket, held: Held, door: Door) -> None:
        about: dict[str, Any] = {
            "held": held,
            "places": self.places,
            "limits": self._limits,
            "door": door,
        }
        config, state = self._serving.config, self._serving.state
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: LimitedProtocol(config, state, about),
            connection,
            ssl=self._context,
            ssl_handshake_timeout=self._limits.handshake_s if self._context else None,
        )
