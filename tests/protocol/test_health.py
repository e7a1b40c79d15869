import json

import pytest

from protocol.acknowledgement import Acknowledgement
from protocol.health import (
    HEALTH_MEMBERS_MAX,
    TELLING_OCTETS_MAX,
    CheckpointAnswer,
    Telling,
    TellingMalformed,
    checkpoint_answer_octets,
    read_checkpoint_answer,
    read_telling,
)
from protocol.keys import SigningKey
from protocol.signed_json import sign_json
from tests.support.cards import NOW
from tests.support.trust import COMMAND, COMMAND_KEY, STATUS, STATUS_KEY, table
from verifier.errors import TrustError
from verifier.model import UnixSeconds

KEY = SigningKey(bytes(COMMAND))
KEYS = table(COMMAND_KEY, STATUS_KEY)
HELD = Acknowledgement(
    terminal="gate-7", epoch=2, acked=5, head=bytes(range(32)), date=UnixSeconds(NOW)
)
MEMBERS = {
    "terminal": "gate-7",
    "epoch": 2,
    "acked": 5,
    "head": bytes(range(32)).hex(),
    "date": NOW,
    "want_upload": True,
}


def body(health: object, checkpoint: object = "note") -> bytes:
    return json.dumps({"checkpoint": checkpoint, "health": health}).encode()


def test_telling_round_trips() -> None:
    told = Telling(
        checkpoint="— note\n".encode(), health={"backlog": 3, "clock": "trusted", "a.b-1": None}
    )
    assert read_telling(json.dumps(told.members()).encode()) == told


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 9_000,
        body({}, 7),
        body([]),
        body({"a": 1.5}),
        body({"a": [1]}),
        body({"a": {}}),
        body({"": 1}),
        body({"A": 1}),
        body({"a" * 49: 1}),
        body({"a": "x" * 201}),
        body({"a": "\ud800"}),
        body({}, "\ud800"),
        body({}, "x" * 501),
        body({f"a{number}": 1 for number in range(HEALTH_MEMBERS_MAX + 1)}),
        body({f"a{number}": "x" * 200 for number in range(30)}),
        body({"a": 1}) + b" " * TELLING_OCTETS_MAX,
        json.dumps({"checkpoint": "", "health": {}, "more": 1}).encode(),
    ],
)
def test_telling_out_of_form_is_refused(octets: bytes) -> None:
    with pytest.raises(TellingMalformed):
        read_telling(octets)


def test_limits_of_health_are_exact() -> None:
    many = {f"a{number}": True for number in range(HEALTH_MEMBERS_MAX)}
    assert read_telling(body(many)).health == many
    assert read_telling(body({"a" * 48: "x" * 200})).health


def test_answer_round_trips_and_may_say_more() -> None:
    answer = CheckpointAnswer(held=HELD, want_upload=True)
    assert checkpoint_answer_octets(answer, KEY) == sign_json("st-checkpoint-1", MEMBERS, KEY)
    more = sign_json("st-checkpoint-1", {**MEMBERS, "later": "x"}, KEY)
    for octets in (checkpoint_answer_octets(answer, KEY), more):
        assert read_checkpoint_answer(octets, KEYS, now=UnixSeconds(NOW)) == answer


@pytest.mark.parametrize("name", list(MEMBERS))
def test_answer_without_a_member_is_refused(name: str) -> None:
    members = {key: value for key, value in MEMBERS.items() if key != name}
    octets = sign_json("st-checkpoint-1", members, KEY)
    with pytest.raises(TrustError):
        read_checkpoint_answer(octets, KEYS, now=UnixSeconds(NOW))


def test_answer_of_another_kind_or_role_is_refused() -> None:
    """An acknowledgement erases; an answer to a checkpoint must never pass for one."""
    for octets in (
        sign_json("st-ack-1", MEMBERS, KEY),
        sign_json("st-checkpoint-1", MEMBERS, SigningKey(bytes(STATUS))),
        sign_json("st-checkpoint-1", MEMBERS, KEY).replace(b'"acked":5', b'"acked":6'),
    ):
        with pytest.raises(TrustError):
            read_checkpoint_answer(octets, KEYS, now=UnixSeconds(NOW))
