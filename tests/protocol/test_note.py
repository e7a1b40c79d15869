import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.keys import SigningKey
from protocol.note import read_note, sign_note
from tests.support.cards import ISSUER, STRANGER, public
from verifier.errors import TrustError

NAME = "trust-root"
TEXT = "first line\n\nthird line\n"
KEY = SigningKey(bytes(ISSUER))
NOTE = sign_note(TEXT, name=NAME, key=KEY)


def read(octets: bytes, *, name: str = NAME, public_key: bytes = public(ISSUER)) -> str:
    return read_note(octets, name=name, public=public_key)


def refused(octets: bytes, *, name: str = NAME, public_key: bytes = public(ISSUER)) -> str:
    with pytest.raises(TrustError) as caught:
        read(octets, name=name, public_key=public_key)
    return str(caught.value)


def signature_line(text: str, name: str = NAME) -> str:
    key_hash = hashlib.sha256(name.encode() + b"\n\x01" + public(ISSUER)).digest()[:4]
    octets = key_hash + ISSUER.sign(text.encode()).signature
    return f"— {name} {base64.b64encode(octets).decode()}\n"


def test_note_is_what_its_specification_says() -> None:
    assert f"{TEXT}\n{signature_line(TEXT)}".encode() == NOTE
    assert read(NOTE) == TEXT


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_texts_round_trip(text: str) -> None:
    assert read(sign_note(text + "\n", name=NAME, key=KEY)) == text + "\n"


def test_every_single_bit_change_of_the_text_is_refused() -> None:
    for bit in range((len(TEXT) + 1) * 8):
        altered = bytearray(NOTE)
        altered[bit // 8] ^= 1 << bit % 8
        refused(bytes(altered))


def test_every_truncation_of_the_signature_is_refused() -> None:
    for size in range(len(NOTE) - 1):
        refused(NOTE[:size])


def test_other_key_and_other_name_are_refused() -> None:
    assert "not signed by" in refused(NOTE, public_key=public(STRANGER))
    assert "not signed by" in refused(NOTE, name="trust-roo")
    assert "not signed by" in refused(NOTE, name="trust-root2")


def test_signatures_of_others_beside_it_are_passed_over() -> None:
    other = sign_note(TEXT, name="witness", key=SigningKey(bytes(STRANGER)))
    line = other.decode().rpartition("\n\n")[2]
    assert read(NOTE + line.encode()) == TEXT
    assert read(f"{TEXT}\n{line}{signature_line(TEXT)}".encode()) == TEXT


def test_wrong_signature_is_not_made_good_by_a_later_one() -> None:
    wrong = signature_line("another text\n")
    assert "is wrong" in refused(f"{TEXT}\n{wrong}{signature_line(TEXT)}".encode())


@pytest.mark.parametrize(
    "octets",
    [b"", b"\n\n", b"text\n", b"\xff", f"{TEXT}\n— {NAME} !!!\n".encode(), TEXT.encode()],
)
def test_octets_that_are_no_note_are_refused(octets: bytes) -> None:
    refused(octets)


@given(st.binary(max_size=60))
def test_noise_is_refused(noise: bytes) -> None:
    refused(noise)
    refused(TEXT.encode() + b"\n" + "— trust-root ".encode() + noise)


@pytest.mark.parametrize(("text", "name"), [("no end", NAME), ("x\n", "a b"), ("x\n", "a+b")])
def test_note_that_nobody_could_read_is_our_own_bug(text: str, name: str) -> None:
    with pytest.raises(ValueError, match="line feed"):
        sign_note(text, name=name, key=KEY)
