"""What bugs of foreign code may do: refuse a code of their own, and say so without its octets."""

import asyncio
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.family_guard import _CREDENTIAL, _PROOF, _SIGNED, LINE_PERIOD_MS, GuardedFamily
from tests.support.cards import HOLDER, NOW, SUBJECT, holder_part, public, text
from tests.support.trust import GATE, LANE, world
from verifier.errors import MalformedPayload
from verifier.formats import BUILT_IN
from verifier.model import Credential, HolderProof, SignedOctets, UnixSeconds, Verdict
from verifier.pipeline import judge
from verifier.reasons import Reason

SECRET = b"MINE:a-secret-in-the-code"
SIGNED = SignedOctets(algorithm=-19, message=b"m", signature=bytes(64))
PROOF = HolderProof(
    key=public(HOLDER), signed=SIGNED, drawn_at=UnixSeconds(NOW), audience="a", challenge=b"c"
)
GOOD = Credential(
    format="mine",
    kid=b"12345678",
    issued=SIGNED,
    proof=PROOF,
    not_before=UnixSeconds(0),
    expires_at=UnixSeconds(NOW),
    subject=SUBJECT,
    types=0,
    capabilities=127,
    status_index=0,
    status_list="a list",
    issuer="city.example",
)


class Panic(BaseException):
    """As native libraries raise it: no Exception."""


class Mine:
    """A family that does what a test wants of it."""

    name = "mine"

    def __init__(
        self,
        parsed: Callable[[bytes], Any] = lambda _: GOOD,
        claimed: Callable[[bytes], Any] = lambda payload: payload.startswith(b"MINE:"),
    ) -> None:
        self._parsed, self._claimed = parsed, claimed

    def claims(self, payload: bytes) -> bool:
        return self._claimed(payload)  # type: ignore[no-any-return]  # wrong on purpose

    def parse(self, payload: bytes) -> Credential:
        return self._parsed(payload)  # type: ignore[no-any-return]  # wrong on purpose


def raising(error: BaseException) -> Callable[[bytes], Any]:
    def fail(_: bytes) -> Any:
        raise error

    return fail


def refusal(parsed: Callable[[bytes], Any]) -> Reason:
    with pytest.raises(MalformedPayload) as caught:
        GuardedFamily(Mine(parsed)).parse(SECRET)
    return caught.value.reason


