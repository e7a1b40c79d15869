"""What cards used, through the journal that keeps it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offline_cache.errors import DiskFull, EntryErased
from offline_cache.journal import Append, Appended, Journal
from offline_cache.ledger import (
    _EXPOSURE,
    CARD_ROWS_MAX,
    USE_HORIZON_S,
    KeyUsed,
    Ledger,
    PassbackRule,
    UseClaim,
)
from offline_cache.replay import KEPT_ENTRIES
from protocol.journal import Draft, PresentationRecord
from protocol.snapshot import KeyMark, Marks, UseMark
from protocol.snapshot_entry import snapshot_set
from protocol.use import Place, Use, key_digest
from tests.support.journals import AT, EPOCH, acknowledge, dynamic, journal_at, static
from tests.support.uses import annulled, move, outcome, sale, used
from verifier.clock import ClockQuality
from verifier.limits import CardStanding, Ceilings
from verifier.model import UnixSeconds, Verdict
from verifier.profile import Again
from verifier.reasons import Reason

CARD = "aa" * 16
DENY, REFER, GRANT = Verdict.DENY, Verdict.REFER, Verdict.GRANT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with journal_at(path) as opened:
        yield opened


def standing(journal: Journal, at: int = AT + 60, **asked: Any) -> CardStanding:
    members = {"currency": "CNY", "zone": "hall", "profile": "shop", **asked}
    return journal.card_standing(CARD, at=UnixSeconds(at), **members)


def written(journal: Journal, request: Append) -> Appended:
    (entry,) = journal.append_all([request])
    return entry


def test_a_card_that_nobody_knows_has_used_nothing(journal: Journal) -> None:
    assert standing(journal) == CardStanding()


def test_sales_are_counted_and_summed_by_card_and_currency(journal: Journal) -> None:
    other = Use(amount_minor=7, currency="EUR", fund="purse")
    journal.append_all([sale(), sale(at=AT + 1), sale("bb"), used(at=AT + 2, use=other)])
    told = standing(journal)
    assert (told.count, told.sum_minor, told.exposure_minor) == (2, 200, 300)
    told = standing(journal, currency="EUR")
    assert (told.count, told.sum_minor, told.exposure_minor) == (1, 7, 7)


def test_what_was_refused_or_referred_is_not_counted(journal: Journal) -> None:
    journal.append_all([sale(verdict=DENY), sale(verdict=REFER, at=AT + 1)])
    assert standing(journal) == CardStanding()


def test_what_costs_nothing_counts_as_no_sale(journal: Journal) -> None:
    journal.append_all([sale(amount_minor=0)])
    told = standing(journal, zone="")
    assert (told.count, told.velocity_count, told.last_tapped_at) == (0, 0, AT)
    assert told.last_paid_at is None


def test_the_centres_approval_begins_count_and_sum_anew(journal: Journal) -> None:
    journal.append_all([sale(), sale(at=AT + 1, amount_minor=1_000, approval="a" * 16)])
    told = standing(journal)
    assert (told.count, told.sum_minor, told.exposure_minor) == (0, 0, 100)
    journal.append_all([sale(at=AT + 2)])
    assert (standing(journal).count, standing(journal).sum_minor) == (1, 100)
    journal.append_all([annulled(sale(at=AT + 1, amount_minor=1_000), 2)])
    assert (standing(journal).count, standing(journal).sum_minor) == (2, 200)


def test_exposure_is_what_the_centre_has_not_acknowledged(journal: Journal) -> None:
    journal.append_all([sale(), sale("bb", at=AT + 1), sale("cc", at=AT + 2)])
    assert standing(journal).exposure_minor == 300
    acknowledge(journal, acked=2)
    assert standing(journal).exposure_minor == 100
    journal.append_all([annulled(sale(), 1)])  # acknowledged: no exposure any more
    assert standing(journal).exposure_minor == 100
    journal.append_all([annulled(sale("cc", at=AT + 2), 3)])
    assert standing(journal).exposure_minor == 0
    approved = sale("dd", at=AT + 3, approval="a" * 16)
    journal.append_all([approved, sale("dd", at=AT + 4), annulled(approved, 6)])
    assert standing(journal).exposure_minor == 100


@pytest.mark.parametrize(("back_s", "count"), [(USE_HORIZON_S - 1, 1), (USE_HORIZON_S, 0)])
def test_a_sale_counts_for_a_month(journal: Journal, back_s: int, count: int) -> None:
    journal.append_all([sale()])
    assert standing(journal, at=AT + back_s).count == count


@pytest.mark.parametrize(("later_s", "count"), [(59, 1), (60, 0)])
def test_velocity_looks_back_by_its_window(journal: Journal, later_s: int, count: int) -> None:
    journal.append_all([sale(approval="a" * 16)])
    assert standing(journal, at=AT + later_s, velocity_window_s=60).velocity_count == count


def test_a_way_is_the_last_one_in_its_zone(journal: Journal) -> None:
    journal.append_all(
        [move(), move(zone="yard", direction="out", at=AT + 1), sale(at=AT + 2), dynamic("bb")]
    )
    told = standing(journal)
    assert (told.last_direction, told.last_moved_at, told.entered_at) == ("in", AT, AT)
    journal.append_all([move(direction="out", at=AT + 3)])
    told = standing(journal)
    assert (told.last_direction, told.last_moved_at, told.entered_at) == ("out", AT + 3, None)
    journal.append_all([annulled(move(direction="out", at=AT + 3), 5)])
    assert standing(journal).entered_at == AT


def rule(direction: str = "in", **fields: Any) -> UseClaim:
    members = {"zone": "hall", "within_s": 0, "verdict": DENY, **fields}
    return UseClaim(passback=PassbackRule(direction=direction, **members))


def test_the_same_way_twice_is_what_the_rule_makes_of_it(journal: Journal) -> None:
    journal.append_all([move(claim=rule())])
    again = written(journal, move(claim=rule(), at=AT + 1))
    assert outcome(again) == (DENY, Reason.PASSBACK)
    referred = written(journal, move(claim=rule(verdict=REFER), at=AT + 2))
    assert outcome(referred) == (REFER, Reason.PASSBACK)
    minded = written(journal, move(claim=rule(verdict=GRANT), at=AT + 3))
    assert outcome(minded) == (GRANT, None)
    out = written(journal, move(direction="out", claim=rule("out"), at=AT + 4))
    assert outcome(out) == (GRANT, None)
    back = written(journal, move(claim=rule(), at=AT + 5))
    assert outcome(back) == (GRANT, None)


def test_who_is_to_be_looked_at_is_refused_where_the_rule_is_stricter(journal: Journal) -> None:
    """A photocopy of the card of somebody who is in is no matter for an attendant's eyes."""
    journal.append_all([move(claim=rule())])
    same = written(journal, move(claim=rule(), verdict=REFER, at=AT + 1))
    assert outcome(same) == (DENY, Reason.PASSBACK)
    looked_at = written(journal, move(claim=rule(verdict=REFER), verdict=REFER, at=AT + 2))
    reason = move(verdict=REFER).draft.record
    assert isinstance(reason, PresentationRecord)
    assert outcome(looked_at) == (REFER, reason.reason)


