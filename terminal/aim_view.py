"""How `aim` shows what it sees: as members for programs, as a table for a person."""

from collections.abc import Iterator

from rich import box
from rich.table import Table

from drivers.base import DeviceReport
from drivers.decode.advice import Advice, Standing
from drivers.decode.tally import AimView
from terminal.aiming import CodesView, Target
from terminal.commands.output import payload_text, printable

_STYLES = {
    Standing.GOOD: "bold green",
    Standing.POOR: "bold yellow",
    Standing.BAD: "bold red",
    Standing.NOTHING: "bold",
}
_STANDINGS = {
    Standing.GOOD: "good 良好",
    Standing.POOR: "poor 勉强",
    Standing.BAD: "not read 未读出",
    Standing.NOTHING: "no code 无二维码",
}
_TEXT_CHARACTERS_MAX = 60


def device_members(target: Target, report: DeviceReport | None) -> dict[str, object]:
    """Return what is told of the device itself."""
    return {
        "lane": target.lane,
        "device": target.name,
        "condition": "starting" if report is None else report.condition.value,
        "detail": "" if report is None else report.detail,
    }


def camera_members(view: AimView, *, with_text: bool) -> dict[str, object]:
    """Return a camera's view as JSON tells it; figures that there are none of are null."""
    members: dict[str, object] = {
        "fps": round(view.fps, 1),
        "frames": view.frames,
        "seen": view.seen,
        "read": view.read,
        "read_rate": None if view.read_rate is None else round(view.read_rate, 3),
        "rung": None if view.reading is None else view.reading.rung,
        "engine": None if view.reading is None else view.reading.engine,
        **_figures(view),
        "level": None if view.exposure is None else view.exposure.level,
        "standing": view.standing.value,
        "advice": [_advice_members(advice) for advice in view.advice],
    }
    if with_text:
        members["text"] = None if view.reading is None else payload_text(view.reading.payload)
    return members


def codes_members(view: CodesView, *, with_text: bool) -> dict[str, object]:
    """Return as JSON what a scanner that decodes by itself gave."""
    last = view.last
    members: dict[str, object] = {
        "codes": view.codes,
        "rate": round(view.rate, 1),
        "length": None if last is None else len(last.payload),
        "engine": None if last is None else last.engine,
        "ms": None if last is None else last.read_ms - last.seen_ms,
        "faults": dict(view.faults),
    }
    if with_text:
        members["text"] = None if last is None else payload_text(last.payload)
    return members


def camera_table(
    target: Target, report: DeviceReport | None, view: AimView, *, with_text: bool
) -> Table:
    """Return a camera's view for a person."""
    table = _table(target, report)
    rate = "–" if view.read_rate is None else f"{view.read_rate:.0%} of {view.seen} frames"
    table.add_row("read 读出率", rate, style=_STYLES[view.standing])
    table.add_row("frames 帧率", f"{view.fps:.1f} a second")
    for name, told in _rows(view):
        table.add_row(name, told)
    if view.reading is not None:
        table.add_row("rung 解码级", f"{view.reading.rung} ({view.reading.engine})")
        if with_text:
            table.add_row("text 内容", _shown(view.reading.payload))
    table.add_row("verdict 结论", _STANDINGS[view.standing], style=_STYLES[view.standing])
    for advice in view.advice:
        table.add_row("→", f"{advice.english}\n{advice.chinese}")
    return table


def codes_table(
    target: Target, report: DeviceReport | None, view: CodesView, *, with_text: bool
) -> Table:
    """Return for a person what a scanner that decodes by itself gave."""
    table = _table(target, report)
    table.add_row("codes 条码", f"{view.codes}, {view.rate:.1f} a second")
    if view.last is not None:
        table.add_row("last 最近", f"{len(view.last.payload)} octets ({view.last.engine})")
        if with_text:
            table.add_row("text 内容", _shown(view.last.payload))
    for name, count in view.faults.items():
        table.add_row("dropped 丢弃", f"{count}: {printable(name)}")
    return table


def _figures(view: AimView) -> dict[str, object]:
    names = ("modules", "pixels_per_module", "blur_px", "blur_modules", "contrast", "dark", "light",
             "burnt", "black", "glare", "covered", "tilt_degrees")  # fmt: skip
    measures = None if view.code is None else view.code.measures
    figures = {name: _rounded(getattr(measures, name, None)) for name in names}
    return {"sharpness": None if view.sharpness is None else view.sharpness.value, **figures}


def _rounded(figure: float | None) -> float | None:
    return round(figure, 3) if isinstance(figure, float) else figure


def _advice_members(advice: Advice) -> dict[str, str]:
    return {"code": advice.code, "en": advice.english, "zh": advice.chinese}


def _rows(view: AimView) -> Iterator[tuple[str, str]]:
    if view.exposure is not None:
        yield "light 亮度", f"{view.exposure.level} of 255, {view.exposure.burnt:.0%} burnt out"
    if view.code is None:
        return
    figures = view.code.measures
    pixels = "not countable" if figures.modules is None else (
        f"{figures.pixels_per_module:.1f} ({figures.modules} modules)"
    )  # fmt: skip
    yield "pixels per module 像素/模块", pixels
    focus = "" if view.sharpness is None else f"{view.sharpness.value}, "
    yield "focus 对焦", f"{focus}blur {figures.blur_px:.1f} pixels"
    levels = f"{figures.contrast:.0%} ({figures.dark} to {figures.light})"
    yield "contrast 对比度", levels
    yield "glare, hidden 反光/遮挡", f"{figures.glare:.0%}, {figures.covered:.0%}"
    yield "tilt 倾斜", f"{figures.tilt_degrees:.0f} degrees"


def _table(target: Target, report: DeviceReport | None) -> Table:
    where = target.name if target.lane is None else f"lane {target.lane}: {target.name}"
    table = Table(title=printable(where), box=box.SIMPLE, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    told = "starting" if report is None else f"{report.condition.value} {report.detail}".strip()
    table.add_row("device 设备", printable(told))
    return table


def _shown(payload: bytes) -> str:
    text = printable(payload_text(payload))
    return text if len(text) <= _TEXT_CHARACTERS_MAX else text[:_TEXT_CHARACTERS_MAX] + "…"
