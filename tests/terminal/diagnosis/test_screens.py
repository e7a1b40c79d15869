import json
from collections.abc import Callable

import pytest

from terminal.diagnosis.ground import Ground
from terminal.diagnosis.screens import look_at_screens
from terminal.local.table import LocalSettings
from terminal.screens.table import ScreenSettings
from tests.terminal.diagnosis.conftest import CAMERA, Laid

Make = Callable[..., Ground]
RULES = "/etc/chromium/policies/managed/kiosk.json"


@pytest.fixture
def shown(ground: Make) -> Callable[..., dict[str, str]]:
    """Look at a terminal whose only lane has a screen."""

    def look(**more: object) -> dict[str, str]:
        here = ground(CAMERA)
        (lane,) = here.settings.lane
        lanes = (lane.model_copy(update={"screen": ScreenSettings()}),)
        told = {"lane": lanes, "local": LocalSettings(), **more}
        settings = here.settings.model_copy(update=told)
        there = Ground(config=here.config, settings=settings, machine=here.machine)
        return {found.code: found.level for found in look_at_screens(there)}

    return look


def furnish(laid: Laid) -> None:
    laid.put("/usr/bin/chromium")
    laid.put("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
    laid.put(RULES, json.dumps({"URLBlocklist": ["*"], "URLAllowlist": ["http://127.0.0.1"]}))


def test_terminal_without_screens_needs_no_browser(ground: Make) -> None:
    assert list(look_at_screens(ground(CAMERA))) == []


def test_furnished_screen_is_well(laid: Laid, shown: Callable[..., dict[str, str]]) -> None:
    furnish(laid)
    assert set(shown().values()) == {"ok"}


def test_bare_machine_lacks_browser_and_font(shown: Callable[..., dict[str, str]]) -> None:
    assert shown() == {"screen.interface": "ok", "screen.browser": "warn", "screen.font": "fail"}


@pytest.mark.parametrize(
    "local",
    [
        None,
        LocalSettings(screens=False),
        LocalSettings(loopback=(), lan=None, socket={"path": "/run/x"}),
    ],
)
def test_screen_that_nobody_serves_fails(
    laid: Laid, shown: Callable[..., dict[str, str]], local: LocalSettings | None
) -> None:
    furnish(laid)
    assert shown(local=local)["screen.interface"] == "fail"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("{}", "warn"),
        ("[]", "warn"),
        ('{"URLBlocklist": ["evil.example"]}', "warn"),
        ('{"URLBlocklist": ["*"]}', "fail"),
        ('{"URLBlocklist": ["*"], "URLAllowlist": ["city.example"]}', "fail"),
        ('{"URLBlocklist": ["*"], "URLAllowlist": ["localhost"]}', "ok"),
        ("no json", "fail"),
    ],
)
def test_rules_hold_the_browser_to_our_pages_and_leave_those_open(
    laid: Laid, shown: Callable[..., dict[str, str]], text: str, level: str
) -> None:
    furnish(laid)
    laid.put(RULES, text)
    assert shown()["screen.policy"] == level
