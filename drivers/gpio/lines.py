"""The one door of gpiod: lines of a GPIO chip that fail in our words."""

import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, Self

import gpiod
from gpiod.line import Bias, Direction, Drive, Edge, Value

from drivers.base import DeviceBusy, DeviceLost, DeviceMissing, DriverError

# What `gpioinfo` shows as the holder of our lines.
CONSUMER = "scan-terminal"
# Edges that wait for us: the kernel keeps so many and drops the oldest; levels are read behind
# them, so none is lost for good.
EVENTS_MAX = 64

BiasName = Literal["as-is", "pull-up", "pull-down", "disabled"]
DriveName = Literal["push-pull", "open-drain", "open-source"]

_BIAS = {
    "as-is": Bias.AS_IS,
    "pull-up": Bias.PULL_UP,
    "pull-down": Bias.PULL_DOWN,
    "disabled": Bias.DISABLED,
}
_DRIVE = {
    "push-pull": Drive.PUSH_PULL,
    "open-drain": Drive.OPEN_DRAIN,
    "open-source": Drive.OPEN_SOURCE,
}

# gpiod.request_lines, or what stands for it where there is no chip.
RequestLines = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Lines that we drive."""

    numbers: tuple[int, ...]  # offsets on the chip
    is_active_low: bool = False
    drive: DriveName = "push-pull"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Lines that we watch."""

    numbers: tuple[int, ...]
    bias: BiasName = "as-is"
    settle_ms: int = 0  # the kernel waits for so long until a level counts


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEdge:
    """A line that changed."""

    number: int
    is_high: bool
    at_ms: int  # monotonic, by the kernel's own stamp


class GpioLines:
    """Lines that are ours; `poll` it, then read. Outputs are inactive from the first moment on.

    Raises:
        DeviceMissing: there is no such chip.
        DeviceBusy: another program holds a line.
        DriverError: it may not be opened, has no such lines, or can't do with them what is asked.
    """

    def __init__(
        self, chip: str, wanted: Outputs | Inputs, request_lines: RequestLines = gpiod.request_lines
    ) -> None:
        self._chip, self._wanted = chip, wanted
        config = {wanted.numbers: _line_settings(wanted)}
        try:
            self._request = request_lines(
                chip, consumer=CONSUMER, config=config, event_buffer_size=EVENTS_MAX
            )
        except (OSError, ValueError) as fault:
            raise _request_failed(chip, wanted.numbers, fault) from fault

    def fileno(self) -> int:
        """Return the descriptor to wait for: readable where inputs changed, or the chip went."""
        return int(self._request.fd)

    def write(self, number: int, *, is_on: bool) -> None:
        """Make a line active or inactive.

        Raises:
            DeviceLost: the chip went away.
        """
        try:
            self._request.set_value(number, Value.ACTIVE if is_on else Value.INACTIVE)
        except OSError as fault:
            raise self._lost() from fault

    def edges(self) -> tuple[LineEdge, ...]:
        """Return what changed; call it when `poll` says that something did.

        Raises:
            DeviceLost: the chip went away.
        """
        try:
            events = self._request.read_edge_events(EVENTS_MAX)
        except OSError as fault:
            raise self._lost() from fault
        return tuple(
            LineEdge(
                number=event.line_offset,
                is_high=event.event_type is event.Type.RISING_EDGE,
                at_ms=event.timestamp_ns // 1_000_000,
            )
            for event in events
        )

    def levels(self) -> Mapping[int, bool]:
        """Return what every line is at now.

        Raises:
            DeviceLost: the chip went away.
        """
        numbers = self._wanted.numbers
        try:
            values = self._request.get_values(numbers)
        except OSError as fault:
            raise self._lost() from fault
        return {
            number: value is Value.ACTIVE for number, value in zip(numbers, values, strict=True)
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._request.release()

    def _lost(self) -> DeviceLost:
        return DeviceLost(f"GPIO chip {self._chip} went away: is its driver or adapter gone?")


def _line_settings(wanted: Outputs | Inputs) -> gpiod.LineSettings:
    if isinstance(wanted, Inputs):
        return gpiod.LineSettings(
            direction=Direction.INPUT,
            edge_detection=Edge.BOTH,
            bias=_BIAS[wanted.bias],
            debounce_period=timedelta(milliseconds=wanted.settle_ms),
        )
    return gpiod.LineSettings(
        direction=Direction.OUTPUT,
        drive=_DRIVE[wanted.drive],
        active_low=wanted.is_active_low,
        output_value=Value.INACTIVE,
    )


def _request_failed(
    chip: str, numbers: tuple[int, ...], fault: OSError | ValueError
) -> DriverError:
    number = fault.errno if isinstance(fault, OSError) else errno.EINVAL
    lines = ", ".join(str(each) for each in numbers)
    if number in {errno.ENOENT, errno.ENXIO, errno.ENODEV}:
        return DeviceMissing(f"GPIO chip {chip} is not there: `gpiodetect` lists chips")
    if number == errno.EBUSY:
        return DeviceBusy(
            f"a line of {lines} on {chip} is held by another program: `gpioinfo` names it"
        )
    if number in {errno.EACCES, errno.EPERM}:
        return DriverError(f"no permission to open GPIO chip {chip}: add the user to group gpio")
    if number in {errno.EINVAL, errno.ENOTTY}:
        return DriverError(
            f"{chip} is no GPIO chip, has no lines {lines}, or can't do with them what the"
            " settings ask (bias, drive): `gpioinfo` lists them"
        )
    words = os.strerror(number) if number else str(fault)
    return DriverError(f"GPIO chip {chip} can't be used: {words}")
