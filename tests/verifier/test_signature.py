import hashlib
import json
from pathlib import Path

import pytest
from nacl.bindings import crypto_core_ed25519_add, crypto_scalarmult_ed25519_base_noclamp

from tests.support.cards import ISSUER, public
from verifier.signature import is_signed_by, is_valid_key

MESSAGE = b"octets"
SIGNATURE = ISSUER.sign(MESSAGE).signature

# By index, in the set's own words: A and R small; A mixed, R small; A and R mixed, good with the
# cofactor alone; S above L; R not canonical; A not canonical. libsodium refuses all of them.
SPECCHECK_VERDICTS = {0: False, 2: False, 4: False, 6: False, 8: False, 10: False}

# By flag and verdict, the cases' tcId.
WYCHEPROOF_VERDICTS = {
    ("Valid", True): [*range(1, 10)],
    ("TruncatedSignature", False): [*range(30, 33)],
    ("SignatureWithGarbage", False): [*range(33, 38)],
    ("CompressedSignature", False): [*range(38, 42)],
    ("SignatureMalleability", False): [*range(63, 71)],
    ("Ktv", True): [*range(80, 120, 2)],
    ("TinkOverflow", True): [*range(120, 152, 2)],
}

# The private scalar of ISSUER (RFC 8032, section 5.1.5).
_HALF = bytearray(hashlib.sha512(bytes(ISSUER)).digest()[:32])
_HALF[0], _HALF[31] = _HALF[0] & 0xF8, _HALF[31] & 0x7F | 0x40
SCALAR = int.from_bytes(_HALF, "little")
NEUTRAL = b"\x01" + bytes(31)
# A point of order 8.
TORSION = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
ORDER = 2**252 + 27742317777372353535851937790883648493


def test_signature_of_the_key_over_the_message_holds() -> None:
    assert is_signed_by(public(ISSUER), MESSAGE, SIGNATURE)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_signature_of_another_length_does_not_hold(size: int) -> None:
    assert not is_signed_by(public(ISSUER), MESSAGE, (SIGNATURE + SIGNATURE)[:size])


@pytest.mark.parametrize("size", [1, len(MESSAGE)])
def test_octets_do_not_move_from_the_message_to_the_signature(size: int) -> None:
    """Both are one text to libsodium: unless lengths are looked at, a seam can be anywhere."""
    assert not is_signed_by(public(ISSUER), MESSAGE[size:], SIGNATURE + MESSAGE[:size])
    assert not is_signed_by(public(ISSUER), SIGNATURE[-size:] + MESSAGE, SIGNATURE[:-size])


@pytest.mark.parametrize("size", [0, 31, 33])
def test_key_of_another_length_is_none(size: int) -> None:
    key = (public(ISSUER) * 2)[:size]
    assert not is_signed_by(key, MESSAGE, SIGNATURE)
    assert not is_valid_key(key)


def test_second_signature_made_by_adding_the_group_order_does_not_hold() -> None:
    """Else anybody could make a second text of a credential."""
    scalar = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    altered = SIGNATURE[:32] + scalar.to_bytes(32, "little")
    assert not is_signed_by(public(ISSUER), MESSAGE, altered)


def test_edge_cases_of_speccheck_have_libsodiums_verdicts(shared: Path) -> None:
    """Pinned one by one: a libsodium that changes its mind about any is noticed here."""
    cases = json.loads((shared / "vectors/ed25519-speccheck/cases_even.json").read_bytes())
    verdicts = {
        case["index"]: is_signed_by(
            *(bytes.fromhex(case[name]) for name in ("pub_key", "message", "signature"))
        )
        for case in cases
    }
    assert len(cases) == len(verdicts)
    assert verdicts == SPECCHECK_VERDICTS
    assert verdicts == {case["index"]: case["libsodium"] for case in cases}


