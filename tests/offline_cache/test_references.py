"""Taking back grants and overriding referrals: once, of the same card, amount and epoch."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from offline_cache.errors import AnsweredAlready, EntryErased, ReferenceRefused
from offline_cache.journal import Append, Appended, Journal
from offline_cache.ledger import KeyUsed, PassbackRule, UseClaim
from offline_cache.replay import DynamicClaim
from protocol.journal import PresentationRecord
from protocol.use import AnnulRecord, Cause, Place, Use
from tests.support.journals import AT, EPOCH, dynamic, journal_at, static
from tests.support.uses import annulled, move, outcome, sale
from verifier.limits import Ceilings
from verifier.model import UnixSeconds, Verdict
from verifier.reasons import Reason

ATTENDANT = "f" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with journal_at(path) as opened:
        yield opened


def count(journal: Journal) -> int:
    told = journal.card_standing(
        "aa" * 16, currency="CNY", zone="", profile="shop", at=UnixSeconds(AT + 60)
    )
    return told.count


def altered(request: Append, **members: object) -> Append:
    """Return an annulment that says something else."""
    record = request.draft.record
    assert isinstance(record, AnnulRecord)
    return replace(request, draft=replace(request.draft, record=replace(record, **members)))


def test_a_sale_is_taken_back_once(journal: Journal) -> None:
    journal.append_all([sale(), annulled(sale(), 1)])
    assert count(journal) == 0
    with pytest.raises(AnsweredAlready, match=r"entry 1/1 .* by entry 1/2"):
        journal.append_all([annulled(sale(), 1, key="r-1")])
    assert journal.seq == 2
    assert journal.find_use("till", "r-1") is None


def test_of_two_that_take_the_same_sale_back_at_once_the_second_loses(journal: Journal) -> None:
    journal.append_all([sale()])
    first, second = journal.append_each([annulled(sale(), 1), annulled(sale(), 1, lane="n-2")])
    assert isinstance(first, Appended)
    assert isinstance(second, AnsweredAlready)


def test_a_sale_and_its_annulment_may_stand_in_one_transaction(journal: Journal) -> None:
    first, second = journal.append_each([sale(), annulled(sale(), 1)])
    assert isinstance(first, Appended)
    assert isinstance(second, Appended)


def test_a_plain_passage_that_nobody_made_is_taken_back(journal: Journal) -> None:
    journal.append_all([dynamic()])
    back = altered(annulled(dynamic(), 1, cause=Cause.NOT_PASSED), use=None)
    journal.append_all([back])
    with pytest.raises(AnsweredAlready):
        journal.append_all([back])


def test_a_phones_proof_is_never_free_again(journal: Journal) -> None:
    journal.append_all([dynamic(), altered(annulled(dynamic(), 1), use=None)])
    (again,) = journal.append_all([dynamic()])
    assert outcome(again) == (Verdict.DENY, Reason.REPLAYED)


@pytest.mark.parametrize(
    ("lane", "reason"), [("n-1", None), ("n-2", Reason.SHOWN_AGAIN)], ids=["same", "another"]
)
def test_a_printed_cards_window_is_free_where_it_was_not_passed(
    journal: Journal, lane: str, reason: Reason | None
) -> None:
    journal.append_all([static(), altered(annulled(static(), 1, lane=lane), use=None)])
    (again,) = journal.append_all([static(at=AT + 1)])
    assert outcome(again)[1] is reason


@pytest.mark.parametrize(("window_s", "reason"), [(99, None), (101, Reason.SHOWN_AGAIN)])
def test_what_was_shown_before_counts_again_where_a_showing_is_taken_back(
    journal: Journal, window_s: int, reason: Reason | None
) -> None:
    """Or a card could be brought to a lane with a short window to be free of a long one."""
    later = static(at=AT + 50, window_s=30)
    journal.append_all([static(lane="n-2"), later, altered(annulled(later, 2), use=None)])
    (again,) = journal.append_all([static(at=AT + 100, window_s=window_s)])
    assert outcome(again)[1] is reason


def test_a_later_showing_is_not_freed_by_what_takes_an_earlier_one_back(journal: Journal) -> None:
    later = static(at=AT + 400)
    journal.append_all([static(), later, altered(annulled(static(), 1), use=None)])
    (again,) = journal.append_all([static(at=AT + 401)])
    assert outcome(again) == (Verdict.DENY, Reason.SHOWN_AGAIN)


@pytest.mark.parametrize(
    ("reference", "error", "words"),
    [
        (Place(epoch=EPOCH, seq=2), ReferenceRefused, "granted nothing"),
        (Place(epoch=EPOCH, seq=3), ReferenceRefused, "another card"),
        (Place(epoch=EPOCH, seq=4), ReferenceRefused, "not written yet"),
        (Place(epoch=EPOCH, seq=5), ReferenceRefused, "not written yet"),
        (Place(epoch=EPOCH + 1, seq=1), EntryErased, "another epoch"),
        (Place(epoch=0, seq=1), EntryErased, "another epoch"),
        (Place(epoch=EPOCH, seq=0), EntryErased, "erased"),
    ],
)
def test_what_is_no_grant_of_this_card_is_not_taken_back(
    journal: Journal, reference: Place, error: type[ReferenceRefused], words: str
) -> None:
    journal.append_all([sale(), sale(verdict=Verdict.REFER, at=AT + 1), sale("bb")])
    with pytest.raises(error, match=words):
        journal.append_all([altered(annulled(sale(), 1), reference=reference)])
    assert (journal.seq, count(journal)) == (3, 1)


@pytest.mark.parametrize(
    "use",
    [
        Use(amount_minor=99, currency="CNY", fund="purse"),
        Use(amount_minor=101, currency="CNY", fund="purse"),
        Use(amount_minor=100, currency="EUR", fund="purse"),
        Use(amount_minor=100, currency="CNY", fund="pay-later"),
        None,
    ],
)
def test_a_sale_is_taken_back_whole_and_as_it_was(journal: Journal, use: Use | None) -> None:
    journal.append_all([sale()])
    with pytest.raises(ReferenceRefused, match="something else"):
        journal.append_all([altered(annulled(sale(), 1), use=use)])


def test_an_annulment_can_not_be_taken_back(journal: Journal) -> None:
    journal.append_all([sale(), annulled(sale(), 1)])
    with pytest.raises(ReferenceRefused, match="granted nothing"):
        journal.append_all([annulled(sale(), 2)])


def override(seq: int, at: int = AT + 10, attendant: str = ATTENDANT) -> Append:
    """Return an attendant's grant of a referral, with his own proof."""
    granted = sale(reference=Place(epoch=EPOCH, seq=seq), at=AT)
    record = granted.draft.record
    assert isinstance(record, PresentationRecord)
    draft = replace(granted.draft, at=UnixSeconds(at), record=replace(record, attendant=attendant))
    return Append(draft=draft, claim=DynamicClaim(pseudonym=attendant, iat=UnixSeconds(at)))


