from dataclasses import replace

import pytest

from protocol.keys import SigningKey
from protocol.quarantine import Quarantined, quarantined_octets, read_quarantined
from protocol.signed_json import sign_json
from tests.support.cards import NOW
from tests.support.trust import COMMAND, COMMAND_KEY, STATUS, STATUS_KEY, table
from verifier.errors import TrustError
from verifier.model import UnixSeconds

KEY = SigningKey(bytes(COMMAND))
KEYS = table(COMMAND_KEY, STATUS_KEY)
KEPT = Quarantined(
    terminal="gate-7", epoch=1, first=4, last=9, head=bytes(range(32)), date=UnixSeconds(NOW)
)
MEMBERS = {
    "terminal": "gate-7",
    "epoch": 1,
    "first": 4,
    "last": 9,
    "head": bytes(range(32)).hex(),
    "date": NOW,
}


def test_answer_round_trips() -> None:
    octets = quarantined_octets(KEPT, KEY)
    assert octets == sign_json("st-quarantine-1", MEMBERS, KEY)
    assert read_quarantined(octets, KEYS, now=None) == KEPT
    other = replace(KEPT, last=10)
    assert read_quarantined(quarantined_octets(other, KEY), KEYS, now=None) == other


@pytest.mark.parametrize(
    "changes", [{"head": "00"}, {"first": "4"}, {"last": None}, {"more": 1}], ids=repr
)
def test_answer_out_of_form_is_refused(changes: dict[str, object]) -> None:
    octets = sign_json("st-quarantine-1", {**MEMBERS, **changes}, KEY)
    with pytest.raises(TrustError):
        read_quarantined(octets, KEYS, now=None)


def test_answer_of_another_kind_or_role_is_refused() -> None:
    for octets in (
        sign_json("st-ack-1", MEMBERS, KEY),
        sign_json("st-quarantine-1", MEMBERS, SigningKey(bytes(STATUS))),
    ):
        with pytest.raises(TrustError):
            read_quarantined(octets, KEYS, now=None)
