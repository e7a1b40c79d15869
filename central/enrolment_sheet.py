"""An enrolment slip as a page to print: the QR, for whom it is, until when, and what to do."""

import io
from html import escape
from pathlib import Path

import segno

from central.files import SECRET_MODE, write_atomically
from central.qr import QUIET_ZONE
from central.wording import utc
from verifier.model import UnixSeconds

# 65 modules on 12 cm: 1.8 mm each, which a scanner at 20 cm reads.
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<title>{terminal}</title>
<style>
@page {{ size: A4; margin: 20mm }}
body {{ font: 14pt/1.5 "Noto Sans CJK SC", system-ui, sans-serif; color: #000; background: #fff }}
h1 {{ font-size: 28pt; margin: 0 }}
svg {{ width: 120mm; height: 120mm; display: block; margin: 8mm 0 }}
strong {{ font-size: 18pt }}
li {{ margin: 2mm 0 }}
</style></head><body>
<h1>{terminal}</h1>
<p>{place}</p>
{svg}
<p><strong><span lang="zh">有效期至</span> / good until {until}</strong></p>
<ol>
<li><span lang="zh">在终端上执行</span> / on the terminal: <code>scan-terminal enrol --arm</code></li>
<li><span lang="zh">向扫码窗出示此二维码</span> / show this QR to its scanner</li>
<li><span lang="zh">用后销毁：只能使用一次</span> / destroy it afterwards: it works once</li>
</ol>
</body></html>
"""


def write_sheet(
    text: str, path: Path, *, terminal: str, place: str, expires_at: UnixSeconds
) -> None:
    """Write a page for the slip `text` to `path`; the file is its owner's alone."""
    picture = io.BytesIO()
    symbol = segno.make_qr(text, error="m", boost_error=False)
    symbol.save(
        picture,
        kind="svg",
        border=QUIET_ZONE,
        xmldecl=False,
        svgns=True,
        omitsize=True,
        light="#fff",
    )
    page = _PAGE.format(
        terminal=escape(terminal),
        place=escape(place),
        svg=picture.getvalue().decode(),
        until=escape(utc(expires_at)),
    )
    write_atomically(path, page.encode(), mode=SECRET_MODE)
