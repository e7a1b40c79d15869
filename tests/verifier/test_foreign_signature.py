import subprocess
import sys
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import ISSUER, public
from tests.support.foreign import (
    P256,
    P256_OTHER,
    RSA,
    PrivateKey,
    certificate,
    certified,
    entry,
    es256,
    ps256,
    signed,
    spki,
)
from tests.support.trust import jwk, keys_json
from verifier.errors import TrustError
from verifier.foreign_signature import (
    P256_ORDER,
    RSA_BITS_MAX,
    RSA_BITS_MIN,
    RSA_EXPONENT_MAX,
    is_signed_by_foreign,
    p256_key,
    rsa_key,
)
from verifier.model import Algorithm, KeyKind, SignedOctets

MESSAGE = b"a statement"
KINDS = {KeyKind.P256: P256, KeyKind.RSA: RSA}
BOTH = pytest.mark.parametrize(("kind", "key"), KINDS.items(), ids=["ES256", "PS256"])


def holds(kind: KeyKind, key: PrivateKey, statement: SignedOctets) -> bool:
    return is_signed_by_foreign(kind, spki(key), statement)


@BOTH
def test_signature_of_the_key_holds(kind: KeyKind, key: PrivateKey) -> None:
    assert holds(kind, key, signed(key, MESSAGE))


@BOTH
def test_another_message_is_refused(kind: KeyKind, key: PrivateKey) -> None:
    assert not holds(kind, key, replace(signed(key, MESSAGE), message=MESSAGE + b"s"))


@BOTH
def test_signature_with_any_octet_changed_is_refused(kind: KeyKind, key: PrivateKey) -> None:
    statement = signed(key, MESSAGE)
    for place in range(len(statement.signature)):
        octets = bytearray(statement.signature)
        octets[place] ^= 1
        assert not holds(kind, key, replace(statement, signature=bytes(octets))), place


@BOTH
def test_signature_of_another_length_is_refused(kind: KeyKind, key: PrivateKey) -> None:
    whole = signed(key, MESSAGE)
    for octets in (b"", whole.signature[:-1], whole.signature + b"\0", b"\0" + whole.signature):
        assert not holds(kind, key, replace(whole, signature=octets))


def test_another_key_is_refused() -> None:
    assert not holds(KeyKind.P256, P256_OTHER, signed(P256, MESSAGE))


def test_algorithm_of_another_kind_is_refused() -> None:
    ours = signed(P256, MESSAGE)
    for algorithm in (Algorithm.PS256, Algorithm.EDDSA, Algorithm.ED25519, 0):
        assert not holds(KeyKind.P256, P256, replace(ours, algorithm=algorithm))
    assert not holds(KeyKind.RSA, RSA, replace(signed(RSA, MESSAGE), algorithm=-7))
    assert not holds(KeyKind.ED25519, P256, ours)


@pytest.mark.parametrize("number", [0, P256_ORDER, P256_ORDER + 1, 2**256 - 1])
@pytest.mark.parametrize("place", [0, 32])
def test_number_outside_the_group_is_refused(number: int, place: int) -> None:
    """An r or s of nought once passed for a signature over anything (CVE-2022-21449)."""
    octets = bytearray(es256(P256, MESSAGE))
    octets[place : place + 32] = number.to_bytes(32, "big")
    statement = SignedOctets(algorithm=-7, message=MESSAGE, signature=bytes(octets))
    assert not holds(KeyKind.P256, P256, statement)


def test_numbers_of_nought_are_refused_for_any_message() -> None:
    for message in (b"", MESSAGE):
        statement = SignedOctets(algorithm=-7, message=message, signature=bytes(64))
        assert not holds(KeyKind.P256, P256, statement)


def test_smallest_and_largest_numbers_of_the_group_are_no_error() -> None:
    for number in (1, P256_ORDER - 1):
        octets = number.to_bytes(32, "big") * 2
        statement = SignedOctets(algorithm=-7, message=MESSAGE, signature=octets)
        assert not holds(KeyKind.P256, P256, statement)


def test_s_may_be_either_of_its_two_values() -> None:
    """ECDSA has two signatures for one; ids stand inside the signed part, so neither is new."""
    octets = es256(P256, MESSAGE)
    other = P256_ORDER - int.from_bytes(octets[32:], "big")
    statement = SignedOctets(
        algorithm=-7, message=MESSAGE, signature=octets[:32] + other.to_bytes(32, "big")
    )
    assert holds(KeyKind.P256, P256, statement)


@pytest.mark.parametrize("salt", [0, 20, 31, 33])
def test_salt_of_another_length_is_refused(salt: int) -> None:
    statement = SignedOctets(
        algorithm=-37, message=MESSAGE, signature=ps256(RSA, MESSAGE, salt=salt)
    )
    assert not holds(KeyKind.RSA, RSA, statement)


def test_other_padding_is_refused() -> None:
    octets = RSA.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    statement = SignedOctets(algorithm=-37, message=MESSAGE, signature=octets)
    assert not holds(KeyKind.RSA, RSA, statement)


