from dataclasses import replace

import pytest

from drivers.base import Receipt, ReceiptCode, ReceiptLine
from protocol.journal import Draft, PresentationRecord
from protocol.use import Place, Use
from terminal.presenting import Outcome
from terminal.receipts import ReceiptWriter, moment, money
from verifier.clock import ClockQuality
from verifier.model import UnixSeconds, Verdict
from verifier.profile import EntryType, Fund
from verifier.reasons import Reason

NOW = UnixSeconds(1_790_000_000)
PSEUDONYM = "ab" * 16
WRITER = ReceiptWriter(terminal="t-0001", header=("City Pharmacy 市民药房", "1 Example Road"))


def sold(amount_minor: int | None = 1250, *, fund: str = Fund.INSURED_ACCOUNT.value) -> Outcome:
    use = Use(amount_minor=amount_minor, currency="CNY", fund=fund)
    record = PresentationRecord(
        entry_type=EntryType.SALE,
        profile="counter",
        sector="0011223344556677",
        pseudonym=PSEUDONYM,
        presentation="cd" * 16,
        iat=NOW,
        verdict=Verdict.GRANT,
        reason=None,
        ages={},
        use=use if amount_minor is not None else None,
    )
    return Outcome(
        verdict=Verdict.GRANT,
        reason=None,
        seq=2345,
        ms=31,
        epoch=2,
        amount_minor=amount_minor,
        currency="" if amount_minor is None else "CNY",
        fund="" if amount_minor is None else fund,
        at=NOW,
        written=Draft(at=NOW, clock=ClockQuality.TRUSTED, lane="till-1", record=record),
    )


def lines(receipt: Receipt | None) -> list[str]:
    assert receipt is not None
    return [part.text for part in receipt.parts if isinstance(part, ReceiptLine)]


def test_a_sale_has_its_receipt_in_both_languages() -> None:
    receipt = WRITER.of(sold(), lane="till-1")
    assert lines(receipt) == [
        "City Pharmacy 市民药房",
        "1 Example Road",
        "消费凭证",
        "Receipt",
        "凭证号 Receipt no.: 2-2345",
        "终端 Terminal: t-0001 / till-1",
        "时间 Time: 2026-09-21 22:13:20+08:00",
        "金额 Amount: 12.50 CNY",
        "账户 Paid from: 医保个人账户 medical insurance account",
        "授权 Approval: 脱机 offline",
        "请妥善保管 Please keep this receipt",
    ]
    assert receipt is not None
    assert ReceiptCode(text="t-0001:2-2345") in receipt.parts
    assert receipt.is_cut


def test_the_card_is_not_on_the_receipt() -> None:
    receipt = WRITER.of(sold(), lane="till-1")
    assert PSEUDONYM[:8] not in str(receipt)


def test_one_language_is_enough() -> None:
    writer = replace(WRITER, languages=("en",), header=(), utc_offset_min=0)
    assert lines(writer.of(sold(fund=Fund.PURSE.value), lane="till-1")) == [
        "Receipt",
        "Receipt no.: 2-2345",
        "Terminal: t-0001 / till-1",
        "Time: 2026-09-21 14:13:20+00:00",
        "Amount: 12.50 CNY",
        "Paid from: purse",
        "Approval: offline",
        "Please keep this receipt",
    ]


def test_what_the_centre_approved_says_so() -> None:
    assert "授权 Approval: 联机 online" in lines(
        WRITER.of(replace(sold(), is_online=True), lane="till-1")
    )


def test_what_the_journal_alone_remembers_has_the_same_receipt() -> None:
    assert WRITER.of(replace(sold(), written=None), lane="x") == WRITER.of(sold(), lane="x")


def test_a_receipt_of_what_is_erased_says_what_is_left() -> None:
    told = lines(WRITER.of(replace(sold(), written=None, at=None, fund=""), lane="till-1"))
    assert "凭证号 Receipt no.: 2-2345" in told
    assert not [line for line in told if "Time" in line or "Paid from" in line]


def test_a_copy_says_that_it_is_one() -> None:
    copied = lines(WRITER.of(sold(), lane="till-1", is_copy=True))
    assert "* 补打 Copy *" in copied
    assert [line for line in copied if "Copy" not in line] == lines(
        WRITER.of(sold(), lane="till-1")
    )


def test_a_reversal_names_the_receipt_that_it_takes_back() -> None:
    reversed_ = replace(sold(), annulled=Place(epoch=2, seq=2400))
    told = lines(WRITER.of(reversed_, lane="till-1"))
    assert "冲正凭证" in told
    assert "凭证号 Receipt no.: 2-2400" in told
    assert "原凭证号 Reversed receipt: 2-2345" in told
    assert "金额 Amount: -12.50 CNY" in told


@pytest.mark.parametrize(
    "outcome",
    [
        sold(None),
        replace(sold(), verdict=Verdict.DENY, reason=Reason.REVOKED),
        replace(sold(), verdict=Verdict.REFER, reason=Reason.SUSPENDED),
        replace(sold(), seq=None),
    ],
)
def test_where_nothing_was_paid_there_is_no_receipt(outcome: Outcome) -> None:
    assert WRITER.of(outcome, lane="till-1") is None


def test_a_free_sale_has_a_receipt_too() -> None:
    assert "金额 Amount: 0.00 CNY" in lines(WRITER.of(sold(0), lane="till-1"))


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (0, "CNY", "0.00 CNY"),
        (5, "CNY", "0.05 CNY"),
        (100, "CNY", "1.00 CNY"),
        (123456789, "CNY", "1234567.89 CNY"),
        (500, "JPY", "500 JPY"),
        (1, "KWD", "0.001 KWD"),
    ],
)
def test_money_is_written_by_its_currency(amount_minor: int, currency: str, text: str) -> None:
    assert money(amount_minor, currency) == text


def test_a_moment_is_told_with_its_distance_to_utc() -> None:
    assert moment(NOW, 480) == "2026-09-21 22:13:20+08:00"
    assert moment(NOW, -570) == "2026-09-21 04:43:20-09:30"
    assert moment(NOW, 0) == "2026-09-21 14:13:20+00:00"
