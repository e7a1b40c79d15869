import asyncio
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from terminal.control import REQUEST_BYTES_MAX, ask, serve_control
from terminal.errors import ControlError


async def _status() -> Mapping[str, object]:
    return {"running": True, "名": "门"}


async def _import(about: str) -> Mapping[str, object]:
    return {"about": about}


def served(path: Path, look: Callable[[], object]) -> object:
    """Return what `look` finds in a thread while the socket is served."""

    async def run() -> object:
        server = await serve_control(path, {"status": _status}, {"import": _import})
        try:
            return await asyncio.to_thread(look)
        finally:
            server.close()

    return asyncio.run(run())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


def test_a_word_is_answered_by_one_object(path: Path) -> None:
    assert served(path, lambda: ask(path, "status")) == {"running": True, "名": "门"}


def test_the_socket_is_its_users_alone(path: Path) -> None:
    assert served(path, lambda: path.stat().st_mode & 0o777) == 0o600


@pytest.mark.parametrize(
    "word", ["", "STATUS", "status; rm", "ключ", "x" * (REQUEST_BYTES_MAX - 2)]
)
def test_an_unknown_word_is_said_to_be_unknown(path: Path, word: str) -> None:
    assert served(path, lambda: ask(path, word)) == {"error": "unknown request"}


@pytest.mark.parametrize("about", ['"/media/stick"', '"/a b/\\u95e8"', "x", "1 2"])
def test_a_word_may_come_with_what_it_is_about(path: Path, about: str) -> None:
    assert served(path, lambda: ask(path, "import", about)) == {"about": about}


@pytest.mark.parametrize(("word", "about"), [("import", ""), ("status", "now"), ("", "x")])
def test_a_word_with_too_much_or_too_little_is_unknown(path: Path, word: str, about: str) -> None:
    assert served(path, lambda: ask(path, word, about)) == {"error": "unknown request"}


def test_a_word_without_end_is_cut_off(path: Path) -> None:
    with pytest.raises(ControlError, match="does not answer"):
        served(path, lambda: ask(path, "x" * 100_000))


def test_no_daemon_is_no_fault(path: Path) -> None:
    assert ask(path, "status") is None


def test_the_socket_of_a_daemon_that_was_killed_is_nobody_and_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    assert ask(path, "status") is None
    assert served(path, lambda: ask(path, "status")) is not None


@pytest.mark.parametrize("reply", [b"", b"no JSON\n", b"[]\n", b"\xff\n"])
def test_an_answer_that_makes_no_sense_is_told(path: Path, reply: bytes) -> None:
    async def run() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(reply)
            writer.close()

        server = await asyncio.start_unix_server(answer, path)
        try:
            await asyncio.to_thread(ask, path, "status")
        finally:
            server.close()

    with pytest.raises(ControlError, match=str(path)):
        asyncio.run(run())


def test_a_path_too_long_for_a_socket_is_told_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / ("d" * 110)
    with pytest.raises(ControlError, match="must be a short path"):
        ask(path, "status")
    with pytest.raises(ControlError, match="must be a short path"):
        served(path, lambda: None)