def test_torsion_keys_of_speccheck_may_not_enter_a_trust_list(shared: Path) -> None:
    path = shared / "vectors/ed25519-speccheck/cases_even.json"
    verdicts = {
        case["index"]: is_valid_key(bytes.fromhex(case["pub_key"]))
        for case in json.loads(path.read_bytes())
    }
    assert verdicts == {0: False, 2: False, 4: False, 6: True, 8: False, 10: False}


def test_vectors_of_wycheproof_have_their_verdicts(shared: Path) -> None:
    """Every case by its number, so that none is lost and none changes unnoticed."""
    path = shared / "vectors/wycheproof-ed25519/ed25519_test_even_groups.json"
    document = json.loads(path.read_bytes())
    found: dict[tuple[str, bool], list[int]] = {}
    for group in document["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            verdict = is_signed_by(key, message, signature)
            assert verdict is (test["result"] == "valid"), test["tcId"]
            (flag,) = test["flags"]
            found.setdefault((flag, verdict), []).append(test["tcId"])
    assert found == WYCHEPROOF_VERDICTS
    assert sum(map(len, found.values())) == document["numberOfTests"]


# Where libraries part: what libsodium says of signatures and keys made for the purpose.


def scalar_signature(key: bytes, message: bytes, nonce: int, *, torsion: bytes = b"") -> bytes:
    """Return a signature of ISSUER's scalar under `key`, with `torsion` added to R."""
    r = nonce.to_bytes(32, "little")
    point = crypto_scalarmult_ed25519_base_noclamp(r) if nonce else NEUTRAL
    point = crypto_core_ed25519_add(point, torsion) if torsion else point
    return point + ((nonce + challenge(point, key, message) * SCALAR) % ORDER).to_bytes(
        32, "little"
    )


def challenge(point: bytes, key: bytes, message: bytes) -> int:
    """Return h of RFC 8032, section 5.1.7."""
    return int.from_bytes(hashlib.sha512(point + key + message).digest(), "little") % ORDER


def test_signature_made_by_hand_holds() -> None:
    """Else the tests below would show nothing."""
    assert is_signed_by(public(ISSUER), MESSAGE, scalar_signature(public(ISSUER), MESSAGE, 7))


def test_small_order_r_does_not_hold() -> None:
    assert not is_signed_by(public(ISSUER), MESSAGE, scalar_signature(public(ISSUER), MESSAGE, 0))


def test_torsion_in_r_does_not_hold() -> None:
    """Verified without the cofactor: who multiplies by eight would accept it."""
    signature = scalar_signature(public(ISSUER), MESSAGE, 7, torsion=TORSION)
    assert not is_signed_by(public(ISSUER), MESSAGE, signature)


def test_torsion_in_the_key_holds_for_one_message_in_eight_and_makes_no_trusted_key() -> None:
    """That is why the trust list refuses such keys: libsodium alone does not."""
    key = crypto_core_ed25519_add(public(ISSUER), TORSION)
    assert not is_valid_key(key)
    for number in range(64):
        message = bytes((number,))
        signature = scalar_signature(key, message, 7)
        is_multiple = challenge(signature[:32], key, message) % 8 == 0
        assert is_signed_by(key, message, signature) is is_multiple, number


@pytest.mark.parametrize(
    "key",
    [
        bytes(32),  # y = 0, order 4
        b"\x01" + bytes(31),  # the neutral element
        b"\xec" + b"\xff" * 30 + b"\x7f",  # y = -1, order 2
        bytes.fromhex(
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
        ),  # order 8
        b"\xee" + b"\xff" * 30 + b"\x7f",  # y = 1 written as p + 1
        b"\x02" + bytes(31),  # on no point of the curve
        b"\xff" * 32,
    ],
    ids=lambda key: key.hex()[:8],
)
def test_key_of_small_order_or_off_the_curve_is_no_key(key: bytes) -> None:
    assert not is_valid_key(key)
    assert not is_signed_by(key, MESSAGE, SIGNATURE)
