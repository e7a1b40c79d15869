"""An independent maker of CC1 codes: cbor2 and PyNaCl by themselves, and every fault on request.

Nothing of the project is used here, so that a code made here says what docs/cc1.md says and not
what the verifier happens to read.
"""

import hashlib
from collections.abc import Mapping

import cbor2
from nacl.signing import SigningKey

NOW = 1_800_000_000
ISSUER = SigningKey(bytes(range(32)))
HOLDER = SigningKey(bytes(range(32, 64)))
STRANGER = SigningKey(bytes(range(64, 96)))
SUBJECT = bytes.fromhex("a1b2c3d4e5f60718")
STATUS_INDEX = 1_234_567  # shard 1, place 185,991
HOLDER_AAD = b"cc1.holder"

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def public(key: SigningKey) -> bytes:
    return bytes(key.verify_key)


def kid(key: SigningKey) -> bytes:
    return hashlib.sha256(public(key)).digest()[:8]


def card(**changes: object) -> list[object]:
    """Return the card array in its order, with members replaced by name."""
    members: dict[str, object] = {
        "version": 1,
        "subject": SUBJECT,
        "types": 3,
        "capabilities": 37,
        "status": STATUS_INDEX,
    }
    return list({**members, **changes}.values())


def cnf(key: bytes | None = None) -> dict[int, object]:
    return {1: {1: 1, -1: 6, -2: public(HOLDER) if key is None else key}}


def issuer_claims(
    *,
    exp: int = NOW + 86_400,
    nbf: int = NOW - 86_400,
    holder: bytes | None = None,
    **fields: object,
) -> dict[int, object]:
    """Return the issuer's claims; with `holder` they name a phone's key."""
    bound = {} if holder is None else {8: cnf(holder)}
    return {4: exp, 5: nbf, **bound, -65537: card(**fields)}


def sign1(
    protected: bytes,
    payload: bytes,
    key: SigningKey,
    *,
    aad: bytes = b"",
    unprotected: bytes = b"\xa0",
    signature: bytes | None = None,
) -> bytes:
    """Return an untagged COSE_Sign1 over exactly these octets."""
    to_be_signed = cbor2.dumps(["Signature1", protected, aad, payload])
    signed = key.sign(to_be_signed).signature if signature is None else signature
    parts = (cbor2.dumps(protected), unprotected, cbor2.dumps(payload), cbor2.dumps(signed))
    return b"\x84" + b"".join(parts)


def issuer_part(
    claims: Mapping[int, object] | bytes | None = None,
    *,
    key: SigningKey = ISSUER,
    header: Mapping[int, object] | bytes | None = None,
    alg: int = -19,
    signature: bytes | None = None,
    unprotected: bytes = b"\xa0",
) -> bytes:
    """Return the issuer's part; octets given for claims or header are signed as they are."""
    return sign1(
        _octets({1: alg, 4: kid(key)} if header is None else header),
        _octets(issuer_claims() if claims is None else claims),
        key,
        signature=signature,
        unprotected=unprotected,
    )


def holder_part(
    issued: bytes | None = None,
    claims: Mapping[int, object] | bytes | None = None,
    *,
    key: SigningKey = HOLDER,
    header: Mapping[int, object] | bytes | None = None,
    alg: int = -19,
    aad: bytes = HOLDER_AAD,
    signature: bytes | None = None,
    unprotected: bytes = b"\xa0",
) -> bytes:
    """Return a dynamic code: the phone's proof around `issued`, which names its key."""
    inner = issuer_part(issuer_claims(holder=public(HOLDER))) if issued is None else issued
    protected = b"\xa2\x01" + cbor2.dumps(alg) + b"\x0d" + inner
    return sign1(
        protected if header is None else _octets(header),
        _octets({6: NOW} if claims is None else claims),
        key,
        aad=aad,
        signature=signature,
        unprotected=unprotected,
    )


def largest() -> bytes:
    """Return a dynamic code in which every integer and text is as long as it may be."""
    fields = {"types": 2**32 - 1, "capabilities": 127, "status": 2**32 - 1}
    claims = issuer_claims(exp=2**32 - 1, nbf=2**30, holder=public(HOLDER), **fields)
    return holder_part(issuer_part(claims), {3: "x" * 16, 6: NOW, 39: bytes(16)})


def smallest() -> bytes:
    """Return a static code in which every integer is as short as it may be."""
    return issuer_part(issuer_claims(types=0, capabilities=0, status=0))


def text(code: bytes) -> bytes:
    return b"CC1:" + base45(code).encode()


def base45(octets: bytes) -> str:
    """Return base45 by the arithmetic of RFC 9285, section 4.1."""
    groups = []
    for place in range(0, len(octets), 2):
        pair = octets[place : place + 2]
        number, size = int.from_bytes(pair, "big"), len(pair) + 1
        groups.append("".join(_ALPHABET[number // 45**power % 45] for power in range(size)))
    return "".join(groups)


def _octets(value: Mapping[int, object] | bytes) -> bytes:
    return value if isinstance(value, bytes) else cbor2.dumps(value)
