"""The daemon's own socket: one line in, one JSON object out; for commands on the same machine.

A line is a word, or a word, a space and what it is about, as JSON of ASCII alone.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from protocol.journal import compact
from terminal.errors import ControlError

# A path of Linux's 4,096 octets (limits.h), each escaped to six; anything longer is not ours.
REQUEST_BYTES_MAX = 32_768
# Sixteen lanes with three devices each, all in trouble, are below 20 kB.
ANSWER_BYTES_MAX = 1_048_576
_PATIENCE_S = 30.0

Handler = Callable[[], Awaitable[Mapping[str, object]]]
Taker = Callable[[str], Awaitable[Mapping[str, object]]]


async def serve_control(
    path: Path, handlers: Mapping[str, Handler], takers: Mapping[str, Taker] | None = None
) -> asyncio.Server:
    """Return a server that answers each word it knows; the socket is this user's alone.

    Args:
        path: of the socket.
        handlers: by words that stand alone.
        takers: by words that come with something; given that, JSON of anything.

    Raises:
        ControlError: the socket can't be made.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), _PATIENCE_S)
            word, space, about = line.decode("ascii", "replace").strip().partition(" ")
            handler, taker = handlers.get(word), (takers or {}).get(word)
            if space and taker is not None:
                reply = await taker(about)
            elif not space and handler is not None:
                reply = await handler()
            else:
                reply = {"error": "unknown request"}
            writer.write(compact(reply) + b"\n")
            await writer.drain()
        except (TimeoutError, ValueError, ConnectionError):
            writer.transport.abort()  # a caller that does not ask is not waited for
        except asyncio.CancelledError:
            writer.transport.abort()  # the daemon ends; Python 3.11 would log a traceback
        finally:
            writer.close()

    try:
        path.unlink(missing_ok=True)  # noqa: ASYNC240  # once, before anything is served
        server = await asyncio.start_unix_server(answer, path, limit=REQUEST_BYTES_MAX)
        path.chmod(0o600)  # noqa: ASYNC240  # as above
    except OSError as error:
        raise _unusable(path, error) from error
    return server


def _unusable(path: Path, error: OSError) -> ControlError:
    # Linux holds at most 107 octets of a socket's path (unix(7)).
    return ControlError(
        f"{path}: can't be used as socket ({error.strerror or error});"
        " terminal.state must be a short path that this user may write"
    )


def ask(path: Path, word: str, about: str = "") -> dict[str, object] | None:
    """Return the daemon's answer to `word`; None: no daemon runs here.

    Args:
        path: of the socket.
        word: what is asked.
        about: JSON of ASCII alone; empty for none.

    Raises:
        ControlError: it runs, and does not answer in time or in form.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as connection:
        connection.settimeout(_PATIENCE_S)
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except PermissionError as error:
            raise ControlError(f"{path}: {error.strerror}; run as the daemon's user") from error
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            connection.sendall(f"{word} {about}".strip().encode() + b"\n")
            with connection.makefile("rb") as file:
                reply = json.loads(file.readline(ANSWER_BYTES_MAX))
        except (OSError, ValueError) as error:
            raise ControlError(f"{path}: the daemon does not answer") from error
    if not isinstance(reply, dict):
        raise ControlError(f"{path}: the daemon's answer makes no sense")
    return reply
