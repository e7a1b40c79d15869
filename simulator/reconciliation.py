"""The end of the day: what lanes said, what the terminal kept, what the centre holds. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from simulator.centre import CentralEntry
from simulator.citizens import Visit
from simulator.posts import Answer
from simulator.till import Receipt

_GRANT, _NOT_PASSED = "grant", "not-passed"

Lines = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """One visit and what came of it."""

    post: str
    visit: Visit
    answer: Answer
    offline: bool  # the cable was out when it happened

    @property
    def is_right(self) -> bool:
        """Return whether the citizen got what he should."""
        return (self.answer.verdict, self.answer.reason) == (self.visit.verdict, self.visit.reason)

    def members(self) -> dict[str, object]:
        """Return the JSON object of `demo --json`."""
        purchase = self.visit.purchase
        return {
            "lane": self.post,
            "holder": self.visit.holder,
            "expected": self.visit.verdict,
            "expected_reason": self.visit.reason,
            "verdict": self.answer.verdict,
            "reason": self.answer.reason,
            "ms": self.answer.ms,
            "offline": self.offline,
            "amount_minor": None if purchase is None else purchase.amount_minor,
            "right": self.is_right,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The sums; everything that is not zero and should be is a fault of ours."""

    presentations: int
    entries: int  # in the terminal's journal
    acknowledged: int
    central: int
    lost: int
    doubled: int
    wrong_verdicts: int
    gate_grants: int
    gate_openings: int
    turned_back: int  # people who did not go through the gate that was opened for them
    not_passed: int  # passages that the centre holds as not made
    receipts: int
    reversed: int  # of them: what was given back
    receipts_minor: int  # the sum of all receipts
    terminal_minor: int  # the same by the terminal's journal
    central_minor: int  # and by what the centre holds

    @property
    def is_clean(self) -> bool:
        """Return whether nothing is lost, doubled or wrong, to the last opening and cent."""
        return (
            self.lost == self.doubled == self.wrong_verdicts == 0
            and self.gate_grants == self.gate_openings
            and self.turned_back == self.not_passed
            and self.receipts_minor == self.terminal_minor == self.central_minor
            and self.entries == self.acknowledged == self.central
        )


def reconcile(
    presentations: Sequence[Presentation],
    *,
    journal: Lines,
    acknowledged: int,
    central: Sequence[CentralEntry],
    gate: tuple[str, int],
    receipts: Sequence[Receipt],
) -> Reconciliation:
    """Return the sums of a demo.

    Args:
        presentations: every one, in order.
        journal: the terminal's entries.
        acknowledged: the last that the centre acknowledged.
        central: the centre's entries.
        gate: the name of the lane with a gate, and how often the gate opened.
        receipts: what a till gave its customers.
    """
    at_gate = [p for p in presentations if p.post == gate[0] and p.answer.verdict == _GRANT]
    lines = [entry.line for entry in central]
    return Reconciliation(
        presentations=len(presentations),
        entries=len(journal),
        acknowledged=acknowledged,
        central=len(central),
        lost=_lost(presentations, journal, central) + _unbooked(receipts, lines),
        doubled=_doubled(central),
        wrong_verdicts=sum(not p.is_right for p in presentations),
        gate_grants=len(at_gate),
        gate_openings=gate[1],
        turned_back=sum(not p.visit.passes for p in at_gate),
        not_passed=sum(line.get("cause") == _NOT_PASSED for line in lines),
        receipts=len(receipts),
        reversed=sum(receipt.amount_minor < 0 for receipt in receipts),
        receipts_minor=sum(receipt.amount_minor for receipt in receipts),
        terminal_minor=_sold_minor(journal),
        central_minor=_sold_minor(lines),
    )


def _sold_minor(lines: Lines) -> int:
    """Return what was granted and not taken back."""
    granted = {
        _place(line): int(str(line["amount_minor"]))
        for line in lines
        if line.get("verdict") == _GRANT and "amount_minor" in line
    }
    for line in lines:
        match line:
            case {"type": "annul", "reference": dict() as reference}:
                granted.pop(_place(reference), None)
            case _:
                continue
    return sum(granted.values())


def _unbooked(receipts: Iterable[Receipt], lines: Lines) -> int:
    """Count the receipts whose entry is not at the centre, or is for another key or amount."""
    held = {
        _place(line): (line.get("key"), abs(int(str(line.get("amount_minor", 0)))))
        for line in lines
    }
    return sum(
        held.get(receipt.place) != (receipt.key, abs(receipt.amount_minor)) for receipt in receipts
    )


def _lost(
    presentations: Iterable[Presentation],
    journal: Iterable[Mapping[str, object]],
    central: Sequence[CentralEntry],
) -> int:
    """Count what was acknowledged to a lane or kept in the journal and is not at the centre."""
    held = {(entry.epoch, entry.seq): entry.line for entry in central}
    kept = [entry for entry in journal if held.get(_place(entry)) != entry]
    answered = {p.answer.seq for p in presentations if p.answer.seq is not None}
    unheard = answered - {seq for _, seq in held}
    uncounted = _refused(presentations) - _refusals(entry.line for entry in central)
    return len(kept) + len(unheard) + sum(uncounted.values())


def _place(entry: Mapping[str, object]) -> tuple[int, int]:
    return int(str(entry["epoch"])), int(str(entry["seq"]))


def _refused(presentations: Iterable[Presentation]) -> Counter[tuple[str, str]]:
    """Count the refusals that lanes spoke and that name nobody, by lane and reason."""
    return Counter(
        (p.post, str(p.answer.reason))
        for p in presentations
        if p.answer.verdict is not None and p.answer.seq is None
    )


def _refusals(lines: Iterable[Mapping[str, object]]) -> Counter[tuple[str, str]]:
    """Count the refusals in `refusals` entries, by lane and reason."""
    counted: Counter[tuple[str, str]] = Counter()
    for line in lines:
        match line:
            case {"type": "refusals", "lane": str() as lane, "counts": dict() as counts}:
                for reason, count in counts.items():
                    counted[lane, str(reason)] += int(count)
            case _:
                continue
    return counted


def _doubled(central: Sequence[CentralEntry]) -> int:
    """Count entries held twice, and presentations granted twice."""
    places = Counter((entry.terminal, entry.epoch, entry.seq) for entry in central)
    granted = Counter(
        entry.line["presentation"] for entry in central if entry.line.get("verdict") == _GRANT
    )
    return sum(count - 1 for counter in (places, granted) for count in counter.values())