REFERRED = sale(verdict=Verdict.REFER)


def test_a_referral_is_overridden_once(journal: Journal) -> None:
    journal.append_all([REFERRED])
    first, second = journal.append_each([override(1), override(1, attendant="e" * 32)])
    assert isinstance(first, Appended)
    assert outcome(first) == (Verdict.GRANT, None)
    assert isinstance(second, AnsweredAlready)
    assert count(journal) == 1


def test_an_attendant_whose_code_was_used_leaves_the_referral_open(journal: Journal) -> None:
    journal.append_all([REFERRED, sale(verdict=Verdict.REFER, at=AT + 1), override(1)])
    (again,) = journal.append_all([override(2)])
    assert outcome(again) == (Verdict.DENY, Reason.REPLAYED)
    (fresh,) = journal.append_all([override(2, at=AT + 11)])
    assert outcome(fresh) == (Verdict.GRANT, None)


def test_an_override_lowers_no_mark_of_a_holder_who_was_elsewhere_meanwhile(path: Path) -> None:
    """He was referred, went on by a newer code at the next lane, and then his referral is granted."""
    with journal_at(path) as journal:
        journal.append_all([REFERRED, sale(at=AT + 5, lane="n-2"), override(1)])
    with journal_at(path) as journal:
        (seen,) = journal.append_all([sale(at=AT + 4, lane="n-3")])
        assert outcome(seen) == (Verdict.DENY, Reason.REPLAYED)


def test_a_limit_holds_for_an_override_too(journal: Journal) -> None:
    journal.append_all([REFERRED])
    over = UseClaim(ceilings=Ceilings(count_max=0))
    (refused,) = journal.append_all([replace(override(1), use=over)])
    assert outcome(refused) == (Verdict.DENY, Reason.CARD_COUNT_LIMIT)
    (granted,) = journal.append_all([override(1)])  # neither code nor referral is used up
    assert outcome(granted) == (Verdict.GRANT, None)


def test_only_a_referral_of_the_same_card_is_overridden(journal: Journal) -> None:
    journal.append_all([sale(), sale("bb", verdict=Verdict.REFER)])
    with pytest.raises(ReferenceRefused, match="no referral"):
        journal.append_all([override(1)])
    with pytest.raises(ReferenceRefused, match="another card"):
        journal.append_all([override(2)])


def test_a_grant_by_override_is_taken_back_as_any(journal: Journal) -> None:
    journal.append_all([REFERRED, override(1), annulled(override(1), 2)])
    assert count(journal) == 0
    with pytest.raises(AnsweredAlready):
        journal.append_all([override(1, at=AT + 20)])


def test_an_override_stands_under_the_key_of_its_referral(journal: Journal) -> None:
    referred = sale(verdict=Verdict.REFER, key="k-1")
    granted = sale(reference=Place(epoch=EPOCH, seq=1), key="k-1")
    journal.append_all([referred, granted])
    found = journal.find_use("till", "k-1")
    assert found is not None
    assert found.place.seq == 2
    with pytest.raises(KeyUsed):
        journal.append_all([sale(key="k-1", at=AT + 60)])


def test_who_was_let_in_against_the_rule_is_in(journal: Journal) -> None:
    rule = PassbackRule(zone="hall", direction="in", within_s=0, verdict=Verdict.REFER)
    claim = UseClaim(passback=rule)
    journal.append_all([move(), move(claim=claim, at=AT + 1)])
    overridden = move(reference=Place(epoch=EPOCH, seq=2), at=AT + 2)
    journal.append_all([overridden, annulled(overridden, 3)])
    told = journal.card_standing(
        "aa" * 16, currency="", zone="hall", profile="shop", at=UnixSeconds(AT + 9)
    )
    assert (told.last_direction, told.last_moved_at) == ("in", AT)