@pytest.mark.parametrize(("later_s", "verdict"), [(59, DENY), (60, GRANT)])
def test_a_way_counts_for_as_long_as_the_rule_says(
    journal: Journal, later_s: int, verdict: Verdict
) -> None:
    journal.append_all([move()])
    entry = written(journal, move(claim=rule(within_s=60), at=AT + later_s))
    assert outcome(entry)[0] is verdict


def test_who_leaves_and_is_not_known_to_be_in_is_what_the_rule_says(journal: Journal) -> None:
    claim = rule("out", verdict=GRANT, unknown=REFER)
    stranger = written(journal, move(direction="out", claim=claim))
    assert outcome(stranger) == (REFER, Reason.ENTRY_UNKNOWN)
    journal.append_all([move(at=AT + 1)])
    left = written(journal, move(direction="out", claim=claim, at=AT + 2))
    assert outcome(left) == (GRANT, None)
    twice = written(journal, move(direction="out", claim=claim, at=AT + 3))
    assert outcome(twice) == (REFER, Reason.ENTRY_UNKNOWN)
    strict = replace(claim, passback=replace(rule("out").passback, unknown=REFER))
    assert outcome(written(journal, move(direction="out", claim=strict, at=AT + 4))) == (
        DENY,
        Reason.PASSBACK,
    )