ERRORS = [
    ValueError(SECRET),
    KeyError(SECRET.decode()),
    RecursionError(),
    MemoryError(),
    AssertionError(SECRET),
    StopIteration(),
    SystemExit(0),
    asyncio.CancelledError(),
    Panic(SECRET),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_exception_of_parse_is_a_malformed_code_told_by_its_kind_alone(
    caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    assert refusal(raising(error)) is Reason.FORM_MALFORMED
    (record,) = caplog.records
    assert (
        f"family mine: parse raised {type(error).__name__} (number 1 so far);"
        in record.getMessage()
    )
    assert "secret" not in caplog.text
    assert record.exc_info is None


@pytest.mark.parametrize(
    "error",
    [*ERRORS, MalformedPayload(Reason.FORM_MALFORMED)],
    ids=lambda error: type(error).__name__,
)
def test_exception_of_claims_is_no_claim_and_lets_everybody_else_pass(
    caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    formats = [*BUILT_IN, GuardedFamily(Mine(claimed=raising(error)))]

    def answer(payload: bytes) -> tuple[Verdict, Reason | None]:
        judged = judge(payload, profile=GATE, lane=LANE, known=world(), formats=formats)
        return judged.decision.verdict, judged.decision.reason

    assert answer(text(holder_part())) == (Verdict.GRANT, None)
    assert answer(SECRET) == (Verdict.DENY, Reason.FORMAT_UNKNOWN)
    assert answer(b"13" + b"7" * 16) == (Verdict.DENY, Reason.PAYMENT_CODE)
    assert f"family mine: claims raised {type(error).__name__} (number 1 so far);" in caplog.text
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text


def test_interrupt_by_a_person_is_no_bug_of_the_family() -> None:
    family = GuardedFamily(Mine(raising(KeyboardInterrupt()), raising(KeyboardInterrupt())))
    with pytest.raises(KeyboardInterrupt):
        family.claims(SECRET)
    with pytest.raises(KeyboardInterrupt):
        family.parse(SECRET)


def test_claims_may_answer_with_anything_that_is_true_or_false() -> None:
    for answer, claimed in ((1, True), (None, False), ("", False), (object(), True)):
        family = GuardedFamily(Mine(claimed=lambda _, answer=answer: answer))  # type: ignore[misc]  # bound early
        assert family.claims(SECRET) is claimed


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.names_nobody])
def test_refusal_of_the_familys_own_keeps_its_reason(
    caplog: pytest.LogCaptureFixture, reason: Reason
) -> None:
    assert refusal(raising(MalformedPayload(reason))) is reason
    assert caplog.records == []


@pytest.mark.parametrize("reason", [reason for reason in Reason if not reason.names_nobody])
def test_refusal_that_speaks_of_a_card_is_a_malformed_code(
    caplog: pytest.LogCaptureFixture, reason: Reason
) -> None:
    assert refusal(raising(MalformedPayload(reason))) is Reason.FORM_MALFORMED
    assert "parse refused with no reason of form or key" in caplog.text


def test_refusal_with_no_reason_at_all_is_a_malformed_code() -> None:
    error = MalformedPayload(Reason.FORM_MALFORMED)
    error.reason = "because"  # type: ignore[assignment]  # wrong on purpose
    assert refusal(raising(error)) is Reason.FORM_MALFORMED
    del error.reason
    assert refusal(raising(error)) is Reason.FORM_MALFORMED


# What parse returns


@pytest.mark.parametrize(
    "good",
    [
        GOOD,
        replace(GOOD, proof=None, not_before=None, expires_at=None, status_index=None),
        replace(GOOD, capabilities=None, status_list=None, issuer=None, kid=b""),
        replace(GOOD, kid=bytes(64), capabilities=0, types=2**53 - 1, expires_at=2**53 - 1),
        replace(GOOD, proof=replace(PROOF, audience=None, challenge=None, drawn_at=2**32 - 1)),
    ],
)
def test_credential_with_every_part_in_place_is_handed_on(
    caplog: pytest.LogCaptureFixture, good: Credential
) -> None:
    assert GuardedFamily(Mine(lambda _: good)).parse(SECRET) is good
    assert caplog.records == []


class Text(str):
    """A text that may do anything when it is compared."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("part", "value"),
    [
        *(("format", value) for value in ("cc1", "Mine", "", None, b"mine", Text("mine"))),
        *(("kid", value) for value in (None, "12345678", bytearray(8), bytes(65))),
        *(("issued", value) for value in (None, b"m", PROOF, replace(SIGNED, message="m"))),
        *(("issued", replace(SIGNED, algorithm=value)) for value in (None, "EdDSA", True)),
        ("issued", replace(SIGNED, signature=None)),
        *(("proof", value) for value in (b"p", SIGNED, True)),
        *(("proof", replace(PROOF, key=value)) for value in (bytes(31), bytes(33), None)),
        ("proof", replace(PROOF, signed=None)),
        *(("proof", replace(PROOF, drawn_at=value)) for value in (-1, 2**32, 1.5, None, True)),
        *(("proof", replace(PROOF, audience=value)) for value in (b"gate", "\ud800")),
        ("proof", replace(PROOF, challenge="c")),
        *(("not_before", value) for value in (-1, 2**53, 1.0, "0", False)),
        *(("expires_at", value) for value in (-1, 2**53, float("inf"), "0")),
        *(
            ("subject", value)
            for value in (bytes(7), bytes(9), b"", None, "a1b2c3d4", bytearray(8))
        ),
        *(("types", value) for value in (-1, 2**53, None, 1.0)),
        *(("capabilities", value) for value in (-1, 128, "7")),
        *(("status_index", value) for value in (-1, 2**53, "0", 10**400)),
        *(("status_list", value) for value in (b"x", 1)),
        *(("issuer", value) for value in (b"x", 1, ["city.example"], "\udfff")),
    ],
)
def test_credential_with_a_part_out_of_place_is_a_malformed_code(
    caplog: pytest.LogCaptureFixture, part: str, value: object
) -> None:
    wrong = replace(GOOD, **{part: value})
    assert refusal(lambda _: wrong) is Reason.FORM_MALFORMED
    assert f"parse returned a Credential with {part} out of place (number 1 so far)" in caplog.text


@pytest.mark.parametrize("value", [None, True, b"x", {"format": "mine"}, SIGNED, Credential])
def test_what_is_no_credential_is_a_malformed_code(value: object) -> None:
    assert refusal(lambda _: value) is Reason.FORM_MALFORMED


def test_credential_that_lacks_its_parts_is_a_malformed_code() -> None:
    assert refusal(lambda _: Credential.__new__(Credential)) is Reason.FORM_MALFORMED


class Heir(Credential):
    """May compute its parts anew each time it is asked."""


def test_heir_of_a_credential_is_none() -> None:
    parts = {field.name: getattr(GOOD, field.name) for field in fields(Credential)}
    assert refusal(lambda _: Heir(**parts)) is Reason.FORM_MALFORMED


@pytest.mark.parametrize(
    ("kind", "looked_at"),
    [(Credential, _CREDENTIAL), (HolderProof, _PROOF), (SignedOctets, _SIGNED)],
)
def test_every_part_of_a_credential_is_looked_at(kind: Any, looked_at: dict[str, object]) -> None:
    assert list(looked_at) == [field.name for field in fields(kind)]


ANYTHING = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary())


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(_CREDENTIAL, ANYTHING)))
def test_whatever_is_in_it_a_credential_is_judged_or_malformed(parts: dict[str, Any]) -> None:
    family = GuardedFamily(Mine(lambda _: replace(GOOD, **parts)))
    profile = replace(GATE, formats=("mine",))
    judged = judge(SECRET, profile=profile, lane=LANE, known=world(), formats=[*BUILT_IN, family])
    assert judged.decision.verdict is Verdict.DENY


# The log


def test_bugs_are_told_once_a_minute_with_their_number(caplog: pytest.LogCaptureFixture) -> None:
    now_ms = [0]
    family = GuardedFamily(Mine(raising(ValueError())), clock_ms=lambda: now_ms[0])

    def lines_at(moment_ms: int, *, times: int) -> int:
        now_ms[0] = moment_ms
        before = len(caplog.records)
        for _ in range(times):
            with pytest.raises(MalformedPayload):
                family.parse(SECRET)
        return len(caplog.records) - before

    assert lines_at(0, times=1_000) == 1
    assert "(number 1 so far)" in caplog.records[-1].getMessage()
    assert lines_at(LINE_PERIOD_MS - 1, times=1) == 0
    assert lines_at(LINE_PERIOD_MS, times=2) == 1
    assert "(number 1002 so far)" in caplog.records[-1].getMessage()


def test_first_bug_is_told_however_young_the_machine_is(caplog: pytest.LogCaptureFixture) -> None:
    family = GuardedFamily(Mine(raising(ValueError())), clock_ms=lambda: 1)
    with pytest.raises(MalformedPayload):
        family.parse(SECRET)
    assert len(caplog.records) == 1
