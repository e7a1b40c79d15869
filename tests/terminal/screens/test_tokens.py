import re
from pathlib import Path

import pytest

SITE = Path(__file__).resolve().parents[3] / "terminal" / "screens" / "site"
# WCAG 2.2, 1.4.3 and 1.4.11: text, and what must be seen beside it.
TEXT, SHAPE = 4.5, 3.0


def colours() -> dict[str, str]:
    usual = (SITE / "tokens.css").read_text(encoding="utf-8").partition("@media")[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", usual))


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_reckoned_as_it_should() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *(
            (ink, ground)
            for ink in ("ink", "ink-soft")
            for ground in ("paper", "surface", "sunken")
        ),
        *((f"on-{name}", name) for name in ("good", "bad", "wait", "info", "off", "night")),
        *((f"{name}-ink", f"{name}-soft") for name in ("good", "bad", "wait", "info", "off")),
        *(("on-accent", ground) for ground in ("accent", "accent-strong")),
        *(("accent-strong", ground) for ground in ("surface", "accent-soft", "paper")),
        *((f"plot-{number}", "surface") for number in range(1, 7)),
    ],
)
def test_text_can_be_read_on_its_ground(ink: str, ground: str) -> None:
    known = colours()
    assert contrast(known[ink], known[ground]) >= TEXT


@pytest.mark.parametrize("ground", ["paper", "surface"])
@pytest.mark.parametrize("shape", ["accent", "line-strong", "focus", "good", "bad", "off"])
def test_shape_is_seen_on_its_ground(shape: str, ground: str) -> None:
    assert contrast(colours()[shape], colours()[ground]) >= SHAPE


def test_every_token_that_a_page_uses_is_there() -> None:
    tokens = (SITE / "tokens.css").read_text(encoding="utf-8")
    for path in SITE.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        own = set(re.findall(r"(--[a-z0-9-]+):", text + tokens))
        # with a second value in its place, or set by a script
        asked = set(re.findall(r"var\((--[a-z0-9-]+)\)", text))
        assert asked <= own, path.name
