"""The reconciliation must notice each fault that it exists for."""

from collections.abc import Sequence
from dataclasses import replace

from simulator.centre import CentralEntry
from simulator.citizens import Visit
from simulator.posts import Answer
from simulator.reconciliation import Presentation, Reconciliation, reconcile
from simulator.surfaces import Surface
from simulator.till import Receipt

GATE = "gate-1"


def shown(verdict: str = "grant", reason: str | None = None, seq: int | None = 1) -> Presentation:
    visit = Visit(holder="phone", text="CC1:0", surface=Surface.PHONE, verdict="grant", reason=None)
    answer = Answer(verdict=verdict, reason=reason, seq=seq, ms=7)
    return Presentation(post=GATE, visit=visit, answer=answer, offline=False)


def line(seq: int, **more: object) -> dict[str, object]:
    told = {"lane": GATE, "type": "passage", "verdict": "grant", "presentation": f"p{seq}"}
    return {"epoch": 1, "seq": seq, **told, **more}


def at_centre(*lines: dict[str, object]) -> list[CentralEntry]:
    return [
        CentralEntry(terminal="t", epoch=1, seq=int(str(told["seq"])), line=told) for told in lines
    ]


def reconciled(
    presentations: list[Presentation],
    journal: list[dict[str, object]],
    central: list[CentralEntry],
    openings: int = 1,
    receipts: Sequence[Receipt] = (),
) -> Reconciliation:
    return reconcile(
        presentations,
        journal=journal,
        acknowledged=len(journal),
        central=central,
        gate=(GATE, openings),
        receipts=receipts,
    )


def sale(seq: int, amount_minor: int, key: str = "k1") -> dict[str, object]:
    return line(seq, type="sale", lane="shop", key=key, amount_minor=amount_minor)


def annulled(seq: int, of: int, **more: object) -> dict[str, object]:
    reference = {"epoch": 1, "seq": of}
    return {"epoch": 1, "seq": seq, "lane": GATE, "type": "annul", "reference": reference, **more}


def receipt(seq: int, amount_minor: int, key: str = "k1") -> Receipt:
    return Receipt(key=key, amount_minor=amount_minor, place=(1, seq))


def test_day_without_faults_is_clean() -> None:
    sums = reconciled([shown()], [line(1)], at_centre(line(1)))

    assert sums.is_clean
    assert (sums.entries, sums.acknowledged, sums.central, sums.presentations) == (1, 1, 1, 1)


def test_entry_that_the_centre_lacks_is_lost() -> None:
    sums = reconciled([shown()], [line(1), line(2)], at_centre(line(1)))

    assert sums.lost == 1
    assert not sums.is_clean


def test_answer_whose_entry_is_nowhere_is_lost() -> None:
    sums = reconciled([shown(seq=1), shown(seq=2)], [line(1)], at_centre(line(1)), openings=2)

    assert sums.lost == 1


def test_entry_that_the_centre_holds_otherwise_is_lost() -> None:
    sums = reconciled([shown()], [line(1)], at_centre(line(1, verdict="deny")))

    assert sums.lost == 1


def test_refusal_that_was_never_counted_is_lost() -> None:
    refused = replace(shown("deny", "S.ISS", None))

    sums = reconciled([refused], [], [], openings=0)

    assert sums.lost == 1


def test_refusal_that_was_counted_is_not_lost() -> None:
    counted = {"epoch": 1, "seq": 1, "lane": GATE, "type": "refusals", "counts": {"S.ISS": 1}}

    sums = reconciled([shown("deny", "S.ISS", None)], [counted], at_centre(counted), openings=0)

    assert sums.lost == 0


def test_entry_held_twice_is_doubled() -> None:
    sums = reconciled([shown()], [line(1)], at_centre(line(1), line(1)))

    assert sums.doubled > 0


def test_presentation_granted_twice_is_doubled() -> None:
    twice = [line(1), line(2, presentation="p1")]

    sums = reconciled([shown(seq=1), shown(seq=2)], twice, at_centre(*twice), openings=2)

    assert sums.doubled == 1


def test_verdict_that_was_not_expected_is_wrong() -> None:
    sums = reconciled([shown("deny", "T.EXP")], [line(1)], at_centre(line(1)), openings=0)

    assert sums.wrong_verdicts == 1


def test_citizen_who_got_no_answer_was_treated_wrong() -> None:
    silent = Answer(verdict=None, reason=None, seq=None, ms=None)

    sums = reconciled([replace(shown(), answer=silent)], [], [], openings=0)

    assert sums.wrong_verdicts == 1
    assert sums.lost == 0


def test_gate_that_opened_without_a_grant_is_not_clean() -> None:
    sums = reconciled([shown()], [line(1)], at_centre(line(1)), openings=2)

    assert not sums.is_clean


def test_passage_that_was_not_made_and_was_annulled_is_clean() -> None:
    there = replace(shown(), visit=replace(shown().visit, passes=False))
    lines = [line(1), annulled(2, 1, cause="not-passed")]

    sums = reconciled([there], lines, at_centre(*lines))

    assert (sums.turned_back, sums.not_passed) == (1, 1)
    assert sums.is_clean


def test_passage_that_was_not_made_and_stands_is_not_clean() -> None:
    there = replace(shown(), visit=replace(shown().visit, passes=False))

    assert not reconciled([there], [line(1)], at_centre(line(1))).is_clean


def test_passage_that_was_made_and_annulled_is_not_clean() -> None:
    lines = [line(1), annulled(2, 1, cause="not-passed")]

    assert not reconciled([shown()], lines, at_centre(*lines)).is_clean


def test_sums_of_receipts_journal_and_centre_are_what_was_sold_and_not_given_back() -> None:
    back = annulled(3, 2, cause="reversed", key="k3", amount_minor=500)
    lines = [sale(1, 1_250), sale(2, 500, "k2"), back]
    given = [receipt(1, 1_250), receipt(2, 500, "k2"), receipt(3, -500, "k3")]

    sums = reconciled([], lines, at_centre(*lines), openings=0, receipts=given)

    assert (sums.receipts_minor, sums.terminal_minor, sums.central_minor) == (1_250,) * 3
    assert (sums.receipts, sums.reversed, sums.lost) == (3, 1, 0)
    assert sums.is_clean


def test_a_cent_that_is_amiss_is_not_clean() -> None:
    lines = [sale(1, 1_250)]

    for given in ([receipt(1, 1_249)], [receipt(1, 1_251)], []):
        sums = reconciled([], lines, at_centre(*lines), openings=0, receipts=given)
        assert not sums.is_clean


def test_receipts_behind_which_no_entry_stands_are_lost_though_the_sums_agree() -> None:
    lines = [sale(1, 1_250), sale(2, 500, "k2")]
    given = [receipt(1, 1_250), receipt(9, 500, "k2")]

    sums = reconciled([], lines, at_centre(*lines), openings=0, receipts=given)

    assert sums.receipts_minor == sums.central_minor
    assert sums.lost == 1


def test_sale_that_was_refused_is_no_money() -> None:
    refused = sale(1, 25_000) | {"verdict": "deny", "reason": "P.FLR"}

    assert reconciled([], [refused], at_centre(refused), openings=0).is_clean
