"""Our bus before pymodbus's own server: an implementation that is not ours."""

import asyncio
import os
import queue
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from driver_peers import PATIENCE_S, Inbox, monotonic_ms
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.base import Condition, Contact, ContactEvent
from drivers.contacts import Wire
from drivers.modbus.bus import ModbusBus
from drivers.modbus.ports import BusContacts, bus_gate
from drivers.serial_port import Line

pytestmark = pytest.mark.slow

COILS, INPUTS = 0x0210, 8
READ_INPUTS, WRITE_COIL = 2, 5


class Server:
    """pymodbus's server at one end of a cable; notes what is written."""

    def __init__(self) -> None:
        self.written: list[tuple[int, list[int] | list[bool]]] = []
        self.changed = threading.Condition()
        self.is_high = False

    async def act(  # as pymodbus calls it
        self,
        function: int,
        _start: int,
        address: int,
        _count: int,
        current: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if function == WRITE_COIL and values is not None:
            with self.changed:
                self.written.append((address, values))
                self.changed.notify_all()
        if function == READ_INPUTS:
            current[0] = int(self.is_high)
        return None


@contextmanager
def cable() -> Iterator[tuple[str, str]]:
    """Yield two ports that are one line."""
    (ours, our_port), (theirs, their_port) = os.openpty(), os.openpty()
    tty.setraw(our_port)
    tty.setraw(their_port)
    stop_read, stop_write = os.pipe()

    def carry() -> None:
        while True:
            ready, _, _ = select.select([ours, theirs, stop_read], [], [])
            if stop_read in ready:
                return
            for end, other in ((ours, theirs), (theirs, ours)):
                if end in ready:
                    os.write(other, os.read(end, 512))

    thread = threading.Thread(target=carry)
    thread.start()
    try:
        yield os.ttyname(our_port), os.ttyname(their_port)
    finally:
        os.write(stop_write, b"!")
        thread.join()
        for fd in (ours, our_port, theirs, their_port, stop_read, stop_write):
            os.close(fd)


@contextmanager
def serving(server: Server, port: str) -> Iterator[None]:
    """Run the server in a thread of its own."""
    loop = asyncio.new_event_loop()
    device = SimDevice(
        id=1,
        simdata=(
            [SimData(0, values=[False] * COILS, datatype=DataType.BITS)],
            [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
            [SimData(0)],
            [SimData(0)],
        ),
        action=server.act,
    )

    async def run() -> None:
        nonlocal peer
        peer = ModbusSerialServer(device, port=port, baudrate=9_600, ignore_missing_devices=True)
        await peer.serve_forever()

    peer: ModbusSerialServer | None = None
    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        yield
    finally:
        assert peer is not None
        asyncio.run_coroutine_threadsafe(peer.shutdown(), loop).result(PATIENCE_S)
        thread.join()
        loop.close()


def test_gate_and_contacts_at_a_server_that_is_not_ours() -> None:
    """It takes a pulse for a mere "on", as boards that know no flash-on may do."""
    server, inbox, events = Server(), Inbox(), queue.Queue[ContactEvent]()
    with cable() as (our_port, their_port), serving(server, their_port):
        bus = ModbusBus(port=our_port, line=Line(baud=9_600), monotonic_ms=monotonic_ms)
        gate = bus_gate(bus, unit=1, channel=2, monotonic_ms=monotonic_ms)
        contacts = BusContacts(bus=bus, unit=1, wires={Contact.PASSAGE: Wire(number=1)})
        gate.start(inbox.report)
        contacts.start(events.put, lambda _: None)
        inbox.wait_for(Condition.UP)
        gate.open(100)
        assert "does not time" in inbox.wait_for(Condition.UP).detail
        with server.changed:
            assert server.changed.wait_for(lambda: len(server.written) == 4, PATIENCE_S)
        server.is_high = True
        assert events.get(timeout=PATIENCE_S).is_active
        gate.stop()
        contacts.stop()
    expected = [(1, [False]), (0x0201, [True]), (1, [True]), (1, [False])]
    assert server.written[:4] == expected
