"""ES256 and PS256 verdicts for foreign families, from `cryptography`: the extra `foreign`.

The library is imported where it is used: the citizen's own code never needs it.
"""

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from verifier.errors import TrustError
from verifier.model import Algorithm, KeyKind, SignedOctets

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

FOREIGN_MISSING = "needs the extra foreign: pip install 'scan-terminal[foreign]'"

# Below 2,048 bits a modulus is within reach (NIST SP 800-131A); above 4,096 nobody issues, and a
# verification would take longer than all other checks together.
RSA_BITS_MIN, RSA_BITS_MAX = 2_048, 4_096
# The common exponents are 3 and 65,537; the time of a verification grows with its length.
RSA_EXPONENT_MAX = 1 << 32

# The order of P-256's group (SEC 2, section 2.4.2).
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P256_OCTETS = 32  # of a coordinate, and of r and s each

PSS_SALT_OCTETS = 32  # RFC 8230, section 2: as long as the digest

# A parsed key costs a tenth of a verification to make and some 2 kB to keep; the busiest lane sees
# the keys of some dozens of countries.
_PARSED_KEYS_MAX = 256


def need_foreign() -> None:
    """Return if the extra `foreign` is installed.

    Raises:
        TrustError: it is not, or a part of it is of another machine; the text says what to install.
    """
    try:
        import_module("cryptography.x509")
    except ImportError as error:
        raise TrustError(FOREIGN_MISSING) from error


def is_signed_by_foreign(kind: KeyKind, key: bytes, signed: SignedOctets) -> bool:
    """Return whether `signed` carries the signature of `key`.

    Args:
        kind: P-256 or RSA.
        key: SubjectPublicKeyInfo, DER, as the trust list loaded it.
        signed: the octets and the signature.
    """
    match kind, signed.algorithm:
        case KeyKind.P256, Algorithm.ES256:
            return _is_es256(_p256(key), signed.message, signed.signature)
        case KeyKind.RSA, Algorithm.PS256:
            return _is_ps256(_rsa(key), signed.message, signed.signature)
        case _:
            return False


def p256_key(x: bytes, y: bytes) -> bytes:
    """Return the point (x, y), 32 octets each, as SubjectPublicKeyInfo, DER.

    Raises:
        TrustError: not on the curve, or the extra is not installed.
    """
    need_foreign()
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # extra foreign

    if len(x) != P256_OCTETS or len(y) != P256_OCTETS:
        raise TrustError("x and y must be 32 octets each")
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
    )
    try:
        return foreign_key(numbers.public_key())[1]
    except ValueError as error:
        raise TrustError("x and y are no point of P-256") from error


def rsa_key(modulus: bytes, exponent: bytes) -> bytes:
    """Return the key of these big-endian numbers as SubjectPublicKeyInfo, DER.

    Raises:
        TrustError: out of bounds, a zero in front, or the extra is not installed.
    """
    need_foreign()
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415  # extra foreign

    if not modulus or not exponent or 0 in (modulus[0], exponent[0]):  # RFC 7518, section 2
        raise TrustError("n and e must be numbers without a zero in front")
    numbers = rsa.RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big"))
    try:
        return foreign_key(numbers.public_key())[1]
    except ValueError as error:
        raise TrustError("n and e are no RSA key") from error


def foreign_key(key: object) -> tuple[KeyKind, bytes]:
    """Return kind and SubjectPublicKeyInfo, DER, of one of the library's public keys.

    Raises:
        TrustError: of a kind or size that is not read here.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415  # extra foreign
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415  # extra foreign
        Encoding,
        PublicFormat,
    )

    match key:
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1):
            kind = KeyKind.P256
        case rsa.RSAPublicKey():
            _check_rsa(key)
            kind = KeyKind.RSA
        case _:
            raise TrustError("the key is neither of P-256 nor RSA")
    return kind, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _check_rsa(key: "RSAPublicKey") -> None:
    numbers = key.public_numbers()
    if not RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX or not numbers.n & 1:
        raise TrustError(f"an RSA modulus must be odd, of {RSA_BITS_MIN} to {RSA_BITS_MAX} bits")
    if not 3 <= numbers.e < RSA_EXPONENT_MAX or not numbers.e & 1:
        raise TrustError("an RSA exponent must be odd, 3 or above, and below 2^32")


def _is_es256(key: "EllipticCurvePublicKey", message: bytes, signature: bytes) -> bool:
    """Return the verdict over r and s, 32 octets each (RFC 9053, section 2.1).

    OpenSSL refuses numbers outside 1..n-1 as well; two checks cost less than one mistake.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # extra foreign
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # extra foreign
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415  # extra foreign

    r, s = (int.from_bytes(half, "big") for half in _halves(signature))
    if len(signature) != 2 * P256_OCTETS or not 0 < r < P256_ORDER or not 0 < s < P256_ORDER:
        return False
    try:
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _halves(signature: bytes) -> tuple[bytes, bytes]:
    return signature[:P256_OCTETS], signature[P256_OCTETS:]


def _is_ps256(key: "RSAPublicKey", message: bytes, signature: bytes) -> bool:
    """Return the verdict of RSASSA-PSS, SHA-256 throughout (RFC 8230, section 2)."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # extra foreign
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # extra foreign
    from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415  # extra foreign

    if len(signature) != -(-key.key_size // 8):
        return False
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), PSS_SALT_OCTETS)
    try:
        key.verify(signature, message, scheme, hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=_PARSED_KEYS_MAX)
def _parsed(key: bytes) -> object:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # extra foreign

    return serialization.load_der_public_key(key)


def _p256(key: bytes) -> "EllipticCurvePublicKey":
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # extra foreign

    parsed = _parsed(key)
    if not isinstance(parsed, ec.EllipticCurvePublicKey):
        raise ValueError("a trusted key that is not of its kind")  # noqa: TRY004  # a bug of ours
    return parsed


def _rsa(key: bytes) -> "RSAPublicKey":
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415  # extra foreign

    parsed = _parsed(key)
    if not isinstance(parsed, rsa.RSAPublicKey):
        raise ValueError("a trusted key that is not of its kind")  # noqa: TRY004  # a bug of ours
    return parsed