@pytest.mark.parametrize(("later_s", "reason"), [(29, Reason.TAPPED_AGAIN), (30, None)])
def test_the_same_card_again_is_refused_within_the_window(
    journal: Journal, later_s: int, reason: Reason | None
) -> None:
    claim = UseClaim(again_s=30)
    journal.append_all([sale(at=AT)])
    use = Use(amount_minor=1, currency="CNY")
    assert outcome(written(journal, used(use=use, claim=claim, at=AT + later_s)))[1] is reason
    elsewhere = Use(zone="yard", amount_minor=1, currency="CNY")
    told = written(journal, used(use=elsewhere, claim=claim, at=AT + later_s + 1))
    assert outcome(told) == (GRANT, None)


def amount(entry: Appended) -> int | None:
    record = entry.draft.record
    assert isinstance(record, PresentationRecord)
    assert record.use is not None
    return record.use.amount_minor


def test_who_taps_again_where_that_is_free_pays_once_and_not_for_ever(journal: Journal) -> None:
    """Every tap within the window of the paid one is free; the window does not grow by them."""
    claim = UseClaim(again_s=30, again=Again.FREE, ceilings=Ceilings(count_max=2))
    use = Use(amount_minor=200, currency="CNY")
    told = [
        amount(written(journal, used(use=use, claim=claim, at=AT + later)))
        for later in (0, 1, 29, 30, 59)
    ]
    assert told == [200, 0, 0, 200, 0]
    assert standing(journal).sum_minor == 400


def test_what_is_free_a_second_time_lets_nobody_follow_on_a_card_handed_back(
    journal: Journal,
) -> None:
    claim = replace(rule(), again_s=30, again=Again.FREE)
    use = Use(zone="hall", direction="in", amount_minor=200, currency="CNY")
    told = [outcome(written(journal, used(use=use, claim=claim, at=AT + at))) for at in (0, 1)]
    assert told == [(GRANT, None), (DENY, Reason.PASSBACK)]


@pytest.mark.parametrize(
    ("most", "reason"),
    [
        (Ceilings(count_max=2), None),
        (Ceilings(count_max=1), Reason.CARD_COUNT_LIMIT),
        (Ceilings(sum_minor_max=200), None),
        (Ceilings(sum_minor_max=199), Reason.CARD_SUM_LIMIT),
        (Ceilings(velocity_count_max=2, velocity_window_s=60), None),
        (Ceilings(velocity_count_max=1, velocity_window_s=60), Reason.VELOCITY_LIMIT),
        (Ceilings(velocity_count_max=1, velocity_window_s=1), None),
        (Ceilings(exposure_minor_max=300), None),
        (Ceilings(exposure_minor_max=299), Reason.EXPOSURE_LIMIT),
    ],
)
def test_two_lanes_that_both_weighed_a_sale_can_not_both_break_a_limit(
    journal: Journal, most: Ceilings, reason: Reason | None
) -> None:
    """Both were told the same standing; the entry that is written later is refused."""
    journal.append_all([sale("bb")])
    first, second = journal.append_all([sale(most=most), sale(most=most, at=AT + 1, lane="n-2")])
    assert outcome(first) == (GRANT, None)
    assert outcome(second) == ((GRANT, None) if reason is None else (DENY, reason))
    assert standing(journal).count == (2 if reason is None else 1)


