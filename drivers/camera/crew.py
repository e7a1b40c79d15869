"""The processes of one camera, and the carrying out of what the machine decides."""

import os
import select
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from drivers.base import DriverError
from drivers.camera.child_process import ChildEndedError, ChildProcess
from drivers.camera.effects import (
    Child,
    Deliver,
    Effect,
    Kill,
    Outward,
    Promote,
    Send,
    Start,
    TellDown,
    TellUp,
)
from drivers.camera.health import Ending, Failure
from drivers.camera.messages import FrameNote, Message
from drivers.camera.order import CaptureOrder, order_message
from drivers.camera.slot import Slot
from drivers.camera.supervision import Supervision
from drivers.waker import Waker

_DECODE = "drivers.camera.decode_process"
# Whose `main` each process runs.
MODULES: Mapping[Child, str] = {
    Child.CAPTURE: "drivers.camera.capture_process",
    Child.DECODE: _DECODE,
    Child.SPARE: _DECODE,
}


class Crew:
    """Owns the processes and the slot; used by one thread, but for `pids`.

    Args:
        order: told to each new capture process by its pipe: an address may hold a password,
            and anybody on the machine can read a process's arguments.
        hand_on: takes the effects that concern no process.
        modules: whose `main` each process runs.
    """

    def __init__(
        self,
        *,
        order: CaptureOrder,
        machine: Supervision,
        monotonic_ms: Callable[[], int],
        hand_on: Callable[[Outward], None],
        modules: Mapping[Child, str] = MODULES,
    ) -> None:
        self._greeting = order_message(order)
        self._machine = machine
        self._monotonic_ms = monotonic_ms
        self._hand_on = hand_on
        self._modules = modules
        self._slot = Slot()
        self._processes: dict[Child, ChildProcess] = {}

    def pids(self) -> Mapping[str, int]:
        """Return the numbers of the processes that run now, by name."""
        return {child.value: process.pid for child, process in tuple(self._processes.items())}

    def work(self, waker: Waker) -> None:
        """Do what is due, wait for the processes or the waker, and do what follows."""
        self._apply(self._machine.tick(self._monotonic_ms()))
        for fd in self._wait(waker):
            self._attend(fd)

    def picture(self, note: FrameNote) -> bytes:
        """Return the frame that is in the slot; call it from `hand_on` alone.

        Only there is it sure that capture does not fill the slot meanwhile.
        """
        return os.pread(self._slot.decode_fd, note.width * note.height, 0)

    def end(self) -> None:
        """End the processes and free everything."""
        processes = list(self._processes.values())
        self._processes.clear()
        for process in processes:
            process.ask_to_end()
        for process in processes:
            process.end()
        self._slot.close()

    def _wait(self, waker: Waker) -> list[int]:
        poller = select.poll()
        poller.register(waker, select.POLLIN)
        for process in self._processes.values():
            for fd in process.fds():
                poller.register(fd, select.POLLIN)
        wait_ms = max(0, self._machine.due_ms() - self._monotonic_ms())
        ready = [fd for fd, _ in poller.poll(wait_ms)]
        waker.clear()
        return ready

    def _attend(self, fd: int) -> None:
        # One who is attended to may cost another its life, whose pipes are closed then: no further.
        for child, process in self._processes.items():
            if fd == process.stderr_fd():
                process.drain_stderr()
                return
            if fd == process.message_fd():
                self._receive(child, process)
                return

    def _receive(self, child: Child, process: ChildProcess) -> None:
        try:
            messages = process.receive()
        except ChildEndedError as fault:
            self._apply(self._lose(child, fault.ending))
            return
        for message in messages:
            # One message may cost the process its life; what it said after counts no more.
            if self._processes.get(child) is process:
                self._apply(self._machine.receive(child, message, self._monotonic_ms()))

    def _apply(self, effects: Iterable[Effect]) -> None:
        waiting = deque(effects)
        while waiting:
            waiting.extend(self._apply_one(waiting.popleft()))

    def _apply_one(self, effect: Effect) -> tuple[Effect, ...]:
        """Carry out one effect and return what follows from it."""
        match effect:
            case Start():
                return self._start(effect.child)
            case Kill():
                self._bury(effect.child)
            case Promote():
                self._processes[Child.DECODE] = self._processes.pop(Child.SPARE)
            case Send():
                return self._send(effect.child, effect.message)
            case Deliver() | TellUp() | TellDown():
                self._hand_on(effect)
        return ()

    def _start(self, child: Child) -> tuple[Effect, ...]:
        is_capture = child is Child.CAPTURE
        slot_fd = self._slot.capture_fd if is_capture else self._slot.decode_fd
        try:
            self._processes[child] = ChildProcess(self._modules[child], slot_fd)
        except DriverError as fault:
            how = Ending(failure=Failure.CRASHED, words=str(fault))
            return self._machine.ended(child, how, self._monotonic_ms())
        return self._send(child, self._greeting) if is_capture else ()

    def _send(self, child: Child, message: Message) -> tuple[Effect, ...]:
        process = self._processes.get(child)
        if process is None:
            return ()
        try:
            process.send(message)
        except ChildEndedError as fault:
            return self._lose(child, fault.ending)
        return ()

    def _lose(self, child: Child, how: Ending) -> tuple[Effect, ...]:
        self._bury(child)
        return self._machine.ended(child, how, self._monotonic_ms())

    def _bury(self, child: Child) -> None:
        process = self._processes.pop(child, None)
        if process is not None:
            process.kill()
            process.end()
