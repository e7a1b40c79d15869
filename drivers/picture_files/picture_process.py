"""The picture process: opens a stranger's file, looks at its pictures, draws; and nothing else.

It opens nothing by name. Files come as descriptors, which hold no way to any other file.
"""

import mmap
import os
import socket
import sys
from collections.abc import Callable, Iterator

from drivers.annotate import annotated, picture_octets
from drivers.base import DriverError
from drivers.camera.child_setup import (
    Channel,
    forbid_children,
    limit_files,
    limit_memory,
    settle,
)
from drivers.camera.confinement import Confinement
from drivers.camera.cost import bounded
from drivers.camera.decode_process import load_libraries
from drivers.camera.landlock import Reach, restrict
from drivers.camera.messages import Kind, MalformedMessage, Message, Result, result_message
from drivers.camera.syscalls import picture_plan
from drivers.clock import monotonic_ms
from drivers.decode.ladder import Ladder
from drivers.luma import Luma
from drivers.picture_files.flaws import FlawedFileError
from drivers.picture_files.messages import (
    DRAWING_BYTES_MAX,
    drawn_message,
    file_answer,
    flaw_message,
    parse_draw,
    parse_file,
    ready_message,
    spent_note,
    unable_message,
)
from drivers.pictures import pictures_of
from drivers.reading import Look

# A picture of 50 megapixels in four colours of 16 bits, unpacked and again in grey; or the drawing
# of one, its packing, and what the ladder needs beside. A picture made to fill the memory ends
# this process and not the machine.
MEMORY_BYTES_MORE = 1024 * 1024 * 1024

# A file, a drawing, both mapped, and some to spare; beside what is open from the beginning.
DESCRIPTORS_MORE = 8


def main(parent_pid: int, handed_over_fd: int) -> None:
    """Answer each question until the command goes away.

    Args:
        parent_pid: the command's.
        handed_over_fd: the socket by which files and memory for drawings come.

    Raises:
        MalformedMessage: the command said what it cannot mean.
    """
    serve(parent_pid, handed_over_fd, PictureProcess)


def serve(
    parent_pid: int, handed_over_fd: int, make: Callable[[socket.socket], "PictureProcess"]
) -> None:
    """Load all that is needed, give up all powers, then answer as `main` does."""
    settle(parent_pid)
    channel = Channel.take_standard()
    with socket.socket(fileno=handed_over_fd) as handed_over:
        try:
            process = make(handed_over)
            _confine(channel, handed_over_fd)
        except (DriverError, OSError) as fault:
            channel.send(unable_message(str(fault)))
            return
        channel.send(ready_message(process.missing))
        while (message := channel.receive()) is not None:
            channel.send(process.answer(message))


def _confine(channel: Channel, handed_over_fd: int) -> None:
    plan = picture_plan(
        pid=os.getpid(),
        read_fd=channel.read_fd,
        write_fds=(1, 2, channel.write_fd),
        handed_over_fd=handed_over_fd,
    )
    confinement = Confinement(plan)
    limit_memory(MEMORY_BYTES_MORE)
    limit_files(max(channel.write_fd, handed_over_fd) + 1 + DESCRIPTORS_MORE)
    forbid_children()
    # A kernel without Landlock is the doctor's matter; the filter lets nothing be opened as it is.
    restrict(Reach(read=()))
    confinement.enforce()


class PictureProcess:
    """What the process knows: the ladders, the open file, its last frame.

    Raises:
        DriverError: the machine lacks an engine or OpenCV.
    """

    def __init__(self, handed_over: socket.socket) -> None:
        self._handed_over = handed_over
        load_libraries()
        self._stills = Ladder(thorough=True)
        self.missing = self._stills.missing
        self._ladder = self._stills
        self._file_fd: int | None = None
        self._frames: Iterator[Luma] = iter(())
        self._number = 0  # of the next frame
        self._last: tuple[Luma, Look] | None = None
        self._cpu_ms_max = 0

    def answer(self, message: Message) -> Message:
        """Answer one question; or end, where answering takes too long or too much memory.

        Raises:
            MalformedMessage: it is none.
        """
        if message.kind is Kind.FILE:
            self._cpu_ms_max = parse_file(message.body)
        elif self._file_fd is None:
            raise MalformedMessage(f"{message.kind.name} before a file")
        with bounded(self._cpu_ms_max):
            try:
                return self._answer(message)
            except FlawedFileError as fault:
                return flaw_message(fault.flaw)

    def _answer(self, message: Message) -> Message:
        if message.kind is Kind.FILE:
            return self._open()
        if message.kind is Kind.FILL:
            return self._look()
        if message.kind is Kind.DRAW:
            return self._draw(*parse_draw(message.body))
        raise MalformedMessage(f"{message.kind.name} to a picture process")

    def _open(self) -> Message:
        self._close()
        self._file_fd = self._take()
        pictures = pictures_of(self._file_fd)
        # A video is read as a lane reads its camera: cheap rungs on each frame, the dear spread.
        self._ladder = self._stills if pictures.is_still else Ladder()
        self._frames, self._number = pictures.frames, 0
        return file_answer(is_still=pictures.is_still)

    def _close(self) -> None:
        self._frames, self._last = iter(()), None
        if self._file_fd is not None:
            os.close(self._file_fd)
            self._file_fd = None

    def _look(self) -> Message:
        luma = next(self._frames, None)
        if luma is None:
            return Message(kind=Kind.END)
        begun_ms = monotonic_ms()
        look = self._ladder.read(luma)
        spent_ms = monotonic_ms() - begun_ms
        self._last = luma, look
        number, self._number = self._number, self._number + 1
        told = Look(readings=look.readings, sign=look.sign, note=spent_note(spent_ms))
        return result_message(Result(number=number, look=told))

    def _draw(self, suffix: str, with_text: bool) -> Message:  # noqa: FBT001  # as it was parsed
        fd = self._take()
        if self._last is None:
            raise MalformedMessage("DRAW before a frame")
        try:
            luma, look = self._last
            octets = picture_octets(annotated(luma, look, with_text=with_text), suffix)
            if len(octets) > DRAWING_BYTES_MAX:
                return drawn_message(0)
            with mmap.mmap(fd, DRAWING_BYTES_MAX) as memory:
                memory[: len(octets)] = octets
        except DriverError:
            return drawn_message(0)
        finally:
            os.close(fd)
        return drawn_message(len(octets))

    def _take(self) -> int:
        """Return the next descriptor that was handed over; it is there before its message."""
        _, fds, _, _ = socket.recv_fds(self._handed_over, 1, 1)
        if len(fds) != 1:
            sys.exit("a message came without its descriptor")
        return fds[0]
