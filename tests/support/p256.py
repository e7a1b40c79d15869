"""Which keys of P-256 can have made a signature: arithmetic of SEC 1, section 4.1.6."""

import hashlib

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_Point = tuple[int, int] | None  # None: at infinity


def keys_that_signed(message: bytes, signature: bytes) -> set[tuple[bytes, bytes]]:
    """Return x and y of every key under which `signature` (r and s) is one of `message`."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    root = pow(r**3 - 3 * r + _B, (_P + 1) // 4, _P)
    inverse = pow(r, -1, _N)
    found = set()
    for y in (root, _P - root):
        key = _sum(_times(s * inverse % _N, (r, y)), _times(-digest * inverse % _N, _G))
        assert key is not None
        found.add((key[0].to_bytes(32, "big"), key[1].to_bytes(32, "big")))
    return found


def _times(number: int, point: _Point) -> _Point:
    total: _Point = None
    while number:
        if number & 1:
            total = _sum(total, point)
        point, number = _sum(point, point), number >> 1
    return total


def _sum(one: _Point, other: _Point) -> _Point:
    if one is None or other is None:
        return other if one is None else one
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % _P == 0:
        return None
    rise = 3 * x1 * x1 - 3 if one == other else y2 - y1
    slope = rise * pow(2 * y1 if one == other else x2 - x1, -1, _P)
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P