def test_what_the_centre_approved_is_held_against_nothing(journal: Journal) -> None:
    journal.append_all([sale(at=AT + later) for later in range(3)])
    entry = written(journal, sale(at=AT + 5, approval="a" * 16, most=Ceilings()))
    assert outcome(entry) == (GRANT, None)


def test_a_refusal_by_a_limit_leaves_the_card_unshown(journal: Journal) -> None:
    """As every refusal: a printed card need not wait for its window, nor a phone redraw."""
    over = Ceilings(count_max=0)
    assert outcome(written(journal, sale(most=over, is_static=True)))[0] is DENY
    assert outcome(written(journal, sale("bb", most=over)))[0] is DENY
    assert outcome(written(journal, sale(is_static=True, at=AT + 1)))[0] is GRANT
    assert outcome(written(journal, sale("bb")))[0] is GRANT


def test_a_replay_is_told_as_one_whatever_the_limits_say(journal: Journal) -> None:
    journal.append_all([sale(most=Ceilings(count_max=1))])
    again = written(journal, sale(most=Ceilings(count_max=1)))
    assert outcome(again) == (DENY, Reason.REPLAYED)


def test_a_refusal_is_held_against_no_limit(journal: Journal) -> None:
    entry = written(journal, sale(verdict=DENY, most=Ceilings(count_max=0)))
    assert outcome(entry) == (DENY, Reason.FLOOR_LIMIT)


def test_a_card_with_more_uses_than_are_read_is_refused_by_any_ceiling(journal: Journal) -> None:
    most = Ceilings(sum_minor_max=10**9)
    for first in range(0, CARD_ROWS_MAX - 1, 111):
        journal.append_all([sale(at=AT + first + more) for more in range(111)])
    assert standing(journal, at=AT + 2_000).count == CARD_ROWS_MAX - 1
    last = written(journal, sale(at=AT + 2_000, most=most))
    assert outcome(last) == (GRANT, None)
    over = written(journal, sale(at=AT + 2_001, most=most))
    assert outcome(over) == (DENY, Reason.CARD_COUNT_LIMIT)
    assert outcome(written(journal, sale(at=AT + 2_002, most=Ceilings())))[0] is GRANT


def test_a_claim_for_what_moves_nothing_is_our_bug(journal: Journal) -> None:
    request = replace(used(use=None, reference=None), use=UseClaim())
    record = request.draft.record
    assert isinstance(record, PresentationRecord)
    ledger = Ledger(journal._connection, epoch=EPOCH)
    with pytest.raises(ValueError, match="use"):
        ledger.rule(UseClaim(), record, AT)


# Keys


def test_a_key_makes_one_sale_and_finds_it_again(journal: Journal) -> None:
    journal.append_all([sale(key="k-1")])
    found = journal.find_use("till", "k-1")
    assert found is not None
    assert (found.place, found.annulled_by) == (Place(epoch=EPOCH, seq=1), None)
    assert found.line is not None
    assert b'"key":"k-1"' in found.line
    with pytest.raises(KeyUsed, match="entry 1/1") as refused:
        journal.append_all([sale(key="k-1", at=AT + 1)])
    assert refused.value.found == found
    assert (journal.seq, standing(journal).count) == (1, 1)
    assert journal.find_use("till", "k-2") is None
    assert journal.find_use("other", "k-1") is None


def test_of_two_sales_with_one_key_at_once_one_is_written(journal: Journal) -> None:
    first, second, third = journal.append_each(
        [sale(key="k-1"), sale(key="k-1", at=AT + 1, lane="n-2"), sale("bb", at=AT + 2)]
    )
    assert isinstance(first, Appended)
    assert isinstance(second, KeyUsed)
    assert isinstance(third, Appended)
    assert (second.found.place.seq, third.seq, journal.seq) == (first.seq, 2, 2)
    assert standing(journal).count == 1
    assert outcome(written(journal, sale(at=AT + 1)))[0] is GRANT  # it was not shown either


