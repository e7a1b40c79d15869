"""Edwards25519 in whole numbers (RFC 8032, section 5.1): slow, and only for judging keys.

libsodium is asked for verdicts on signatures; it does not tell a point of the prime-order subgroup
from one with a torsion part, which CC1 wants of a key in a trust list.
"""

from functools import lru_cache

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

Point = tuple[int, int]
IDENTITY: Point = (0, 1)


def add(a: Point, b: Point) -> Point:
    """Return the sum; the formula has no exceptions on this curve."""
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2
    return (
        (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P,
    )


def multiply(factor: int, point: Point) -> Point:
    """Return `point` added up `factor` times."""
    total = IDENTITY
    while factor:
        if factor & 1:
            total = add(total, point)
        point = add(point, point)
        factor >>= 1
    return total


def decompress(octets: bytes) -> Point | None:
    """Return the point that 32 octets spell in the one canonical way, else None."""
    number = int.from_bytes(octets, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if len(octets) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return (P - x if x % 2 != sign else x, y)


def compress(point: Point) -> bytes:
    """Return the 32 octets of a point."""
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


@lru_cache
def is_sound_key(octets: bytes) -> bool:
    """Say whether `octets` are a point of the prime-order subgroup other than its identity."""
    point = decompress(octets)
    return point is not None and point != IDENTITY and multiply(L, point) == IDENTITY
