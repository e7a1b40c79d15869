"""Files of strangers as a command reads them: in a process that can do nothing else.

The command itself loads no library that looks at pictures. What a file does to the process costs
that file: the next is looked at by another process.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from types import TracebackType
from typing import Self, TypeVar

from drivers.base import DriverError
from drivers.camera.child_process import ChildEndedError
from drivers.camera.health import Failure
from drivers.camera.messages import Kind, MalformedMessage, Message
from drivers.picture_files.flaws import flaw_words
from drivers.picture_files.messages import (
    DRAWING_BYTES_MAX,
    FrameLook,
    draw_message,
    file_message,
    parse_drawn,
    parse_file_answer,
    parse_flaw,
    parse_frame_look,
)
from drivers.picture_files.questioned import Questioned
from drivers.picture_files.regular import opened

# What one look may cost in CPU time. The dearest honest photograph, 48 megapixels with every rung
# of the ladder, takes some 5 s on a slow core; a picture made for it keeps an engine busy for many
# minutes.
LOOK_CPU_MS_MAX = 30_000
# An answer that takes so many times as long has not the machine's load to blame: the process
# waits for something, or was taken over.
SILENT_TIMES_MAX = 4

_T = TypeVar("_T")


class PictureReader:
    """Reads files one after the other; a context manager, used by one thread.

    Args:
        look_cpu_ms_max: what opening a file, each look and each drawing may cost.
        start: starts what reads.

    Attributes:
        missing: what this machine lacks for the whole ladder, each with its remedy.

    Raises:
        DriverError: pictures can't be looked at here; the words carry the remedy.
    """

    def __init__(
        self,
        *,
        look_cpu_ms_max: int = LOOK_CPU_MS_MAX,
        start: Callable[[], Questioned] = Questioned,
    ) -> None:
        self._look_cpu_ms_max, self._start = look_cpu_ms_max, start
        self._process: Questioned | None = start()
        self.missing = self._process.missing

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._bury()

    @contextmanager
    def open(self, path: str) -> Iterator["OpenedFile"]:
        """Give what is in a file; it can be asked until another is opened.

        Raises:
            DriverError: no file, no picture, or one that ended its process; the words name it.
        """
        with opened(path) as fd:
            if self._process is None:
                self._process = self._start()
            question = file_message(self._look_cpu_ms_max)
            is_still = self.ask(path, question, _read_file_answer, handing_over=fd)
            yield OpenedFile(self, path, is_still=is_still)

    def ask(
        self,
        path: str,
        question: Message,
        read: Callable[[Message], _T],
        *,
        handing_over: int | None = None,
    ) -> _T:
        """Return the answer to a question about the open file; for OpenedFile.

        Args:
            path: names the file in what is raised.
            question: one that is answered by one message.
            read: takes the answer, may raise MalformedMessage.
            handing_over: the descriptor that the question is about.

        Raises:
            DriverError: the file gives none, or ended its process.
        """
        if self._process is None:
            raise ValueError("the process has ended, and its file with it")
        try:
            answer = self._process.ask(
                question,
                handing_over=handing_over,
                within_ms=self._look_cpu_ms_max * SILENT_TIMES_MAX,
            )
            if answer.kind is not Kind.TROUBLE:
                return read(answer)
            flaw = parse_flaw(answer.body)
        except ChildEndedError as fault:
            self._bury()
            ending = fault.ending
            raise DriverError(_ending_words(path, ending.failure, ending.words)) from fault
        except MalformedMessage as fault:
            self._bury()
            raise DriverError(_ending_words(path, Failure.NONSENSE, str(fault))) from fault
        raise DriverError(flaw_words(flaw, path))

    def _bury(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


class OpenedFile:
    """The file that is open in a reader's process.

    Attributes:
        is_still: it is one image; else a video.
    """

    def __init__(self, reader: PictureReader, path: str, *, is_still: bool) -> None:
        self._reader, self._path, self.is_still = reader, path, is_still

    def frames(self) -> Iterator[FrameLook]:
        """Yield what is made of each frame, when it is asked for.

        Raises:
            DriverError: there are no more that can be read.
        """
        question = Message(kind=Kind.FILL)
        for number in count():
            frame = self._ask(question, partial(_read_frame, number))
            if frame is None:
                return
            yield frame
            if self.is_still:
                return

    def drawing(self, suffix: str, *, with_text: bool) -> bytes:
        """Return the frame that was looked at last, with what was found on it drawn.

        Args:
            suffix: one of SUFFIXES: the kind of file.
            with_text: also what codes say.

        Raises:
            DriverError: it can't be had.
        """
        memory_fd = os.memfd_create("drawing", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(memory_fd, DRAWING_BYTES_MAX)
            # Whoever fills it can't make it grow, and all that it takes is freed with it.
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
            fcntl.fcntl(memory_fd, fcntl.F_ADD_SEALS, seals)
            question = draw_message(suffix, with_text=with_text)
            length = self._ask(question, _read_drawn, handing_over=memory_fd)
            octets = os.pread(memory_fd, length, 0)
        finally:
            os.close(memory_fd)
        if not octets:
            raise DriverError(f"{self._path} can't be drawn as {suffix}: name a .png")
        return octets

    def _ask(
        self,
        question: Message,
        read: Callable[[Message], _T],
        *,
        handing_over: int | None = None,
    ) -> _T:
        return self._reader.ask(self._path, question, read, handing_over=handing_over)


def _read_file_answer(answer: Message) -> bool:
    _check(answer, Kind.FILE)
    return parse_file_answer(answer.body)


def _read_frame(number: int, answer: Message) -> FrameLook | None:
    """Return the frame of that number; None: there are no more."""
    if answer.kind is Kind.END:
        return None
    _check(answer, Kind.RESULT)
    frame = parse_frame_look(answer.body)
    if frame.number != number:
        raise MalformedMessage(f"frame {frame.number} for {number}")
    return frame


def _read_drawn(answer: Message) -> int:
    _check(answer, Kind.DRAW)
    return parse_drawn(answer.body)


def _check(answer: Message, kind: Kind) -> None:
    if answer.kind is not kind:
        raise MalformedMessage(f"{answer.kind.name} for {kind.name}")


def _ending_words(path: str, failure: Failure, how: str) -> str:
    """Return what a file has done to the process that read it, and what to do."""
    match failure:
        case Failure.HUNG:
            return f"{path} keeps a decoder busy without end, and may be made to: leave it out"
        case Failure.MEMORY:
            return f"{path} takes more memory than a picture may: make it smaller first"
        case Failure.FORBIDDEN:
            return f"{path} makes a decoder do what none does, and may be made to: leave it out"
        case Failure.CRASHED | Failure.NONSENSE | Failure.RENEWED:
            return f"{path} makes a decoder fail ({how}), and may be made to: leave it out"
