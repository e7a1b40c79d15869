from datetime import date
from typing import Any

import pytest

from drivers.cards import CARDS
from drivers.quality import Evidence, Grade, Proof, QualityCard

SIMULATED = Evidence(proof=Proof.SIMULATOR, what="a line that stalls")
REAL: dict[str, Any] = {
    "what": "on the bench",
    "device": "ACME 7",
    "firmware": "1.2",
    "on": date(2027, 1, 15),
    "who": "bench@vendor.example",
}
REPLUGGED, SOAKED = Evidence(proof=Proof.REPLUG, **REAL), Evidence(proof=Proof.SOAK, **REAL)


@pytest.mark.parametrize(
    ("grade", "evidence"),
    [
        (Grade.BRONZE, (SIMULATED,)),
        (Grade.BRONZE, (Evidence(proof=Proof.VECTORS, what="the manual's table 3"),)),
        (Grade.SILVER, (REPLUGGED,)),
        (Grade.GOLD, (SIMULATED, REPLUGGED, SOAKED)),
    ],
)
def test_evidence_carries_its_grade(grade: Grade, evidence: tuple[Evidence, ...]) -> None:
    assert QualityCard(grade=grade, evidence=evidence).grade is grade


@pytest.mark.parametrize(
    ("grade", "evidence", "says"),
    [
        (Grade.BRONZE, (), "without evidence"),
        (Grade.SILVER, (SIMULATED,), "silver needs evidence by replug"),
        (Grade.GOLD, (REPLUGGED,), "gold needs evidence by soak"),
        (Grade.GOLD, (SIMULATED,), "gold needs evidence by replug and soak"),
    ],
)
def test_grade_that_is_not_earned_has_no_card(
    grade: Grade, evidence: tuple[Evidence, ...], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        QualityCard(grade=grade, evidence=evidence)


@pytest.mark.parametrize("lacking", ["device", "firmware", "on", "who"])
@pytest.mark.parametrize("proof", [Proof.REPLUG, Proof.SOAK])
def test_claim_of_a_real_device_says_which_when_and_by_whom(proof: Proof, lacking: str) -> None:
    with pytest.raises(ValueError, match="names no device"):
        Evidence(proof=proof, **{name: value for name, value in REAL.items() if name != lacking})


def test_evidence_says_what_was_tried() -> None:
    with pytest.raises(ValueError, match="says nothing"):
        Evidence(proof=Proof.SIMULATOR, what="")


def test_no_driver_of_ours_claims_a_device_that_nobody_had() -> None:
    for cards in CARDS.values():
        for card in cards.values():
            assert card.grade is Grade.BRONZE
            assert not any(evidence.device for evidence in card.evidence)
