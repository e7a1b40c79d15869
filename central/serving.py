"""Serving until told to stop."""

import signal
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from central.app import create_app
from central.centre import Clock, system_now
from central.connections import HEAD_S, UNREAD_S, allow_connections, protocol_with
from central.errors import SiteUnusable
from central.pages.admission import Way
from central.pages.passwords import Passwords
from central.site import Site

# A fleet's reconnection after an outage; more would only wait in the kernel instead of at home.
_BACKLOG = 512

# Longer than an upload in progress takes, shorter than a service manager's patience (90 s).
_STOP_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is served only where an operator wants it."""

    has_holder_page: bool = False
    tls: tuple[Path, Path] | None = None  # certificate chain and key, PEM; None: plain HTTP

    @property
    def scheme(self) -> str:
        """Return how addresses begin."""
        return "http" if self.tls is None else "https"


def _tls(files: tuple[Path, Path]) -> dict[str, Any]:
    """Return what uvicorn wants of them, tried here: it would end in a traceback.

    Raises:
        SiteUnusable: they can't be read, or do not belong together.
    """
    certificate, key = files
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            certificate,
            key,
            password="",  # else OpenSSL asks whoever sits at the console
        )
    except (OSError, ssl.SSLError) as error:
        raise SiteUnusable(
            f"--tls-cert {certificate} and --tls-key {key} can't be used ({error}); give a chain and"
            " its key without password, both PEM"
        ) from error
    return {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)}


def serve(
    site: Site,
    *,
    host: str,
    port: int,
    announce: Callable[[str], None],
    pages_by: Way | None = None,
    options: Options | None = None,
) -> None:
    """Serve `site` until SIGTERM or SIGINT.

    Args:
        site: to serve.
        host: address to listen on.
        port: 0 takes any.
        announce: is told the URL as soon as connections are taken.
        pages_by: how operators' browsers come to their pages; None: there are none.
        options: what else is served, and how.

    Raises:
        SiteUnusable: the address can't be had.
    """
    allow_connections()
    with listening(host, port) as listener:
        options = options or Options()
        server = make_server(site, now=system_now, pages_by=pages_by, options=options)

        def stop(_: int, __: FrameType | None) -> None:
            server.should_exit = True

        # The server's own handlers stand in front of these, and hand the signal on at the end;
        # Python's would then end the process as killed, though it stopped in good order.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        address, bound = listener.getsockname()[:2]
        shown = f"[{address}]" if ":" in address else address
        announce(f"{options.scheme}://{shown}:{bound}")
        server.run(sockets=[listener])


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; connections wait in it until the server takes them.

    Raises:
        SiteUnusable: the address can't be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise SiteUnusable(
            f"can't listen on {host} port {port}: {error}; choose another --host or --port"
        ) from error
    # Inherited by every connection. asyncio sets it only on sockets that name their protocol,
    # and without it an answer's second segment waits 40 ms for the peer's delayed ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def make_server(  # noqa: PLR0913  # what a test wants otherwise, each named
    site: Site,
    *,
    now: Clock,
    head_s: float = HEAD_S,
    unread_s: float = UNREAD_S,
    pages_by: Way | None = None,
    passwords: Passwords | None = None,
    options: Options | None = None,
) -> uvicorn.Server:
    """Return a server of `site`; it writes no access log, so nobody's traces are kept.

    Args:
        site: to serve.
        now: tells the time.
        head_s: how long a request's head may take (central/connections.py).
        unread_s: how long a client may take nothing of an answer.
        pages_by: how operators' browsers come to their pages; None: there are none.
        passwords: tries theirs; by default at full cost.
        options: what else is served, and how.

    Raises:
        SiteUnusable: the certificate can't be used.
    """
    options = options or Options()
    tls = {} if options.tls is None else _tls(options.tls)
    config = uvicorn.Config(
        create_app(
            site,
            now=now,
            pages_by=pages_by,
            passwords=passwords,
            has_holder_page=options.has_holder_page,
        ),
        http=protocol_with(head_s=head_s, unread_s=unread_s),
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_S,
        **tls,
    )
    return uvicorn.Server(config)
