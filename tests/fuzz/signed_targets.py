"""Documents that are signed, or named by one that is: acknowledgement, enrolment."""

import json
from collections.abc import Callable
from random import Random

from protocol.acknowledgement import Acknowledgement, acknowledgement_octets, read_acknowledgement
from protocol.enrolment import (
    Enrolment,
    EnrolmentRequest,
    code_octets,
    enrolment_octets,
    read_enrolment,
    read_enrolment_request,
)
from protocol.floor_reset import FloorReset, read_reset, reset_octets
from protocol.journal import compact
from protocol.keys import SigningKey
from protocol.signed_json import DOCUMENT_BYTES_MAX, sign_json
from tests.fuzz.cc1_codes import is_by
from tests.fuzz.target import Mutator, Noise, Target, mutated_json, mutated_tree
from tests.support.cards import HOLDER, NOW, public
from tests.support.trust import COMMAND, COMMAND_KEY, table
from verifier.encoding.base64url import decode as base64url
from verifier.errors import TrustError
from verifier.model import UnixSeconds

_AT = UnixSeconds(NOW)
_KEYS = table(COMMAND_KEY)
_COMMAND = SigningKey(bytes(COMMAND))
_OWN = public(HOLDER)


def check_floor_reset(octets: bytes) -> None:
    """Read noise as an order of the root: what is read is written the same again."""
    try:
        told = read_reset(octets)
    except TrustError:
        return
    assert reset_octets(told) == octets


def _is_commanded(octets: bytes, purpose: bytes) -> bool:
    """Return whether the centre's command key signed the document, by another reading of it."""
    members = json.loads(octets)
    signature = base64url(members.pop("sig"))
    del members["kid"]
    return is_by(public(COMMAND), purpose + b"\0" + compact(members), signature)


def check_acknowledgement(octets: bytes) -> None:
    """Read noise as an acknowledgement: what is believed was signed."""
    try:
        told = read_acknowledgement(octets, _KEYS, now=_AT)
    except TrustError:
        return
    assert len(told.head) == 32
    assert _is_commanded(octets, b"st-ack-1")


def check_enrolment(octets: bytes) -> None:
    """Read noise as the answer to an enrolment: what is believed was signed, for us."""
    try:
        told = read_enrolment(octets, _KEYS, public=_OWN)
    except TrustError:
        return
    assert told.public == _OWN
    assert _is_commanded(octets, b"st-enrolment-1")


def check_enrolment_request(octets: bytes) -> None:
    """Read noise as what a machine asks to be enrolled with, and as a typed code."""
    try:
        told = read_enrolment_request(json.loads(octets))
    except (ValueError, RecursionError):
        pass
    else:
        assert read_enrolment_request(told.members()) == told
    try:
        assert len(code_octets(octets.decode("utf-8", "replace"))) == 16
    except ValueError:
        return


def _signing_again(purpose: str) -> Mutator:
    """Return a mutator of documents of `purpose` that signs what it changed."""

    def mutate(octets: bytes, random: Random, noise: Noise) -> bytes:
        try:
            members = json.loads(octets)
            bare = {name: members[name] for name in members if name not in ("kid", "sig")}
            changed = mutated_tree(bare, random, noise)
            if isinstance(changed, dict) and random.random() < 0.9:
                return sign_json(purpose, {str(name): changed[name] for name in changed}, _COMMAND)
        except (ValueError, TypeError, RecursionError):
            pass
        return noise(octets)

    return mutate


def _document(name: str, run: Callable[[bytes], None], purpose: str, *seeds: bytes) -> Target:
    return Target(
        name=name,
        run=run,
        seeds=seeds,
        size_max=min(DOCUMENT_BYTES_MAX, 4_096),
        words=(b'"kid":"', b'"sig":"', b'"date":', b"\\u"),
        mutate=_signing_again(purpose),
    )


_ACK = Acknowledgement(terminal="gate-7", epoch=1, acked=9, head=bytes(32), date=_AT)
_ENROLMENT = Enrolment(
    terminal="gate-7", epoch=1, public=_OWN, sector="s-1", sector_box=bytes(80), date=_AT
)
_REQUEST = EnrolmentRequest(
    code_id="0123456789abcdef", proof="ab" * 32, public=_OWN, seal=bytes(range(32))
)

TARGETS = (
    Target(
        name="floor-reset",
        run=check_floor_reset,
        seeds=(reset_octets(FloorReset(number=1, floor=_AT)),),
        size_max=66,
        mutate=mutated_json,
    ),
    _document(
        "acknowledgement", check_acknowledgement, "st-ack-1", acknowledgement_octets(_ACK, _COMMAND)
    ),
    _document(
        "enrolment", check_enrolment, "st-enrolment-1", enrolment_octets(_ENROLMENT, _COMMAND)
    ),
    Target(
        name="enrolment-request",
        run=check_enrolment_request,
        seeds=(compact(_REQUEST.members()), b"AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-A"),
        size_max=2_048,
        mutate=mutated_json,
    ),
)
