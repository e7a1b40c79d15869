from dataclasses import replace

import pytest

from offline_cache.ledger import FoundUse
from protocol.journal import Draft, PresentationRecord, line_of
from protocol.use import Cause, Place, Use
from terminal.presenting import Outcome
from terminal.selling.reversing import annulment, read_found, taken_of
from verifier.clock import ClockQuality
from verifier.model import Ages, UnixSeconds, Verdict
from verifier.profile import EntryType
from verifier.reasons import Reason

AT = UnixSeconds(1_800_000_000)
USE = Use(
    zone="yard",
    direction="out",
    amount_minor=1_250,
    currency="CNY",
    fund="purse",
    client="till-1",
    key="sale-000000000001",
    asked="0123456789abcdef",
    approval="k" * 22,
)
RECORD = PresentationRecord(
    entry_type=EntryType.SALE,
    profile="counter",
    sector="s-1",
    pseudonym="aa" * 16,
    presentation="bb" * 16,
    iat=AT,
    verdict=Verdict.GRANT,
    reason=None,
    ages=Ages(keys_s=1, status_s=2),
    use=USE,
)
PLACE = Place(epoch=1, seq=7)


def draft(record: object = RECORD) -> Draft:
    return Draft(at=AT, clock=ClockQuality.TRUSTED, lane="counter-1", record=record)  # type: ignore[arg-type]  # a record


def outcome(record: PresentationRecord = RECORD) -> Outcome:
    return Outcome(
        verdict=record.verdict, reason=record.reason, seq=7, ms=3, epoch=1, written=draft(record)
    )


def found(record: object = RECORD, *, annulled_by: Place | None = None) -> FoundUse:
    line = line_of(draft(record), epoch=1, seq=7)
    return FoundUse(place=PLACE, line=line, annulled_by=annulled_by)


def test_only_what_was_granted_is_taken_back() -> None:
    denied = replace(RECORD, verdict=Verdict.DENY, reason=Reason.REVOKED)
    nobody = Outcome(verdict=Verdict.DENY, reason=Reason.FORM_MALFORMED, seq=None, ms=3)
    for wrong in (outcome(denied), nobody):
        with pytest.raises(ValueError, match="granted"):
            taken_of(wrong, "counter-1")


def test_an_annulment_takes_back_all_that_was_moved_and_names_who_asked() -> None:
    taken = taken_of(outcome(), "counter-1")
    record = annulment(taken, Cause.REVERSED, client="till-2", key="back-000000000001")
    assert (record.reference, record.cause) == (PLACE, Cause.REVERSED)
    assert (record.pseudonym, record.presentation) == (RECORD.pseudonym, RECORD.presentation)
    assert record.use == replace(
        USE, client="till-2", key="back-000000000001", asked="", approval=""
    )


def test_a_passage_that_moved_nothing_is_taken_back_with_nothing() -> None:
    taken = taken_of(outcome(replace(RECORD, use=None)), "gate-1")
    assert annulment(taken, Cause.NOT_PASSED).use is None


def test_the_journal_tells_of_a_sale_what_its_outcome_told() -> None:
    read = read_found(found(annulled_by=Place(epoch=1, seq=9)))
    told = read.outcome
    assert told is not None
    assert (told.verdict, told.place, told.annulled) == (
        Verdict.GRANT,
        PLACE,
        Place(epoch=1, seq=9),
    )
    assert (told.amount_minor, told.currency, told.key) == (1_250, "CNY", USE.key)
    assert told.is_online
    assert (read.asked, read.lane) == (USE.asked, "counter-1")
    assert read.taken == taken_of(outcome(), "counter-1"), "so it is reversed the same way"


def test_a_refusal_is_found_and_nothing_of_it_can_be_taken_back() -> None:
    read = read_found(found(replace(RECORD, verdict=Verdict.DENY, reason=Reason.FLOOR_LIMIT)))
    assert read.taken is None
    assert read.outcome is not None
    assert (read.outcome.verdict, read.outcome.reason) == (Verdict.DENY, Reason.FLOOR_LIMIT)
    assert not read.outcome.is_online


def test_a_reversals_own_key_leads_to_what_it_took_back() -> None:
    back = annulment(
        taken_of(outcome(), "counter-1"), Cause.REVERSED, client="till-1", key="b" * 16
    )
    read = read_found(found(back))
    assert (read.outcome, read.taken, read.reference) == (None, None, PLACE)


def test_of_what_is_erased_it_is_known_that_it_was_granted() -> None:
    read = read_found(FoundUse(place=PLACE, line=None, annulled_by=None))
    assert read.outcome is not None
    assert (read.outcome.verdict, read.outcome.amount_minor) == (Verdict.GRANT, None)
    assert (read.taken, read.asked) == (None, "")
