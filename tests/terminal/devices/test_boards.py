"""Relays, lamps and contacts as the settings name them, and what may share a port."""

import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.base import Condition, Contact, DeviceReport, Shown
from drivers.contacts import Wire
from drivers.gates import BoardGate
from drivers.lights import Lights
from drivers.modbus.ports import BusContacts
from terminal.devices.extras import extra_fault
from terminal.devices.gpio import GpioContactsSettings, GpioGateSettings, GpioLightsSettings
from terminal.devices.modbus import (
    ModbusContactsSettings,
    ModbusGateSettings,
    ModbusLightsSettings,
)
from terminal.devices.relay import RelayLightsSettings, RelaySettings
from terminal.devices.sharing import sharing_fault

BUS = 'kind = "modbus"\nport = "/dev/bus"\n'
CHIP = 'kind = "gpio"\nchip = "/dev/gpiochip9"\n'
RELAY = 'kind = "relay"\nport = "/dev/board"\n'
RED_GREEN = "lamps = { red = 7, green = 8 }\n"


def table(kind: type, text: str) -> Any:
    return kind(**tomllib.loads(text))


def bus_gate(text: str = "") -> ModbusGateSettings:
    return table(ModbusGateSettings, BUS + text)


def test_what_is_on_one_port_shares_one_thread() -> None:
    gate = bus_gate().make()
    lights = table(ModbusLightsSettings, BUS + RED_GREEN).make()
    contacts = table(ModbusContactsSettings, BUS + "inputs = { passage = 1 }").make()
    assert isinstance(gate, BoardGate)
    assert isinstance(lights, Lights)
    assert isinstance(contacts, BusContacts)
    assert gate._board is lights._board is contacts._bus
    relay = table(RelaySettings, RELAY).make()
    assert relay._board is table(RelayLightsSettings, RELAY + RED_GREEN).make()._board


def test_contacts_are_connected_as_written() -> None:
    text = CHIP + 'inputs = { passage = 4, release = 5 }\ninverted = ["release"]'
    contacts = table(GpioContactsSettings, text)
    assert contacts.connected == {Contact.PASSAGE, Contact.RELEASE}
    assert contacts.wires() == {
        Contact.PASSAGE: Wire(number=4),
        Contact.RELEASE: Wire(number=5, is_inverted=True),
    }
    assert contacts.make() is not None


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (ModbusGateSettings, BUS + "channel = 0", "channel"),
        (ModbusGateSettings, BUS + "channel = 33", "channel"),
        (ModbusGateSettings, BUS + "unit = 0", "unit"),
        (ModbusGateSettings, BUS + "unit = 248", "unit"),
        (ModbusLightsSettings, BUS + "lamps = { red = 33 }", "relay 33 is outside"),
        (ModbusLightsSettings, BUS + "lamps = {}", "at least 1"),
        (ModbusLightsSettings, BUS + "lamps = { red = 1, green = 1 }", "two lamps"),
        (ModbusLightsSettings, BUS + "lamps = { blue = 1 }", "'red'"),
        (ModbusContactsSettings, BUS + "inputs = { passage = 17 }", "input 17 is outside"),
        (ModbusContactsSettings, BUS + "inputs = { passage = 0 }", "input 0 is outside"),
        (ModbusContactsSettings, BUS + "inputs = { door = 1 }", "'passage'"),
        (RelayLightsSettings, RELAY + "lamps = { red = 9 }", "channel 9 is outside"),
        (GpioLightsSettings, CHIP + "lamps = { red = -1 }", "greater than or equal to 0"),
        (GpioGateSettings, CHIP + "line = -1", "line"),
        (GpioContactsSettings, CHIP + 'inputs = { passage = 1 }\ninverted = ["release"]', "not am"),
        (GpioContactsSettings, CHIP + "inputs = { passage = 1, release = 1 }", "two contacts"),
        (GpioContactsSettings, CHIP + "inputs = { passage = 1 }\nsettle_ms = 501", "settle_ms"),
    ],
)
def test_what_can_not_be_is_refused(kind: type, text: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        table(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ModbusGateSettings, BUS + "channel = 32\nunit = 247"),
        (ModbusContactsSettings, BUS + "inputs = { passage = 16 }\nsettle_ms = 0"),
        (RelayLightsSettings, RELAY + "lamps = { red = 1, green = 8 }"),
        (GpioLightsSettings, CHIP + "lamps = { red = 0 }"),
    ],
)
def test_what_can_just_be_is_taken(kind: type, text: str) -> None:
    assert table(kind, text).make() is not None


