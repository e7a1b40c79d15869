from dataclasses import replace

import pytest

from protocol.acknowledgement import (
    Acknowledgement,
    acknowledgement_octets,
    read_acknowledgement,
)
from protocol.keys import SigningKey
from protocol.signed_json import sign_json
from tests.support.cards import NOW
from tests.support.trust import COMMAND, COMMAND_KEY, STATUS, STATUS_KEY, table
from verifier.errors import TrustError
from verifier.model import UnixSeconds

KEY = SigningKey(bytes(COMMAND))
KEYS = table(COMMAND_KEY, STATUS_KEY)
ACK = Acknowledgement(
    terminal="terminal-0007", epoch=3, acked=41, head=bytes(range(32)), date=UnixSeconds(NOW)
)
MEMBERS = {
    "terminal": "terminal-0007",
    "epoch": 3,
    "acked": 41,
    "head": bytes(range(32)).hex(),
    "date": NOW,
}


def read(octets: bytes, now: int | None = NOW) -> Acknowledgement:
    at = None if now is None else UnixSeconds(now)
    return read_acknowledgement(octets, KEYS, now=at)


def test_acknowledgement_round_trips() -> None:
    octets = acknowledgement_octets(ACK, KEY)
    assert octets == sign_json("st-ack-1", MEMBERS, KEY)
    assert read(octets) == ACK
    empty = replace(ACK, acked=0, head=bytes(32))
    assert read(acknowledgement_octets(empty, KEY)) == empty


def test_kept_acknowledgement_outlives_its_key() -> None:
    octets = acknowledgement_octets(ACK, KEY)
    late = COMMAND_KEY.expires_at
    assert read(octets, None) == ACK
    with pytest.raises(TrustError):
        read(octets, late)


def test_altered_number_is_refused() -> None:
    """A larger `acked` would have the terminal erase what nobody holds."""
    octets = acknowledgement_octets(ACK, KEY)
    for altered in (octets.replace(b"41", b"42"), octets.replace(b"-0007", b"-0008")):
        with pytest.raises(TrustError):
            read(altered)


def test_other_roles_and_purposes_acknowledge_nothing() -> None:
    with pytest.raises(TrustError):
        read(acknowledgement_octets(ACK, SigningKey(bytes(STATUS))))
    with pytest.raises(TrustError):
        read(sign_json("st-enrolment-1", MEMBERS, KEY))


@pytest.mark.parametrize(
    "changes",
    [
        {"terminal": 7},
        {"epoch": "3"},
        {"acked": None},
        {"acked": 41.0},
        {"head": "00" * 31},
        {"head": "zz" * 32},
        {"head": "AA" * 32},
        {"head": "0 " * 32},
        {"date": "now"},
        {"extra": 1},
    ],
    ids=repr,
)
def test_signed_document_out_of_form_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(TrustError):
        read(sign_json("st-ack-1", {**MEMBERS, **changes}, KEY))


@pytest.mark.parametrize("name", list(MEMBERS))
def test_signed_document_without_a_member_is_refused(name: str) -> None:
    members = {key: value for key, value in MEMBERS.items() if key != name}
    with pytest.raises(TrustError):
        read(sign_json("st-ack-1", members, KEY))
