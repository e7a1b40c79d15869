"""Every change of a valid code, tried out one by one: none is believed, none is a second text.

A change of the text either breaks the form or makes another credential; that one is refused by
its signature, which is shown for every bit of the octets.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.cards import (
    HOLDER,
    NOW,
    holder_part,
    issuer_claims,
    issuer_part,
    largest,
    public,
    smallest,
    text,
)
from tests.support.trust import answer, judged, world
from verifier.encoding.base45 import ALPHABET
from verifier.errors import MalformedPayload
from verifier.formats.cc1 import CC1
from verifier.issuer_memory import IssuerMemory
from verifier.model import Credential, Verdict
from verifier.verify import Circumstances

_LANE = "x" * 16  # what the largest code is bound to
_LARGE = {"types": 2**32 - 1, "capabilities": 127, "status": 2**32 - 1}
CODES = {
    "static-smallest": smallest(),
    "static-usual": issuer_part(),
    "static-largest": issuer_part(issuer_claims(**_LARGE)),
    "dynamic-smallest": holder_part(
        issuer_part(issuer_claims(holder=public(HOLDER), types=0, capabilities=0, status=0))
    ),
    "dynamic-usual": holder_part(),
    "dynamic-bound": holder_part(None, {3: _LANE, 6: NOW, 39: b"challenge"}),
    "dynamic-largest": largest(),
}
EACH = pytest.mark.parametrize("code", CODES.values(), ids=CODES)

# No status list is held, for the largest code has its place outside of every one.
KNOWN = world(lists=[])


def verdict_on(payload: bytes, known: Circumstances) -> Verdict:
    return answer(payload, known, lane=_LANE)[0]


def remembering(payload: bytes) -> Circumstances:
    """Return a terminal that has seen `payload` before and remembers its issuer's part."""
    known = replace(KNOWN, memory=IssuerMemory())
    judged(payload, known)
    assert known.memory is not None
    assert len(known.memory) == 1
    return known


def parsed(payload: bytes) -> Credential | None:
    if not CC1().claims(payload):
        return None
    try:
        return CC1().parse(payload)
    except MalformedPayload:
        return None


def with_bit_changed(octets: bytes) -> Iterator[bytes]:
    for bit in range(len(octets) * 8):
        altered = bytearray(octets)
        altered[bit // 8] ^= 1 << bit % 8
        yield bytes(altered)


def with_character_changed(payload: bytes) -> Iterator[bytes]:
    """Yield every text that differs in one character, put in, left out, replaced or swapped."""
    yield from (payload + bytes((character,)) for character in ALPHABET)
    for place in range(len(payload)):
        before, behind = payload[:place], payload[place + 1 :]
        yield before + behind
        for character in ALPHABET:
            yield before + bytes((character,)) + payload[place:]
            if character != payload[place]:
                yield before + bytes((character,)) + behind
        if behind and behind[0] != payload[place]:
            yield before + behind[:1] + payload[place : place + 1] + behind[1:]


@EACH
def test_code_itself_is_read(code: bytes) -> None:
    assert verdict_on(text(code), KNOWN) is Verdict.REFER, "no list is held, all else is right"
    assert parsed(text(code)) is not None


@EACH
@pytest.mark.slow
@pytest.mark.parametrize("is_known", [False, True], ids=["fresh", "remembered"])
def test_every_single_bit_change_of_the_octets_is_refused(code: bytes, *, is_known: bool) -> None:
    known = remembering(text(code)) if is_known else KNOWN
    for place, altered in enumerate(with_bit_changed(code)):
        assert verdict_on(text(altered), known) is Verdict.DENY, f"bit {place}"


@EACH
def test_every_single_bit_change_of_the_text_is_refused(code: bytes) -> None:
    for place, altered in enumerate(with_bit_changed(text(code))):
        assert verdict_on(altered, KNOWN) is Verdict.DENY, f"bit {place}"


@EACH
def test_every_truncation_of_octets_and_text_is_refused(code: bytes) -> None:
    payload = text(code)
    for size in range(len(code)):
        assert verdict_on(text(code[:size]), KNOWN) is Verdict.DENY, f"{size} octets"
    for size in range(len(payload)):
        assert verdict_on(payload[:size], KNOWN) is Verdict.DENY, f"{size} characters"
        assert verdict_on(payload[:4] + payload[4 + size :], KNOWN) is Verdict.DENY or size == 0


@EACH
@pytest.mark.slow
def test_no_other_text_one_character_away_gives_the_credential(code: bytes) -> None:
    payload = text(code)
    credential = parsed(payload)
    assert credential is not None
    others = 0
    for altered in with_character_changed(payload):
        told = parsed(altered)
        assert told != credential, altered
        others += told is not None
    assert others > 0, "some changes leave the form whole: the signature must refuse those"
