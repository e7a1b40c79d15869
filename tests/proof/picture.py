"""What the virtual camera looks at: `python -m tests.proof.picture TEXT FILE`, a QR code as luma."""

import sys
from pathlib import Path

import segno

WIDTH, HEIGHT, SCALE = 640, 480, 8


def luma(text: str) -> bytes:
    """Return the octets of a picture, a row after the other, with a code in its middle."""
    modules = [list(row) for row in segno.make_qr(text, error="m").matrix]
    side = len(modules) * SCALE
    left, top = (WIDTH - side) // 2, (HEIGHT - side) // 2
    blank = bytes([230]) * WIDTH
    margin = bytes([230]) * left
    rows = [
        (margin + b"".join(bytes([20 if dark else 230]) * SCALE for dark in row)).ljust(
            WIDTH, b"\xe6"
        )
        for row in modules
        for _ in range(SCALE)
    ]
    return b"".join([*[blank] * top, *rows, *[blank] * (HEIGHT - top - side)])


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(luma(sys.argv[1]))
