"""A board of several relays or lines: one thread has the device, several drivers share it."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from drivers.base import Condition, DeviceReport, DriverError, Report
from drivers.condition import ConditionTeller
from drivers.device_link import DeviceLink, OpenDevice
from drivers.outputs import OFF, Output, Wanted

Device = TypeVar("Device", bound=OpenDevice)

_Said = tuple[bool, int]  # what an output was told, and which time

# For what one of several drivers leaves behind to be switched off: as long as a board may take
# for a command. One that is away is not waited for; it is off when it comes back.
LEAVE_S_MAX = 1.0


class Member:
    """One driver's share of a board.

    Args:
        report: where the board's condition is told.
        outputs: by their number on the board; nobody else's.
    """

    def __init__(self, report: Report, outputs: Mapping[int, Output]) -> None:
        self.report, self.outputs = report, outputs
        self.is_leaving = False
        self.left = threading.Event()  # its outputs are off

    def end(self) -> None:
        """Have the outputs be off for good."""
        for output in self.outputs.values():
            output.end()
        self.is_leaving = True  # last: who sees it finds the outputs ended


AnyMember = TypeVar("AnyMember", bound=Member)


class Board(ABC, Generic[Device, AnyMember]):
    """A device that its first member has opened and its last one closes.

    Every output is switched off when the device was opened, before it is closed, and when its
    driver leaves.

    Args:
        name: the device as the settings name it.
        open_device: opens it; called in the board's thread.
        monotonic_ms: the clock.
    """

    def __init__(
        self, *, name: str, open_device: Callable[[], Device], monotonic_ms: Callable[[], int]
    ) -> None:
        self._name, self._open_device, self._monotonic_ms = name, open_device, monotonic_ms
        self._coming = threading.Lock()  # held by who joins or leaves, for as long as it takes
        self._lock = threading.RLock()  # of what follows; reports keep their order under it
        self._members: list[AnyMember] = []
        self._told: DeviceReport | None = None
        self._link: DeviceLink[Device] | None = None

    def join(self, member: AnyMember) -> None:
        """Take a driver in; returns at once. The first one's coming starts the thread.

        Raises:
            ValueError: one of its outputs is another's.
        """
        with self._coming:
            with self._lock:
                self._check(member)
                self._members.append(member)
                if self._told is not None:
                    member.report(self._told)
            if self._link is not None:
                self._link.wake()
                return
            self._link = DeviceLink(
                name=self._name,
                open_device=self._open_device,
                session=self._session,
                monotonic_ms=self._monotonic_ms,
            )
            self._link.start(self._tell)

    def leave(self, member: AnyMember) -> None:
        """Let a driver go; returns when its outputs are off, or can't be reached.

        The last one's going ends the thread and frees the device.
        """
        member.end()
        with self._coming:
            with self._lock:
                if member not in self._members:
                    return
                is_last = len(self._members) == 1
            if not is_last:
                self._part(member)
            elif self._link is not None:
                self._link.stop()
                self._link = None
            with self._lock:
                self._members.remove(member)
                if not self._members:
                    self._forget()

    def wake(self) -> None:
        """Have the thread look at what outputs shall be; from any thread."""
        link = self._link
        if link is not None:
            link.wake()

    def hurry(self, _member: AnyMember) -> None:
        """Have one driver's outputs be as they shall be, now if that is possible; as `wake`."""
        self.wake()

    @abstractmethod
    def _serve(self, link: DeviceLink[Device], device: Device, teller: ConditionTeller) -> None:
        """Serve the members on an open device until `link.is_stopping`; tell `up`."""

    def _present(self) -> tuple[AnyMember, ...]:
        with self._lock:
            return tuple(self._members)

    def _check(self, member: AnyMember) -> None:
        taken = {number for other in self._members for number in other.outputs}
        if twice := taken & set(member.outputs):
            raise ValueError(f"output {min(twice)} of {self._name} has a driver already")

    def _is_reached(self, _member: AnyMember) -> bool:
        """Return whether the device is there to have a member's outputs switched off."""
        told = self._told
        return told is not None and told.condition is Condition.UP

    def _forget(self) -> None:
        """Know nothing of the device any more, for nobody has it open; called under the lock."""
        self._told = None

    def _part(self, member: AnyMember) -> None:
        """Wait until the outputs of one of several are off."""
        self.wake()
        if self._is_reached(member):
            member.left.wait(LEAVE_S_MAX)

    def _session(self, device: Device, teller: ConditionTeller) -> None:
        if self._link is None:
            raise ValueError(f"{self._name} has a session and no link")
        self._serve(self._link, device, teller)

    def _tell(self, report: DeviceReport) -> None:
        with self._lock:
            self._told = report
            for member in self._members:
                member.report(report)


