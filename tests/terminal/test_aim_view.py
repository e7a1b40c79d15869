"""What `aim` shows a person fits his terminal."""

from io import StringIO

from rich.console import Console

from drivers.base import Condition, DeviceReport
from terminal.aim_view import codes_table
from terminal.aiming import CodesView, Target
from terminal.devices.serial import SerialSettings

LONG = "codes break off in the middle: does the scanner send the ending that is set, at this rate?"


def test_long_name_of_a_fault_leaves_room_for_every_figure() -> None:
    settings = SerialSettings(kind="serial", port="/dev/ttyACM0")
    target = Target(name="/dev/ttyACM0", lane="counter-1", settings=settings)
    report = DeviceReport(device="/dev/ttyACM0", condition=Condition.UP, detail="")
    view = CodesView(codes=4, rate=0.7, last=None, faults={LONG: 31})
    told = StringIO()
    table = codes_table(target, report, view, with_text=False)
    Console(file=told, width=60).print(table)
    shown = " ".join(told.getvalue().split())
    assert "device 设备 up" in shown
    assert "codes 条码 4, 0.7 a second" in shown
    assert "dropped 丢弃 31: codes break off" in shown
    assert "at this rate?" in shown
