"""Samples as a console draws them, and as a page to print. Pure."""

from html import escape

from terminal.diagnosis.scanner.samples import SAMPLES, Sample

# ISO/IEC 18004, 6.3.8: four light modules around a code.
_QUIET = 4
# 0.6 mm a module on paper: 44 mm for the largest, which every scanner reads at arm's length.
_MODULE_MM = 0.6

_HALVES = {("0", "0"): "█", ("0", "1"): "▀", ("1", "0"): "▄", ("1", "1"): " "}


def console_rows(sample: Sample) -> list[str]:
    """Return a sample as lines of half blocks, light on a dark console; two rows a line."""
    rows = _with_border(sample)
    rows += ["0" * len(rows[0])] * (len(rows) % 2)
    return [
        "".join(_HALVES[upper, lower] for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    ]


def page() -> str:
    """Return a page of HTML with every sample, drawn as paths, to be printed."""
    drawings = "".join(
        f"<section><h2>{escape(sample.name)}</h2>{_svg(sample)}</section>" for sample in SAMPLES
    )
    return (
        '<!doctype html><html lang="zh"><meta charset="utf-8"><title>scan-terminal</title>'
        "<style>body{font-family:sans-serif}section{margin:1cm;break-inside:avoid}</style>"
        "<h1>扫码器样码 · Scanner samples</h1>"
        "<p>scan-terminal doctor scanner</p>"
        f"{drawings}</html>\n"
    )


def _svg(sample: Sample) -> str:
    rows = _with_border(sample)
    size = len(rows)
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, module in enumerate(row)
        if module == "1"
    )
    millimetres = f"{size * _MODULE_MM:.1f}mm"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{millimetres}" height="{millimetres}"'
        f' viewBox="0 0 {size} {size}" shape-rendering="crispEdges"><path d="{path}"/></svg>'
    )


def _with_border(sample: Sample) -> list[str]:
    rows = sample.modules
    light = "0" * (len(rows[0]) + 2 * _QUIET)
    side = "0" * _QUIET
    return [*[light] * _QUIET, *(f"{side}{row}{side}" for row in rows), *[light] * _QUIET]
