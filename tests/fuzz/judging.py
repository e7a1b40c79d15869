"""What must hold of any text that reaches a lane, whatever it is."""

import base64
from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.fuzz.cc1_codes import is_by, messages_of, text_of
from tests.fuzz.families import KNOWN
from tests.fuzz.target import Noise, Target
from tests.support.trust import GATE, LANE, world
from verifier.errors import MalformedPayload
from verifier.formats import BUILT_IN
from verifier.formats.base import Format
from verifier.formats.recognised import RECOGNISED
from verifier.issuer_memory import IssuerMemory
from verifier.model import Credential, Verdict
from verifier.pipeline import PAYLOAD_BYTES_MAX, Judgement, judge
from verifier.verify import Circumstances

# As lenient as a profile can be: what it refuses, no lane grants.
LENIENT = replace(
    GATE,
    formats=tuple(family.name for family in BUILT_IN),
    static=Verdict.GRANT,
    status_unknown=Verdict.GRANT,
    status_expired=Verdict.GRANT,
    keys_expired=Verdict.GRANT,
    clock_untrusted=Verdict.GRANT,
)
KEYS = tuple(key for family in KNOWN.values() for key in family.keys)
KNOWN_HERE = world(KEYS)
REMEMBERING = replace(KNOWN_HERE, memory=IssuerMemory(size_max=8))


def judged(
    payload: bytes, known: Circumstances = KNOWN_HERE, formats: tuple[Format, ...] = BUILT_IN
) -> Judgement:
    return judge(payload, profile=LENIENT, lane=LANE, known=known, formats=formats)


def check_judgement(payload: bytes, formats: tuple[Format, ...] = BUILT_IN) -> None:
    """Judge `payload`, and hold the answer to what must be true of every answer."""
    told = judged(payload, formats=formats)
    verdict, reason = told.decision.verdict, told.decision.reason
    assert (reason is None) == (verdict is Verdict.GRANT), "a refusal has a reason"
    again = judged(payload, REMEMBERING, formats)
    assert again.decision == told.decision, "a memory of issuer parts changed the answer"
    credential = told.verification.credential
    if told.verification.issuer is None:
        assert verdict is Verdict.DENY, "what nobody signed was let through"
    elif credential is not None:
        _check_proven(payload, credential)


def _check_proven(payload: bytes, credential: Credential) -> None:
    """Hold a text that was proven to what it says and who signed it, by other libraries."""
    if credential.format == "cc1":
        assert text_of(credential) == payload, "a second text of one credential was believed"
    assert credential.issued.signature, "an empty signature was believed"
    known = KNOWN[credential.format]
    message, proof = known.message_of(payload), credential.proof
    assert message in (None, credential.issued.message), "proven by octets that it does not hold"
    assert known.is_signed(credential.issued), "proven, and signed by nobody"
    if proof is not None:
        assert proof.signed.message == messages_of(payload)[1], "a proof that it does not hold"
        assert is_by(proof.key, proof.signed.message, proof.signed.signature), "no phone signed it"


def check_family(family: Format, prefix: bytes) -> Callable[[bytes], None]:
    """Return the run of one family's target: its parser alone, then the whole pipeline."""

    def run(octets: bytes) -> None:
        payload = octets if family.claims(octets) else prefix + octets
        if 0 < len(payload) <= PAYLOAD_BYTES_MAX and family.claims(payload):
            _check_parsed(family, payload)
        check_judgement(payload)

    return run


def _check_parsed(family: Format, payload: bytes) -> None:
    try:
        credential = family.parse(payload)
    except MalformedPayload:
        return
    assert credential.format == family.name
    assert len(credential.subject) == 8
    if family.name == "cc1":
        assert text_of(credential) == payload, "one credential has two texts"


def check_recognised(octets: bytes) -> None:
    """Ask every family and every recognised kind whether it claims noise: none may raise."""
    for family in BUILT_IN:
        assert family.claims(octets) in (True, False)
    recognised = [each.name for each in RECOGNISED if each.claims(octets)]
    assert len(recognised) <= 1, "a text of two kinds"
    check_judgement(octets)


def _family_target(family: Format) -> Target:
    known = KNOWN[family.name]  # a new family is told to the fuzzer first
    return Target(
        name=family.name,
        run=check_family(family, known.prefix),
        seeds=known.seeds,
        size_max=PAYLOAD_BYTES_MAX + 2,
        words=known.words,
        mutate=known.mutate,
    )


def _any_code(payload: bytes, random: Random, noise: Noise) -> bytes:
    """Return a text changed as any family changes its own, or as noise."""
    mutators = [known.mutate for known in KNOWN.values() if known.mutate is not None]
    return random.choice([*mutators, lambda text, _, noise: noise(text)])(payload, random, noise)


_OCTETS = b"\x80\x01\x49\x24" + b"\x07" * 328
_TWO_TIER = (_OCTETS, _OCTETS.hex().encode(), base64.b64encode(_OCTETS))

TARGETS = (
    *(_family_target(family) for family in BUILT_IN),
    Target(
        name="dispatch",
        run=check_recognised,
        seeds=(
            *(family.seeds[0] for family in KNOWN.values()),
            b"101234567890123456",
            b"251234567890123456",
            b"6212345678901234567",
            b"0123456789ABCDEF" * 4 + b":1",
            b"0123456789abcdef" * 4 + b":1:1800000000",
            *_TWO_TIER,
            b"SHSTMETRO0007",
            b"https://s.sh.gov.cn/0004ABCD##",
        ),
        size_max=PAYLOAD_BYTES_MAX + 2,
        words=tuple(word for family in KNOWN.values() for word in family.words),
        mutate=_any_code,
    ),
)
