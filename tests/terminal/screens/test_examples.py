import json
import re
from pathlib import Path

from terminal.local.table import LocalSettings

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"


def test_browser_of_a_screen_opens_our_pages_and_nothing_else() -> None:
    policy = json.loads((EXAMPLES / "chromium-policy.json").read_text(encoding="utf-8"))
    assert policy["URLBlocklist"] == ["*"]
    base = f"http://127.0.0.1:{LocalSettings().port}/"
    assert all(each.startswith(base) for each in policy["URLAllowlist"])
    unit = (EXAMPLES / "scan-screen.service").read_text(encoding="utf-8")
    (address,) = re.findall(r"^Environment=SCREEN=(\S+)$", unit, re.MULTILINE)
    assert any(address.startswith(each) for each in policy["URLAllowlist"])


def test_browser_of_a_screen_is_nobody_of_the_terminals() -> None:
    unit = (EXAMPLES / "scan-screen.service").read_text(encoding="utf-8")
    assert "\nUser=scan-screen\n" in unit
    assert "--no-sandbox" not in unit
    assert "disable-web-security" not in unit
