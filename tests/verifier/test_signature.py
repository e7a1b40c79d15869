import json
from pathlib import Path

import pytest

from tests.support.cards import ISSUER, public
from verifier.signature import is_signed_by, is_valid_key

MESSAGE = b"octets"
SIGNATURE = ISSUER.sign(MESSAGE).signature

SPECCHECK_CASES = (0, 2, 4, 6, 8, 10)
ORDER = 2**252 + 27742317777372353535851937790883648493


def test_signature_of_the_key_over_the_message_holds() -> None:
    assert is_signed_by(public(ISSUER), MESSAGE, SIGNATURE)


@pytest.mark.parametrize("size", [0, 63, 65])
def test_signature_of_another_length_does_not_hold(size: int) -> None:
    assert not is_signed_by(public(ISSUER), MESSAGE, (SIGNATURE + SIGNATURE)[:size])


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
    path = shared / "vectors/ed25519-speccheck/cases_even.json"
    cases = json.loads(path.read_bytes())
    assert tuple(case["index"] for case in cases) == SPECCHECK_CASES
    for case in cases:
        key, message, signature = (
            bytes.fromhex(case[name]) for name in ("pub_key", "message", "signature")
        )
        assert is_signed_by(key, message, signature) is case["libsodium"], case["index"]


def test_torsion_keys_of_speccheck_may_not_enter_a_trust_list(shared: Path) -> None:
    path = shared / "vectors/ed25519-speccheck/cases_even.json"
    verdicts = {
        case["index"]: is_valid_key(bytes.fromhex(case["pub_key"]))
        for case in json.loads(path.read_bytes())
    }
    assert verdicts == {0: False, 2: False, 4: False, 6: True, 8: False, 10: False}


def test_vectors_of_wycheproof_have_their_verdicts(shared: Path) -> None:
    path = shared / "vectors/wycheproof-ed25519/ed25519_test_even_groups.json"
    for group in json.loads(path.read_bytes())["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            expected = test["result"] == "valid"
            assert is_signed_by(key, message, signature) is expected, test["tcId"]


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