def test_a_refusal_or_referral_leaves_a_key_open(journal: Journal) -> None:
    journal.append_all([sale(key="k-1", verdict=DENY), sale(key="k-1", verdict=REFER, at=AT + 1)])
    found = journal.find_use("till", "k-1")
    assert found is not None
    assert found.place.seq == 2
    assert outcome(written(journal, sale(key="k-1", at=AT + 2)))[0] is GRANT


def test_a_sale_that_a_limit_refused_leaves_its_key_open(journal: Journal) -> None:
    journal.append_all([sale(key="k-1", most=Ceilings(count_max=0))])
    assert outcome(written(journal, sale(key="k-1", at=AT + 2)))[0] is GRANT


def test_a_key_of_a_sale_that_was_taken_back_makes_no_second_one(journal: Journal) -> None:
    journal.append_all([sale(key="k-1"), annulled(sale(), 1, key="r-1")])
    found, back = journal.find_use("till", "k-1"), journal.find_use("till", "r-1")
    assert found is not None
    assert back is not None
    assert found.annulled_by == back.place == Place(epoch=EPOCH, seq=2)
    for request in (sale(key="k-1", at=AT + 1), sale(key="r-1", at=AT + 1)):
        with pytest.raises(KeyUsed):
            journal.append_all([request])


# What a new epoch begins with

FIRST = UseMark(
    pseudonym=CARD,
    epoch=1,
    seq=7,
    at=AT,
    zone="hall",
    profile="shop",
    direction="in",
    currency="CNY",
    amount_minor=250,
    is_online=False,
)
KEYED = KeyMark(digest=key_digest("till", "k-1"), epoch=1, seq=7, at=AT, is_final=True)


def begin_epoch(path: Path) -> None:
    """Write what the centre knows of the epochs before, as enrolling does."""
    clock = ClockQuality.UNTRUSTED
    with journal_at(path, epoch=2) as journal:
        journal.append_all(
            [
                Append(draft=Draft(at=AT, clock=clock, lane="", record=part), claim=None)
                for part in snapshot_set(Marks(uses=(FIRST,), keys=(KEYED,)), through=0)
            ]
        )


@pytest.mark.parametrize("has_old_disk", [False, True])
def test_a_new_epoch_goes_on_from_what_the_centre_knows(path: Path, *, has_old_disk: bool) -> None:
    if has_old_disk:
        with journal_at(path) as old:
            old.append_all([*(dynamic("dd", iat=AT + more, at=AT + more) for more in range(6))])
            use = Use(
                zone="hall",
                direction="in",
                amount_minor=250,
                currency="CNY",
                client="till",
                key="k-1",
            )
            old.append_all([used(use=use)])
            old.append_all([sale(at=AT + 3)])  # which the centre never saw
    begin_epoch(path)
    with journal_at(path, epoch=2) as journal:
        told = standing(journal)
        assert (told.count, told.entered_at) == (2 if has_old_disk else 1, AT)
        assert told.exposure_minor == 0
        found = journal.find_use("till", "k-1")
        assert found is not None
        assert (found.place, found.line is None) == (Place(epoch=1, seq=7), not has_old_disk)
        with pytest.raises(KeyUsed):
            journal.append_all([sale(key="k-1", at=AT + 9)])
        with pytest.raises(EntryErased):
            journal.append_all([annulled(sale(), 7, epoch=1)])


# How long it is kept


def far(ledger: Ledger, *, late_s: int, entries: int) -> int:
    """Let time and entries pass; return how many uses and keys are left."""
    ledger.prune((EPOCH, entries), UnixSeconds(AT + late_s))
    count = "SELECT (SELECT count(*) FROM uses) + (SELECT count(*) FROM keyed)"
    return int(ledger._connection.execute(count).fetchone()[0])


