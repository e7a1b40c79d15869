"""Codes that our verifier grants are proven by independent COSE libraries as well."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.cards import (
    HOLDER,
    ISSUER,
    NOW,
    STATUS_INDEX,
    SUBJECT,
    holder_part,
    issuer_claims,
    issuer_part,
    public,
    text,
)
from tests.support.trust import answer
from verifier.model import Verdict

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "oracle" / "verify_cose.py"
INNER = issuer_part(issuer_claims(holder=public(HOLDER)))
CODE = holder_part(INNER, {3: "gate-1", 6: NOW, 39: b"challenge"})
INNER_8 = issuer_part(issuer_claims(holder=public(HOLDER)), alg=-8)
CODE_8 = holder_part(INNER_8, alg=-8)


def asked(oracle: str, questions: Sequence[dict[str, bytes]]) -> list[dict[str, Any]]:
    lines = [
        json.dumps({name: octets.hex() for name, octets in question.items()})
        for question in questions
    ]
    ran = subprocess.run(
        [oracle, "-I", str(SCRIPT)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def question(**changes: bytes) -> dict[str, bytes]:
    asked_for = {
        "issuer": INNER,
        "issuer_key": public(ISSUER),
        "holder": CODE,
        "holder_key": public(HOLDER),
        "aad": b"cc1.holder",
    }
    return {**asked_for, **changes}


def altered(octets: bytes, place: int) -> bytes:
    return octets[:place] + bytes((octets[place] ^ 1,)) + octets[place + 1 :]


@pytest.mark.slow
def test_independent_libraries_agree_about_both_layers(oracle: str) -> None:
    assert answer(text(CODE)) == (Verdict.GRANT, None)
    assert answer(text(CODE_8)) == (Verdict.GRANT, None)
    claims_place = INNER.index(SUBJECT)
    whole, named_otherwise, no_aad, wrong_issuer, wrong_holder, wrong_key = asked(
        oracle,
        [
            question(),
            question(issuer=INNER_8, holder=CODE_8),
            question(aad=b""),
            question(issuer=altered(INNER, claims_place)),
            question(holder=altered(CODE, CODE.index(SUBJECT))),
            question(issuer_key=public(HOLDER), holder_key=public(ISSUER)),
        ],
    )
    assert whole["cwt"] == {"issuer": True, "holder": True}
    assert whole["pycose"] == {"issuer": None, "holder": None}, "pycose has learnt -19"
    assert whole["claims"] == {
        "4": NOW + 86_400,
        "5": NOW - 86_400,
        "8": {"1": {"1": 1, "-1": 6, "-2": public(HOLDER).hex()}},
        "-65537": [1, SUBJECT.hex(), 3, 37, STATUS_INDEX],
    }
    assert named_otherwise["cwt"] == named_otherwise["pycose"] == {"issuer": True, "holder": True}
    assert no_aad["cwt"] == {"issuer": True, "holder": False}
    assert wrong_issuer["cwt"] == {"issuer": False, "holder": True}
    assert wrong_holder["cwt"] == {"issuer": True, "holder": False}
    assert wrong_key["cwt"] == {"issuer": False, "holder": False}


@pytest.mark.slow
def test_static_card_is_an_ordinary_cwt(oracle: str) -> None:
    card = issuer_part()
    (told,) = asked(oracle, [question(issuer=card)])
    assert told["cwt"]["issuer"] is True
    assert set(told["claims"]) == {"4", "5", "-65537"}
    assert answer(text(card)) == (Verdict.GRANT, None)
