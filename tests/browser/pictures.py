"""The handbooks' pictures, made of what the browser tests kept: `make pictures`."""

from pathlib import Path

import cv2

ROOT = Path(__file__).resolve().parents[2]
KEPT, PICTURES = ROOT / "build" / "screens", ROOT / "docs" / "pictures"

# Which screen, in which size and language; small enough that all of them are some 300 kB.
SHOWN = {
    "lane-idle": "1280x800-en",
    "lane-starting": "1280x800-en",
    "lane-granted": "1280x800-en",
    "lane-refused": "1280x800-zh",
    "lane-help": "1280x800-en",
    "lane-idle-not-well": "1280x800-en",
    "lane-out-of-service": "1280x800-zh",
    "kiosk-home": "1080x1920-zh",
    "kiosk-ticket": "1080x1920-en",
    "kiosk-rate": "1080x1920-en",
    "counter-entry": "1280x800-zh",
    "counter-paid": "1280x800-en",
    "operate-overview": "1280x800-en",
    "operate-terminal": "1280x800-en",
}
WIDTH_WIDE, WIDTH_TALL = 720, 400
QUALITY = 85


def make() -> None:
    """Write docs/pictures anew.

    Raises:
        SystemExit: a screen was not kept: `make screens` first.
    """
    PICTURES.mkdir(exist_ok=True)
    for name, variant in SHOWN.items():
        picture = cv2.imread(str(KEPT / f"{name}-{variant}.png"))
        if picture is None:
            raise SystemExit(f"no {name}-{variant}.png in build/screens: run make screens")
        height, width = picture.shape[:2]
        wide = WIDTH_WIDE if width > height else WIDTH_TALL
        small = cv2.resize(picture, (wide, height * wide // width), interpolation=cv2.INTER_AREA)
        target = str(PICTURES / f"{name}.webp")
        if not cv2.imwrite(target, small, [cv2.IMWRITE_WEBP_QUALITY, QUALITY]):
            raise SystemExit(f"{target} can't be written")


if __name__ == "__main__":
    make()
