"""Orders to erase: what must not be one, and what is."""

from dataclasses import replace
from typing import cast

import pytest

from protocol.acknowledgement import Acknowledgement, acknowledgement_octets
from protocol.journal import compact
from protocol.keys import SigningKey, new_signing_key, to_base64url
from protocol.order import DATE_S_MAX, WipeOrder, read_wipe_order, wipe_order_octets
from verifier.errors import TrustError
from verifier.model import KeyTable, UnixSeconds
from verifier.trust import load_keys

_NOW = UnixSeconds(1_800_000_000)
_COMMAND, _STATUS = SigningKey(b"c" * 32), SigningKey(b"s" * 32)
_OWN = SigningKey(b"t" * 32).public
_ORDER = WipeOrder(terminal="gate-1", epoch=2, public=_OWN, order_id="0123456789abcdef", date=_NOW)


def _listed(key: SigningKey, role: str) -> dict[str, object]:
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": to_base64url(key.public),
        "kid": key.kid.hex(),
        "role": role,
        "issuer": "city.example",
        "nbf": _NOW - 10,
        "exp": _NOW + 10 * DATE_S_MAX,
    }


_KEYS: KeyTable = load_keys(
    compact({"keys": [_listed(_COMMAND, "command"), _listed(_STATUS, "status")]})
).keys


def _read(octets: bytes, **changes: object) -> WipeOrder:
    own = {"terminal": "gate-1", "epoch": 2, "public": _OWN, "now": _NOW} | changes
    return read_wipe_order(
        octets,
        _KEYS,
        terminal=cast("str", own["terminal"]),
        epoch=cast("int", own["epoch"]),
        public=cast("bytes", own["public"]),
        now=cast("UnixSeconds", own["now"]),
    )


@pytest.mark.parametrize("key", [new_signing_key(), _STATUS, SigningKey(b"t" * 32)])
def test_order_that_no_command_key_signed_does_nothing(key: SigningKey) -> None:
    with pytest.raises(TrustError, match="no trusted key of role command"):
        _read(wipe_order_octets(_ORDER, key))


@pytest.mark.parametrize(
    "changes",
    [
        {"terminal": "gate-2"},
        {"epoch": 1},
        {"epoch": 3},
        {"public": new_signing_key().public},
    ],
)
def test_order_for_another_terminal_or_enrolment_does_nothing(changes: dict[str, object]) -> None:
    with pytest.raises(TrustError, match="another"):
        _read(wipe_order_octets(_ORDER, _COMMAND), **changes)


@pytest.mark.parametrize("late_s", [-DATE_S_MAX - 1, DATE_S_MAX + 1])
def test_order_of_another_day_does_nothing(late_s: int) -> None:
    """It may have been taken back since."""
    octets = wipe_order_octets(replace(_ORDER, date=UnixSeconds(_NOW + late_s)), _COMMAND)
    with pytest.raises(TrustError):
        _read(octets)


@pytest.mark.parametrize("late_s", [-5, DATE_S_MAX])
def test_order_within_a_day_is_obeyed(late_s: int) -> None:
    assert _read(wipe_order_octets(_ORDER, _COMMAND), now=UnixSeconds(_NOW + late_s)) == _ORDER


def test_document_of_another_kind_is_no_order() -> None:
    ack = Acknowledgement(terminal="gate-1", epoch=2, acked=0, head=bytes(32), date=_NOW)
    with pytest.raises(TrustError):
        _read(acknowledgement_octets(ack, _COMMAND))


@pytest.mark.parametrize("place", range(0, 300, 7))
def test_order_of_which_an_octet_was_changed_does_nothing(place: int) -> None:
    octets = bytearray(wipe_order_octets(_ORDER, _COMMAND))
    octets[place % len(octets)] ^= 1
    with pytest.raises(TrustError):
        _read(bytes(octets))


@pytest.mark.parametrize("octets", [b"", b"{}", b"[]", b"\xff", b'{"order":1}'])
def test_what_is_no_document_is_no_order(octets: bytes) -> None:
    with pytest.raises(TrustError):
        _read(octets)


@pytest.mark.parametrize("order_id", ["", "0123", "0123456789ABCDEF", "0123456789abcdef\n"])
def test_order_whose_id_is_none_is_not_in_form(order_id: str) -> None:
    with pytest.raises(TrustError, match="lacks a member"):
        _read(wipe_order_octets(replace(_ORDER, order_id=order_id), _COMMAND))