@pytest.mark.parametrize(
    ("late_s", "entries", "left"),
    [
        (USE_HORIZON_S, KEPT_ENTRIES + 1, 2),
        (USE_HORIZON_S + 1, KEPT_ENTRIES, 2),
        (USE_HORIZON_S + 1, KEPT_ENTRIES + 1, 0),
    ],
)
def test_a_use_goes_when_it_is_old_and_far_back(
    journal: Journal, late_s: int, entries: int, left: int
) -> None:
    journal.append_all([sale(key="k-1")])
    ledger = Ledger(journal._connection, epoch=EPOCH)
    assert far(ledger, late_s=late_s, entries=entries) == left


def test_of_too_many_uses_the_oldest_go_and_none_of_the_last_entries(journal: Journal) -> None:
    journal.append_all([sale(at=AT + more, key=f"k-{more}") for more in range(10)])
    ledger = Ledger(journal._connection, epoch=EPOCH, rows_max=4)
    assert far(ledger, late_s=0, entries=KEPT_ENTRIES) == 20
    assert far(ledger, late_s=0, entries=KEPT_ENTRIES + 3) == 14
    assert far(ledger, late_s=0, entries=KEPT_ENTRIES + 10) == 8
    told = {row[0] for row in journal._connection.execute("SELECT seq FROM uses")}
    assert told == {7, 8, 9, 10}


def test_of_too_many_uses_those_go_first_that_cost_nothing(journal: Journal) -> None:
    """Else a gate's ways would take away in days what each card has spent in the month."""
    journal.append_all([sale(at=AT), *(move(at=AT + more) for more in range(1, 6))])
    ledger = Ledger(journal._connection, epoch=EPOCH, rows_max=2)
    assert far(ledger, late_s=0, entries=KEPT_ENTRIES + 6) == 2
    assert standing(journal).sum_minor == 100
    journal.append_all([sale(at=AT + more) for more in range(10, 13)])
    assert far(ledger, late_s=0, entries=KEPT_ENTRIES + 9) == 2
    assert standing(journal).sum_minor == 200


def test_exposure_is_added_up_from_the_index_alone(journal: Journal) -> None:
    """After each annulment, and while an outage leaves a row of every sale of days."""
    steps = journal._connection.execute(f"EXPLAIN QUERY PLAN {_EXPOSURE}", ("CNY", EPOCH, EPOCH))
    (first, *_) = [bytes(detail).decode() for *_, detail in steps.fetchall()]
    assert "USING COVERING INDEX uses_alone" in first


def test_what_was_not_committed_does_not_count_as_exposure(journal: Journal) -> None:
    """A full disk takes an entry back that was added up already."""
    most = Ceilings(exposure_minor_max=1_000)
    journal.append_all([sale(most=most)])
    journal._connection.execute("PRAGMA max_page_count = 1")  # as large as it is
    many = [sale(f"{number:04x}", at=AT + 1, most=most) for number in range(400)]
    with pytest.raises(DiskFull):
        journal.append_all(many)
    journal._connection.execute("PRAGMA max_page_count = 100000")
    assert standing(journal).exposure_minor == 100
    assert outcome(written(journal, sale("bb", 900, most=most))) == (GRANT, None)
    assert outcome(written(journal, sale("cc", 1, most=most))) == (DENY, Reason.EXPOSURE_LIMIT)


# Plain passages


def test_a_plain_passage_touches_no_table_of_the_ledger(journal: Journal) -> None:
    """It costs what it cost before there was one."""
    statements: list[str] = []
    journal._connection.set_trace_callback(statements.append)
    journal.append_all([dynamic(), static()])
    journal._connection.set_trace_callback(None)
    words = " ".join(statements)
    assert len(statements) == 6  # begin, two claims, two entries, commit
    assert not any(name in words for name in ("uses", "keyed", "answered", "SAVEPOINT"))