class SwitchBoard(Board[Device, Member]):
    """A board whose outputs do nothing but stay as they were told.

    What is in a hurry is written in the thread of who asks, as far as the device takes it at
    once: waking another thread takes longer than all that a gate's opening needs besides.
    """

    def __init__(
        self, *, name: str, open_device: Callable[[], Device], monotonic_ms: Callable[[], int]
    ) -> None:
        super().__init__(name=name, open_device=open_device, monotonic_ms=monotonic_ms)
        self._writing = threading.Lock()  # of what follows, and of the device
        self._ready: Device | None = None  # once it is open and all is off
        self._states: dict[int, _Said] = {}  # as outputs were told

    def hurry(self, member: Member) -> None:
        """Switch one driver's outputs in the caller's thread, if nobody writes; wake the thread."""
        if self._writing.acquire(blocking=False):
            try:
                if self._ready is not None:
                    self._switch_now(self._ready, member)
            finally:
                self._writing.release()
        self.wake()

    @abstractmethod
    def _write(self, link: DeviceLink[Device], device: Device, number: int, *, is_on: bool) -> None:
        """Switch one output, now.

        Raises:
            DriverError: it can't be.
        """

    @abstractmethod
    def _write_now(self, device: Device, number: int, *, is_on: bool) -> bool:
        """Switch one output without waiting; return whether the device has taken it.

        Raises:
            DriverError: it can't be.
        """

    @abstractmethod
    def _read(self, device: Device) -> None:
        """Take what the device has to say."""

    def _serve(self, link: DeviceLink[Device], device: Device, teller: ConditionTeller) -> None:
        with self._writing:
            self._states.clear()
        try:
            while not link.is_stopping:
                until_ms = self._round(link, device, teller)
                timeout_ms = None if until_ms is None else max(0, until_ms - self._monotonic_ms())
                if link.wait(device, timeout_ms=timeout_ms).to_read:
                    self._read(device)
        finally:
            with self._writing:
                self._ready = None
        for number in self._states:
            self._write(link, device, number, is_on=False)

    def _round(
        self, link: DeviceLink[Device], device: Device, teller: ConditionTeller
    ) -> int | None:
        """Bring outputs to what they shall be; return when that changes, None: not by the time.

        One that was not told yet is switched off first, whatever it shall be. When anything was
        switched, that is at once: a waking during a write is not heard by the wait after it.
        """
        members = self._present()
        leaving = [member for member in members if member.is_leaving]
        outputs = [pair for member in members for pair in member.outputs.items()]
        changes: list[int] = []
        with self._writing:
            for number, _ in outputs:
                if number not in self._states:
                    self._write(link, device, number, is_on=False)
                    self._states[number] = _said(OFF)
            self._ready = device
            for number, output in outputs:
                wanted = output.wanted(self._monotonic_ms())
                if _said(wanted) != self._states[number]:
                    self._write(link, device, number, is_on=wanted.is_on)
                    self._states[number] = _said(wanted)
                    changes.append(self._monotonic_ms())
                if wanted.until_ms is not None:
                    changes.append(wanted.until_ms)
        teller.up()
        for member in leaving:
            member.left.set()
        return min(changes, default=None)

    def _switch_now(self, device: Device, member: Member) -> None:
        for number, output in member.outputs.items():
            wanted = output.wanted(self._monotonic_ms())
            if self._states.get(number, _said(wanted)) == _said(wanted):
                continue
            try:
                is_taken = self._write_now(device, number, is_on=wanted.is_on)
            except DriverError:
                return  # the thread is woken, meets the same, and tells it
            if is_taken:
                self._states[number] = _said(wanted)


def _said(wanted: Wanted) -> _Said:
    return wanted.is_on, wanted.said
