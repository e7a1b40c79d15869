"""The daemon's own socket: one word in, one JSON object out; for commands on the same machine."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from protocol.journal import compact
from terminal.errors import ControlError

# A word and a line feed; anything longer is not ours.
REQUEST_BYTES_MAX = 64
# Sixteen lanes with three devices each, all in trouble, are below 20 kB.
ANSWER_BYTES_MAX = 1_048_576
_PATIENCE_S = 30.0

Handler = Callable[[], Awaitable[Mapping[str, object]]]


async def serve_control(path: Path, handlers: Mapping[str, Handler]) -> asyncio.Server:
    """Return a server that answers each word of `handlers`; the socket is this user's alone.

    Raises:
        ControlError: the socket can't be made.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            word = await asyncio.wait_for(reader.readline(), _PATIENCE_S)
            handler = handlers.get(word.decode("ascii", "replace").strip())
            reply = {"error": "unknown request"} if handler is None else await handler()
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


def ask(path: Path, word: str) -> dict[str, object] | None:
    """Return the daemon's answer to `word`; None: no daemon runs here.

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
            connection.sendall(word.encode() + b"\n")
            with connection.makefile("rb") as file:
                reply = json.loads(file.readline(ANSWER_BYTES_MAX))
        except (OSError, ValueError) as error:
            raise ControlError(f"{path}: the daemon does not answer") from error
    if not isinstance(reply, dict):
        raise ControlError(f"{path}: the daemon's answer makes no sense")
    return reply
