"""Keys, certificates and signatures of foreign families, by `cryptography` itself."""

import base64
import hashlib
import json
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from tests.support.cards import NOW
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
) -> bytes:
    """Return a certificate, DER, valid from `begins` through `ends`, as X.509 counts."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer.example")])
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=7,
        not_valid_before=datetime.fromtimestamp(begins, UTC),
        not_valid_after=datetime.fromtimestamp(ends, UTC),
    )
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
        "kid": "0011223344556677",
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
