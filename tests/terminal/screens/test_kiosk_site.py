"""The files of the kiosk page: whole, and as the shared ones have it."""

import re
from importlib.resources import files

from terminal.local.pages.assets import ASSETS

_SITE = files("terminal.screens").joinpath("site")
_SYMBOL = re.compile(r'<symbol id="(?P<id>[^"]+)"(?P<rest>.*?</symbol>)', re.DOTALL)


def _symbols(name: str) -> dict[str, str]:
    text = _SITE.joinpath(name).read_text(encoding="utf-8")
    return {found["id"]: found["rest"] for found in _SYMBOL.finditer(text)}


def test_kiosk_draws_the_shared_signs_as_they_are() -> None:
    shared, ours = _symbols("icons.svg"), _symbols("kiosk.html")
    copies = {name.removeprefix("i-"): drawn for name, drawn in ours.items() if name[:2] == "i-"}
    assert len(copies) > 10
    assert copies == {name: shared[name] for name in copies}


def test_every_part_of_the_kiosk_is_served() -> None:
    kiosk = _SITE.joinpath("kiosk")
    modules = [each.name for each in kiosk.iterdir() if each.is_file()]
    views = [f"views/{each.name}" for each in kiosk.joinpath("views").iterdir()]
    assert {f"kiosk/{name}" for name in modules + views} == {
        name for name in ASSETS if name.startswith("kiosk/")
    }


def test_every_sign_that_the_kiosk_names_is_in_its_page() -> None:
    drawn = set(_symbols("kiosk.html"))
    kiosk = _SITE.joinpath("kiosk")
    texts = [each.read_text(encoding="utf-8") for each in kiosk.iterdir() if each.is_file()]
    texts += [each.read_text(encoding="utf-8") for each in kiosk.joinpath("views").iterdir()]
    named = set(re.findall(r'"#(k-[a-z-]+)"', "".join(texts)))
    assert len(named) > 5
    assert named <= drawn
