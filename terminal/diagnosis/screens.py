"""The doctor's look at what a lane's screen needs: the interface, a browser, its rules, a font."""

import json
from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.machine import Machine

# As Debian, Ubuntu's snap and Google install it.
_BROWSERS = (
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/snap/bin/chromium",
    "/usr/bin/google-chrome",
)
_POLICIES = ("/etc/chromium/policies/managed", "/etc/opt/chrome/policies/managed")
_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts")
# Families that have Chinese characters, as their files are called.
_CHINESE = ("notosanscjk", "notoserifcjk", "sourcehansans", "wqy", "droidsansfallback")


def look_at_screens(ground: Ground) -> Iterator[Finding]:
    """Yield what screens of this machine lack; nothing where no lane has one."""
    lanes = [lane for lane in ground.settings.lane if lane.screen is not None]
    for lane in lanes:
        yield _interface(ground, f"lane {lane.name}")
    if lanes:
        yield from _browser(ground.machine)
        if any("zh" in lane.screen.languages for lane in lanes if lane.screen is not None):
            yield _font(ground.machine)


def _interface(ground: Ground, check: str) -> Finding:
    code, local = "screen.interface", ground.settings.local
    if local is None or not local.screens or not local.loopback:
        what = "the lane has a screen, and no interface on this machine serves it"
        remedy = "give the settings a table [local], with loopback, and screens = true in it"
        return fail(code, check, what, remedy)
    return ok(code, check, "the local interface serves its screen")


def _browser(machine: Machine) -> Iterator[Finding]:
    """Yield whether there is a browser, and whether it is held to the screen's own pages."""
    found = [path for path in _BROWSERS if machine.at(path).exists()]
    if not found:
        what = "no Chromium is installed here; another machine can't show a lane's screen"
        yield warn("screen.browser", "screens", what, "apt install chromium cage")
        return
    yield ok("screen.browser", "screens", f"{found[0]} is there")
    yield _policy(machine)


def _policy(machine: Machine) -> Finding:
    """Return whether rules keep whoever stands at the screen from other pages."""
    code, check = "screen.policy", "screens"
    rules: dict[str, object] = {}
    for folder in _POLICIES:
        for name in machine.names(folder):
            try:
                told = json.loads(machine.text(f"{folder}/{name}"))
            except ValueError:
                remedy = "correct it; Chromium passes over a file that is no JSON"
                return fail(code, check, f"{folder}/{name} is no JSON", remedy)
            rules |= told if isinstance(told, dict) else {}
    blocked = rules.get("URLBlocklist")
    if not isinstance(blocked, list) or "*" not in blocked:
        what = "no rule keeps the browser from other pages"
        remedy = (
            'URLBlocklist ["*"] and URLAllowlist ["127.0.0.1"] in /etc/chromium/policies/managed'
        )
        return warn(code, check, what, remedy)
    allowed = rules.get("URLAllowlist")
    if not isinstance(allowed, list) or not any(_is_ours(str(each)) for each in allowed):
        what = "every page is blocked, the screen's own as well"
        return fail(code, check, what, 'add "127.0.0.1" to URLAllowlist')
    return ok(code, check, "the browser is held to the screen's own pages")


def _is_ours(pattern: str) -> bool:
    return "127.0.0.1" in pattern or "localhost" in pattern or "[::1]" in pattern


def _font(machine: Machine) -> Finding:
    code, check = "screen.font", "screens"
    for folder in _FONTS:
        for path in machine.at(folder).rglob("*"):
            plain = path.name.lower().replace("-", "").replace("_", "")
            if plain.startswith(_CHINESE):
                return ok(code, check, f"Chinese characters come from {path.name}")
    what = "no font with Chinese characters is installed: a screen shows boxes"
    return fail(code, check, what, "apt install fonts-noto-cjk")
