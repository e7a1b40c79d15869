"""How far a driver is to be trusted, and what was seen that says so: its quality card."""

from dataclasses import dataclass
from datetime import date
from enum import Enum


class Grade(Enum):
    """What a driver has stood so far; each grade holds the ones before it."""

    BRONZE = "bronze"  # its simulator, and vectors of what the device sends
    SILVER = "silver"  # a real device, pulled out and put back at any moment
    GOLD = "gold"  # a real device over days and a million codes or openings


class Proof(Enum):
    """A way to show that a driver works."""

    VECTORS = "vectors"  # octets as recorded or documented
    SIMULATOR = "simulator"  # something that behaves as the device, at the other end
    REPLUG = "replug"  # a real device
    SOAK = "soak"  # a real device


_NEEDS: dict[Grade, frozenset[Proof]] = {
    Grade.BRONZE: frozenset(),
    Grade.SILVER: frozenset({Proof.REPLUG}),
    Grade.GOLD: frozenset({Proof.REPLUG, Proof.SOAK}),
}
_REAL = (Proof.REPLUG, Proof.SOAK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that was tried, and with what.

    Raises:
        ValueError: a real device is claimed and not named.
    """

    proof: Proof
    what: str  # in a sentence, or where it can be run again
    device: str = ""  # maker and model; empty: no real device
    firmware: str = ""  # as the device tells it
    on: date | None = None
    who: str = ""  # whom to ask

    def __post_init__(self) -> None:
        """See that what is claimed of a device says which, when and by whom."""
        if not self.what:
            raise ValueError(f"evidence by {self.proof.value} says nothing of what was tried")
        if self.proof in _REAL and not (self.device and self.firmware and self.on and self.who):
            raise ValueError(
                f"evidence by {self.proof.value} names no device, firmware, date or person"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityCard:
    """A driver's grade, and why it has it.

    Raises:
        ValueError: the evidence does not carry the grade.
    """

    grade: Grade
    evidence: tuple[Evidence, ...]
    # Of a gate: its board closes it after the pulse, whatever becomes of the daemon. Where some
    # boards do and others don't, the report beside UP says which this one is.
    times_pulse: bool = False

    def __post_init__(self) -> None:
        """See that the grade is earned."""
        proofs = {each.proof for each in self.evidence}
        if not proofs:
            raise ValueError("a card without evidence has no grade")
        missing = sorted(proof.value for proof in _NEEDS[self.grade] - proofs)
        if missing:
            raise ValueError(f"{self.grade.value} needs evidence by {' and '.join(missing)}")