def test_one_bus_serves_gates_lamps_and_contacts_of_several_lanes() -> None:
    lamps = table(ModbusLightsSettings, BUS + RED_GREEN)
    contacts = table(ModbusContactsSettings, BUS + "inputs = { passage = 1 }")
    other = bus_gate("unit = 2")
    assert sharing_fault([bus_gate(), lamps, contacts, contacts, other]) == ""


def test_one_relay_has_one_use() -> None:
    lamps = table(ModbusLightsSettings, BUS + RED_GREEN)
    assert "unit 1 relay 8 is named twice" in sharing_fault([bus_gate("channel = 8"), lamps])
    board = table(RelayLightsSettings, RELAY + RED_GREEN)
    gate = table(RelaySettings, RELAY + "channel = 7")
    assert "channel 7 is named twice" in sharing_fault([board, gate])


def test_one_line_has_one_use_be_it_output_or_input() -> None:
    gate = table(GpioGateSettings, CHIP + "line = 4")
    contacts = table(GpioContactsSettings, CHIP + "inputs = { passage = 4 }")
    assert "line 4 is named twice" in sharing_fault([gate, contacts])


def test_a_port_is_one_kind_of_bus_at_one_speed() -> None:
    relay = table(RelaySettings, 'kind = "relay"\nport = "/dev/bus"')
    assert "/dev/bus is named as" in sharing_fault([bus_gate(), relay])
    fault = sharing_fault([bus_gate(), bus_gate("unit = 2\nbaud = 19200")])
    assert "at 19200 baud" in fault
    assert "parity even" in sharing_fault([bus_gate(), bus_gate('unit = 2\nparity = "even"')])


@pytest.fixture
def _without_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.devices.extras.find_spec", lambda _: None)


@pytest.mark.usefixtures("_without_extras")
@pytest.mark.parametrize(
    ("kind", "text", "extra"),
    [
        (ModbusGateSettings, BUS, "modbus"),
        (ModbusContactsSettings, BUS + "inputs = { passage = 1 }", "modbus"),
        (GpioLightsSettings, CHIP + RED_GREEN, "gpio"),
        (GpioContactsSettings, CHIP + "inputs = { passage = 1 }", "gpio"),
        (GpioGateSettings, CHIP + "line = 1", "gpio"),
    ],
)
def test_extra_that_is_missing_takes_its_device_down_with_the_remedy(
    kind: type, text: str, extra: str
) -> None:
    settings, told = table(kind, text), []
    device = settings.make()
    takers = (lambda _: None, told.append) if "inputs" in text else (told.append,)
    device.start(*takers)
    (report,) = told
    assert isinstance(report, DeviceReport)
    assert report.condition is Condition.DOWN
    assert f"pip install 'scan-terminal[{extra}]'" in report.detail
    if "lamps" in text:
        device.show(Shown.OK)
    elif "inputs" not in text:
        device.open(100)
        device.hold(is_open=True)
    device.stop()
    assert next(iter(settings.findings("lane gate-1"))).level == "fail"


def test_extra_that_is_there_is_no_fault() -> None:
    assert extra_fault("pymodbus", "modbus") == ""


def test_doctor_says_which_gates_are_closed_by_the_daemon_alone() -> None:
    def words(settings: Any) -> str:
        return " ".join(found.what for found in settings.findings("lane gate-1"))

    assert "the daemon times" in words(table(RelaySettings, RELAY))
    assert "the daemon times" in words(table(GpioGateSettings, CHIP + "line = 1"))
    assert "the daemon times" not in words(bus_gate())
    assert "is no GPIO chip" in words(table(GpioGateSettings, CHIP + "line = 1"))
