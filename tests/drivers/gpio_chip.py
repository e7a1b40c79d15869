"""A GPIO chip that is not there: what `gpiod.request_lines` gives, behind injected calls."""

import errno
import os
from collections.abc import Mapping
from typing import Any

from gpiod import EdgeEvent, LineSettings
from gpiod.line import Direction, Value

from drivers.gpio.lines import GpioLines, Inputs, Outputs

LINES = 8


class FakeRequest:
    def __init__(self, chip: "FakeChip", settings: Mapping[int, LineSettings]) -> None:
        self._chip, self.settings = chip, settings
        self.fd, self._other = os.pipe()
        self._events: list[EdgeEvent] = []

    def set_value(self, number: int, value: Value) -> None:
        self._chip.check()
        self._chip.written.append((number, value is Value.ACTIVE))
        self._chip.changed()

    def get_values(self, numbers: tuple[int, ...]) -> list[Value]:
        self._chip.check()
        high = self._chip.high
        return [Value.ACTIVE if number in high else Value.INACTIVE for number in numbers]

    def read_edge_events(self, _max: int) -> list[EdgeEvent]:
        self._chip.check()
        os.read(self.fd, 64)
        events, self._events = self._events, []
        return events

    def release(self) -> None:
        self._chip.requests.remove(self)
        os.close(self.fd)
        if self._other >= 0:
            os.close(self._other)

    def edge(self, number: int, *, is_high: bool, at_ms: int) -> None:
        kind = EdgeEvent.Type.RISING_EDGE if is_high else EdgeEvent.Type.FALLING_EDGE
        self._events.append(EdgeEvent(kind.value, at_ms * 1_000_000, number, 1, 1))
        os.write(self._other, b"!")

    def hang_up(self) -> None:
        other, self._other = self._other, -1
        os.close(other)


class FakeChip:
    """Eight lines; `fault` is the number of the error that a request ends with."""

    def __init__(self, changed: Any = lambda: None) -> None:
        self.fault = 0
        self.is_gone = False
        self.high: set[int] = set()
        self.written: list[tuple[int, bool]] = []
        self.requests: list[FakeRequest] = []
        self.changed = changed

    def open(self, chip: str, wanted: Outputs | Inputs) -> GpioLines:
        return GpioLines(chip, wanted, self.request_lines)

    def request_lines(
        self, _path: str, *, config: Any, consumer: str, event_buffer_size: int
    ) -> FakeRequest:
        assert consumer
        assert event_buffer_size
        if self.is_gone or self.fault:
            raise OSError(self.fault or errno.ENOENT, "no such chip")
        settings = {number: each for numbers, each in config.items() for number in numbers}
        if max(settings) >= LINES:
            raise ValueError("line offset of out range")
        for number, each in settings.items():
            if each.direction is Direction.OUTPUT:
                self.written.append((number, each.output_value is Value.ACTIVE))
        self.requests.append(FakeRequest(self, settings))
        return self.requests[-1]

    def check(self) -> None:
        if self.is_gone:
            raise OSError(errno.ENODEV, "gone")

    def edge(self, number: int, *, is_high: bool, at_ms: int) -> None:
        self.high.add(number) if is_high else self.high.discard(number)
        self.requests[-1].edge(number, is_high=is_high, at_ms=at_ms)

    def unplug(self) -> None:
        self.is_gone = True
        for request in self.requests:
            request.hang_up()

    def plug(self) -> None:
        self.is_gone = False
