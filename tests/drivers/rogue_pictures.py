"""A picture process whose decoder does what the code on the picture says; run as a real process."""

import os
import socket
from collections.abc import Callable

from rogue_decode import WAYS

from drivers.camera.messages import Kind, Message, Result, parse_result, result_message
from drivers.picture_files.messages import drawn_message, file_answer, spent_note
from drivers.picture_files.picture_process import PictureProcess, serve
from drivers.reading import Look, Sign


def main(parent_pid: int, handed_over_fd: int) -> None:
    """Serve as the real one does, until a picture says otherwise."""
    serve(parent_pid, handed_over_fd, _Planted)


class _Planted(PictureProcess):
    def __init__(self, handed_over: socket.socket) -> None:
        super().__init__(handed_over)
        self._later: Message | None = None  # said in place of every further answer

    def _answer(self, message: Message) -> Message:
        answer = super()._answer(message)
        if self._later is not None:
            return self._later
        if answer.kind is Kind.RESULT:
            for reading in parse_result(answer.body).look.readings:
                WAYS.get(reading.payload, lambda: None)()
                TRIES.get(reading.payload, lambda: None)()
                self._later = LIES.get(reading.payload)
        return answer


def _open(path: str) -> Callable[[], None]:
    def attempt() -> None:
        os.close(os.open(path, os.O_RDONLY))
        os._exit(0)  # it could

    return attempt


def _write() -> None:
    os.open("/tmp/stolen", os.O_WRONLY | os.O_CREAT)  # noqa: S108  # to be refused


TRIES: dict[bytes, Callable[[], None]] = {
    b"OPEN A FILE": _open("/etc/passwd"),
    b"OPEN A FOLDER": _open("/"),
    b"OPEN ITSELF": _open("/proc/self/mem"),
    b"WRITE": _write,
}

LIES: dict[bytes, Message] = {
    b"NO DRAWING": drawn_message(0),
    b"TOO LARGE A DRAWING": Message(kind=Kind.DRAW, body=b"\xff\xff\xff\xff"),
    b"A DRAWING CUT SHORT": Message(kind=Kind.DRAW, body=b"\xff"),
    b"A FILE": file_answer(is_still=True),
    b"NO KIND OF FILE": Message(kind=Kind.FILE, body=b"\x02"),
    b"NO RESULT": Message(kind=Kind.RESULT, body=b"\x00"),
    b"NO FLAW": Message(kind=Kind.TROUBLE, body=b"\xff"),
    b"READY": Message(kind=Kind.READY),
    b"ANOTHER FRAME": result_message(
        Result(number=7, look=Look(readings=(), sign=Sign.NOTHING, note=spent_note(1)))
    ),
}
