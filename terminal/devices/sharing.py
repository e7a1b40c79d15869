"""Ports and chips that several devices may name, and what they must agree on then."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from terminal.devices.table import Table


class SharedTable(Table):
    """A device on a port that others may name too."""

    @property
    @abstractmethod
    def bus(self) -> str:
        """What the port is: whoever else names it must say the same."""

    @property
    @abstractmethod
    def parts(self) -> tuple[str, ...]:
        """What of it is this device's alone."""


def sharing_fault(devices: Iterable[Any]) -> str:
    """Return what two devices would fight over; empty: nothing.

    Args:
        devices: tables of all lanes; each has a `port`, None where it has none.
    """
    by_port = defaultdict(list)
    for device in devices:
        if device.port is not None:
            by_port[device.port].append(device)
    return next((fault for each in by_port.items() if (fault := _fault(*each))), "")


def _fault(port: str, devices: list[Any]) -> str:
    shared = [device for device in devices if isinstance(device, SharedTable)]
    if len(devices) > 1 and len(shared) < len(devices):
        return f"{port} is named twice; each device needs its own port"
    buses = sorted({device.bus for device in shared})
    if len(buses) > 1:
        return f"{port} is named as {buses[0]} and as {buses[1]}; it can be one of them"
    parts = [part for device in shared for part in device.parts]
    twice = next((part for part in parts if parts.count(part) > 1), None)
    return "" if twice is None else f"{port} {twice} is named twice; each can do one thing"
