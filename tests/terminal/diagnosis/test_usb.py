from collections.abc import Callable

from terminal.diagnosis.ground import Ground
from terminal.diagnosis.usb import look_at_usb
from tests.terminal.diagnosis.conftest import CAMERA, SERIAL, Laid

Make = Callable[..., Ground]


def plug(laid: Laid, place: str, serial: str, product: str = "7523") -> None:
    for name, text in (("idVendor", "1a86"), ("idProduct", product), ("serial", serial)):
        laid.put(f"/sys/bus/usb/devices/{place}/{name}", f"{text}\n")


def levels(ground: Ground) -> dict[str, str]:
    return {found.code: found.level for found in look_at_usb(ground)}


WELL = {"usb.modem-manager": "ok", "usb.brltty": "ok"}


def test_machine_without_disturbers_is_well(ground: Make) -> None:
    assert levels(ground(SERIAL)) == WELL


def test_two_devices_with_one_number_are_told_and_two_kinds_are_not(
    laid: Laid, ground: Make
) -> None:
    plug(laid, "1-1", "0001")
    plug(laid, "1-2", "0001", product="55d4")
    laid.put("/sys/bus/usb/devices/1-4/idVendor", "1a86\n")  # a device without a number
    assert levels(ground(SERIAL)) == WELL
    plug(laid, "1-3", "0001")
    (found,) = [each for each in look_at_usb(ground(CAMERA)) if each.level != "ok"]
    assert found.code == "usb.serial-doubled"
    assert "1-1 and 1-3" in found.what


def test_modem_manager_matters_where_a_serial_scanner_is_and_no_rule(
    laid: Laid, ground: Make
) -> None:
    laid.run(80, "ModemManager")
    assert levels(ground(CAMERA)) == {}
    assert levels(ground(SERIAL))["usb.modem-manager"] == "warn"
    laid.put("/etc/udev/rules.d/70-scan-terminal.rules")
    assert levels(ground(SERIAL))["usb.modem-manager"] == "ok"


def test_brltty_is_found_running_and_installed(laid: Laid, ground: Make) -> None:
    laid.put("/usr/lib/udev/rules.d/85-brltty.rules")
    assert levels(ground(SERIAL))["usb.brltty"] == "warn"
    laid.machine.at("/usr/lib/udev/rules.d/85-brltty.rules").unlink()
    assert levels(ground(SERIAL))["usb.brltty"] == "ok"
    laid.run(81, "brltty")
    assert levels(ground(SERIAL))["usb.brltty"] == "warn"
