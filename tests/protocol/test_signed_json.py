import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.journal import compact
from protocol.keys import SigningKey
from protocol.signed_json import DOCUMENT_BYTES_MAX, read_signed_json, sign_json
from tests.support.cards import STRANGER, kid, public
from tests.support.trust import COMMAND, COMMAND_KEY, base64url, table
from verifier.errors import TrustError
from verifier.model import KeyTable, Role, UnixSeconds

PURPOSE = "st-test-1"
NOW = UnixSeconds(1_800_000_000)
KEY = SigningKey(bytes(COMMAND))
KEYS = table(COMMAND_KEY)
MEMBERS = {"terminal": "terminal-0007", "acked": 7, "名": "值"}
DOCUMENT = sign_json(PURPOSE, MEMBERS, KEY)


def read(
    octets: bytes = DOCUMENT,
    keys: KeyTable = KEYS,
    *,
    purpose: str = PURPOSE,
    role: Role = Role.COMMAND,
    now: UnixSeconds | None = NOW,
) -> dict[str, object]:
    return read_signed_json(purpose, octets, keys, role=role, now=now)


def refused(octets: bytes = DOCUMENT, keys: KeyTable = KEYS, **how: object) -> str:
    with pytest.raises(TrustError) as caught:
        read(octets, keys, **how)  # type: ignore[arg-type]  # arguments by name
    return str(caught.value)


def test_document_is_what_its_description_says() -> None:
    message = (
        PURPOSE.encode()
        + b"\0"
        + json.dumps(MEMBERS, ensure_ascii=False, separators=(",", ":")).encode()
    )
    signature = base64url(COMMAND.sign(message).signature)
    told = {**MEMBERS, "kid": kid(COMMAND).hex(), "sig": signature}
    assert json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() == DOCUMENT
    assert hashlib.sha256(public(COMMAND)).hexdigest()[:16] == told["kid"]
    assert read() == MEMBERS


@given(
    st.dictionaries(st.text(max_size=5).filter(lambda n: n not in {"kid", "sig"}), st.integers())
)
def test_members_round_trip(members: dict[str, object]) -> None:
    assert read(sign_json(PURPOSE, members, KEY)) == members


def test_every_single_bit_change_is_refused() -> None:
    for bit in range(len(DOCUMENT) * 8):
        altered = bytearray(DOCUMENT)
        altered[bit // 8] ^= 1 << bit % 8
        refused(bytes(altered))


def test_every_truncation_and_anything_behind_is_refused() -> None:
    for size in range(len(DOCUMENT)):
        refused(DOCUMENT[:size])
    for tail in (b"\n", b" ", b"{}", b"\0"):
        refused(DOCUMENT + tail)


def test_signature_for_another_purpose_is_refused() -> None:
    refused(purpose="st-test-2")
    refused(purpose="st-test-1\0")
    refused(sign_json("", MEMBERS, KEY))


def test_only_the_role_asked_for_is_believed() -> None:
    for role in (Role.CARD, Role.STATUS, Role.SEAL):
        refused(keys=table(replace(COMMAND_KEY, role=role)))
        refused(role=role)


def test_unknown_key_and_another_key_of_the_same_id_are_refused() -> None:
    refused(keys=table())
    other = replace(COMMAND_KEY, key=public(STRANGER))
    refused(keys=table(other))
    assert read(keys=table(other, COMMAND_KEY)) == MEMBERS


def test_key_is_believed_inside_its_window_or_for_a_kept_document() -> None:
    begins, ends = COMMAND_KEY.not_before, COMMAND_KEY.expires_at
    assert read(now=begins)
    assert read(now=UnixSeconds(ends - 1))
    refused(now=UnixSeconds(begins - 1))
    refused(now=ends)
    assert read(now=None)


def test_second_spelling_of_a_document_is_refused() -> None:
    """The kid stands outside the signature: its own spelling and place have to be held as well."""
    plain = json.loads(DOCUMENT)
    ends = {"kid": plain["kid"], "sig": plain["sig"]}
    for other in (
        compact({**ends, **MEMBERS}),
        compact({**MEMBERS, "sig": ends["sig"], "kid": ends["kid"]}),
        compact({**plain, "kid": plain["kid"].upper()}),
        compact({**plain, "kid": plain["kid"][:4] + " " + plain["kid"][4:]}),
        compact({**plain, "sig": plain["sig"] + "=="}),
        DOCUMENT.replace(b":", b": ", 1),
        DOCUMENT.replace("名".encode(), b"\\u540d"),
        DOCUMENT[:-1] + b',"acked":7}',
        b'{"acked":7,' + DOCUMENT[1:],
    ):
        assert other != DOCUMENT
        refused(other)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"7",
        b"[]",
        b"{}",
        b'{"kid":"00","sig":7}',
        b'{"kid":7,"sig":"AA"}',
        b'{"kid":"zz","sig":"AA"}',
        b'{"x":"\\ud800","kid":"00","sig":"AA"}',
        b'{"x":NaN,"kid":"00","sig":"AA"}',
        b'{"x":' + b"1" * 5_000 + b',"kid":"00","sig":"AA"}',
        b'{"x":' + b"[" * 900 + b"]" * 900 + b',"kid":"00","sig":"AA"}',
        b"[" * 10_000,
        b"\xff\xfe{}",
    ],
    ids=lambda octets: repr(octets[:20]),
)
def test_octets_that_are_no_document_are_refused(octets: bytes) -> None:
    refused(octets)


def test_document_over_the_limit_is_refused_unread() -> None:
    filled = {"x": "y" * (DOCUMENT_BYTES_MAX - len(sign_json(PURPOSE, {"x": ""}, KEY)))}
    longest = sign_json(PURPOSE, filled, KEY)
    assert len(longest) == DOCUMENT_BYTES_MAX
    assert read(longest) == filled
    refused(sign_json(PURPOSE, {"x": str(filled["x"]) + "y"}, KEY))


@given(st.binary(max_size=80))
def test_noise_is_refused(noise: bytes) -> None:
    refused(noise)