def test_signature_not_below_the_modulus_is_refused() -> None:
    statement = SignedOctets(algorithm=-37, message=MESSAGE, signature=b"\xff" * 256)
    assert not holds(KeyKind.RSA, RSA, statement)


@given(st.sampled_from(sorted(KINDS, key=str)), st.binary(max_size=300), st.binary(max_size=40))
def test_noise_is_no_signature_and_no_error(kind: KeyKind, octets: bytes, message: bytes) -> None:
    number = Algorithm.ES256 if kind is KeyKind.P256 else Algorithm.PS256
    statement = SignedOctets(algorithm=number, message=message, signature=octets)
    assert not holds(kind, KINDS[kind], statement)


def test_key_of_another_kind_than_said_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="not of its kind"):
        holds(KeyKind.RSA, P256, signed(RSA, MESSAGE))
    with pytest.raises(ValueError, match="not of its kind"):
        holds(KeyKind.P256, RSA, signed(P256, MESSAGE))


# Keys made of their numbers.


def octets_of(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def test_point_becomes_the_key_that_the_library_writes() -> None:
    point = P256.public_key().public_numbers()
    x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
    assert p256_key(x, y) == spki(P256)


@pytest.mark.parametrize(
    ("x", "y"),
    [(bytes(32), bytes(32)), (b"\1" * 32, b"\1" * 32), (b"\xff" * 32, b"\1" * 32), (b"", b"")],
    ids=["nought", "off the curve", "above the field", "empty"],
)
def test_point_off_the_curve_is_refused(x: bytes, y: bytes) -> None:
    with pytest.raises(TrustError):
        p256_key(x, y)


def test_coordinate_of_another_length_is_refused() -> None:
    point = P256.public_key().public_numbers()
    x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
    for pair in ((b"\0" + x, y), (x, b"\0" + y), (x[1:], y), (x, y[:-1])):
        with pytest.raises(TrustError):
            p256_key(*pair)


def test_numbers_become_the_rsa_key_that_the_library_writes() -> None:
    held = RSA.public_key().public_numbers()
    assert rsa_key(octets_of(held.n), octets_of(held.e)) == spki(RSA)


@pytest.mark.parametrize(
    ("bits", "fits"),
    [
        (RSA_BITS_MIN - 1, False),
        (RSA_BITS_MIN, True),
        (RSA_BITS_MAX, True),
        (RSA_BITS_MAX + 1, False),
    ],
)
def test_modulus_has_bounds(bits: int, *, fits: bool) -> None:
    modulus = octets_of(2 ** (bits - 1) + 1)
    if fits:
        assert rsa_key(modulus, b"\1\0\1")
        return
    with pytest.raises(TrustError, match="modulus"):
        rsa_key(modulus, b"\1\0\1")


@pytest.mark.parametrize(
    ("exponent", "fits"),
    [
        (1, False),
        (2, False),
        (3, True),
        (65_536, False),
        (65_537, True),
        (RSA_EXPONENT_MAX - 1, True),
        (RSA_EXPONENT_MAX + 1, False),
    ],
)
def test_exponent_has_bounds(exponent: int, *, fits: bool) -> None:
    modulus = octets_of(RSA.public_key().public_numbers().n)
    if fits:
        assert rsa_key(modulus, octets_of(exponent))
        return
    with pytest.raises(TrustError):
        rsa_key(modulus, octets_of(exponent))


def test_even_modulus_and_zeros_in_front_are_refused() -> None:
    modulus = octets_of(RSA.public_key().public_numbers().n)
    even = octets_of(2**2047 + 2)
    for pair in ((even, b"\3"), (b"\0" + modulus, b"\3"), (modulus, b"\0\3"), (b"", b"\3")):
        with pytest.raises(TrustError):
            rsa_key(*pair)
    with pytest.raises(TrustError):
        rsa_key(modulus, b"")


# Without the extra.

ALONE = """
import sys
sys.modules["cryptography"] = None
from verifier.trust import load_keys
import verifier.pipeline
listed = load_keys(sys.stdin.buffer.read())
print(len(listed.keys), *listed.problems, sep="\\n")
"""


@pytest.mark.slow
def test_base_install_tells_what_a_foreign_key_needs_and_reads_its_own() -> None:

    octets = keys_json(entry(P256), jwk(public(ISSUER)), entry(RSA), certified(certificate(P256)))
    told = subprocess.run(
        [sys.executable, "-c", ALONE], input=octets, capture_output=True, check=True
    )
    needs = "needs the extra foreign: pip install 'scan-terminal[foreign]'"
    assert told.stdout.decode().splitlines() == ["1", *(f"key {n}: {needs}" for n in (0, 2, 3))]


@pytest.mark.slow
def test_citizens_own_code_never_imports_the_library() -> None:

    script = ALONE.replace('sys.modules["cryptography"] = None', "").replace("assert not", "assert")
    script += "assert not [name for name in sys.modules if name.startswith('cryptography')]"
    octets = keys_json(jwk(public(ISSUER)))
    told = subprocess.run([sys.executable, "-c", script], input=octets, check=True)
    assert told.returncode == 0
