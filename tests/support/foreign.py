"""Keys, certificates and signatures of foreign families, by `cryptography` itself."""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from tests.support.cards import NOW, base45
from tests.support.trust import CITY, base64url
from verifier.model import Algorithm, SignedOctets

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

SHA256 = hashes.SHA256()
P256 = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
P256_OTHER = ec.derive_private_key(0xFEDCBA0987654321, ec.SECP256R1())
P384 = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP384R1())
ISSUER_EXPIRES = NOW + 1_000_000
ISSUER_BEGINS = NOW - 1_000_000
DCC_KID = bytes.fromhex("0011223344556677")


def _rsa(p: int, q: int) -> rsa.RSAPrivateKey:
    """Return the key of two primes: the same in every run, and of no use to anybody."""
    e = 65_537
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key()


# The primes next above 1.5 and 1.75 times 2^1023.
RSA = _rsa(3 * 2**1022 + 1_037, 7 * 2**1021 + 309)


def spki(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def certificate(
    key: PrivateKey | ed25519.Ed25519PrivateKey,
    *,
    begins: int = ISSUER_BEGINS,
    ends: int = ISSUER_EXPIRES - 1,
    usages: tuple[str, ...] = (),
) -> bytes:
    """Return a certificate, DER, valid from `begins` through `ends`, as X.509 counts.

    With `usages`, dotted numbers, it has that extended key usage.
    """
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer.example")])
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=7,
        not_valid_before=datetime.fromtimestamp(begins, UTC),
        not_valid_after=datetime.fromtimestamp(ends, UTC),
    )
    if usages:
        named = x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage) for usage in usages])
        builder = builder.add_extension(named, critical=False)
    return builder.sign(RSA, SHA256).public_bytes(Encoding.DER)


def numbers(key: PrivateKey | PublicKey) -> dict[str, object]:
    """Return the members of a JWK that say which key it is."""
    public = key if isinstance(key, PublicKey) else key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        held = public.public_numbers()
        return {"kty": "RSA", "n": _uint(held.n), "e": _uint(held.e)}
    point = public.public_numbers()
    size = (public.key_size + 7) // 8
    x, y = (base64url(each.to_bytes(size, "big")) for each in (point.x, point.y))
    return {"kty": "EC", "crv": f"P-{public.key_size}", "x": x, "y": y}


def _uint(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def thumbprint(key: PrivateKey) -> str:
    """Return the thumbprint of a key by RFC 7638: members in order, no spaces."""
    text = json.dumps(numbers(key), sort_keys=True, separators=(",", ":"))
    return base64url(hashlib.sha256(text.encode()).digest())


def short(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()[:16]


def x5c(der: bytes) -> list[str]:
    return [base64.b64encode(der).decode()]


def entry(key: PrivateKey | PublicKey, **changes: object) -> dict[str, object]:
    """Return an entry of keys.json for `eu-dcc` by key and id alone; None leaves a member out."""
    members = {
        **numbers(key),
        "kid": DCC_KID.hex(),
        "role": "card",
        "formats": ["eu-dcc"],
        "issuer": CITY,
        "nbf": ISSUER_BEGINS,
        "exp": ISSUER_EXPIRES,
        "capabilities": 1,
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def certified(der: bytes, **changes: object) -> dict[str, object]:
    """Return an entry of keys.json for `eu-dcc` that gives nothing but its certificate."""
    members = {
        "x5c": x5c(der),
        "kid": short(der),
        "role": "card",
        "formats": ["eu-dcc"],
        "issuer": CITY,
        "capabilities": 1,
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def es256(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Return r and s, 32 octets each."""
    signature = key.sign(message, ec.ECDSA(SHA256, deterministic_signing=True))
    return b"".join(half.to_bytes(32, "big") for half in utils.decode_dss_signature(signature))


def ps256(key: rsa.RSAPrivateKey, message: bytes, *, salt: int = 32) -> bytes:
    return key.sign(message, padding.PSS(padding.MGF1(SHA256), salt), SHA256)


def signed(key: PrivateKey, message: bytes) -> SignedOctets:
    """Return `message` signed as keys of its kind do."""
    if isinstance(key, rsa.RSAPrivateKey):
        number, signature = Algorithm.PS256, ps256(key, message)
    else:
        number, signature = Algorithm.ES256, es256(key, message)
    return SignedOctets(algorithm=number, message=message, signature=signature)


def statement(**changes: object) -> dict[str, object]:
    """Return a health statement of one vaccination, names of nobody."""
    entry = {"ci": "URN:UVCI:01:XX:0007", "co": "XX", "dn": 1, "sd": 2, "tg": "840539006"}
    name = {"fnt": "HOLDER", "gnt": "0007"}
    return {"ver": "1.3.0", "nam": name, "dob": "1990", "v": [entry], **changes}


def dcc_claims(**changes: object) -> dict[object, object]:
    """Return the claims of a certificate around NOW, in an order that is not deterministic."""
    claims = {1: "XX", 4: NOW + 86_400, 6: NOW - 86_400, -260: {1: statement(**changes)}}
    return dict(reversed(claims.items()))


def dcc_layer(
    claims: Mapping[object, object] | bytes | None = None,
    *,
    key: PrivateKey = P256,
    header: Mapping[int, object] | bytes | None = None,
    unprotected: Mapping[int, object] | bytes = b"\xa0",
    tags: bytes = b"\xd2",
) -> bytes:
    """Return a COSE_Sign1; octets given for any part stand as they are."""
    alg = Algorithm.PS256 if isinstance(key, rsa.RSAPrivateKey) else Algorithm.ES256
    protected = _cbor({1: alg, 4: DCC_KID} if header is None else header)
    payload = _cbor(dcc_claims() if claims is None else claims)
    made = signed(key, cbor2.dumps(["Signature1", protected, b"", payload]))
    parts = (cbor2.dumps(each) for each in (protected, payload, made.signature))
    first, second, third = parts
    return tags + b"\x84" + first + _cbor(unprotected) + second + third


def dcc_text(layer: bytes) -> bytes:
    return b"HC1:" + base45(zlib.compress(layer, 9)).encode()


def dcc(claims: Mapping[object, object] | bytes | None = None, **how: Any) -> bytes:
    """Return a certificate's text; `how` as in `dcc_layer`."""
    return dcc_text(dcc_layer(claims, **how))


def _cbor(value: Mapping[Any, object] | bytes) -> bytes:
    return value if isinstance(value, bytes) else cbor2.dumps(value)


def seal_data(*, kind: str = "icao.vacc", **message: object) -> dict[str, object]:
    """Return what a VDS-NC seal states, names of nobody, already in canonical order."""
    held = {"pid": {"n": "HOLDER 0007"}, "uvci": "U0007", "ve": [{"des": "XM68M6"}]}
    return {"hdr": {"is": "UTO", "t": kind, "v": 1}, "msg": {**held, **message}}


def seal_sig(
    data: object, *, key: PrivateKey = P256, der: bytes | None = None, **changes: object
) -> dict[str, object]:
    """Return the signature's members over `data`, written in its canonical order by the caller."""
    octets = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
    cer = certificate(key) if der is None else der
    value = base64url(signed(key, octets).signature)
    return {"alg": "ES256", "cer": base64url(cer), "sigvl": value, **changes}


def seal(data: object = None, **how: Any) -> bytes:
    """Return a seal's text; `how` as in `seal_sig`."""
    stated = seal_data() if data is None else data
    members = {"data": stated, "sig": seal_sig(stated, **how)}
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
