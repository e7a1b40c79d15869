"""What stands on a receipt, from the outcome alone: Chinese and English, no name, no card. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from drivers.base import Receipt, ReceiptCode, ReceiptLine
from terminal.presenting import Outcome
from verifier.model import UnixSeconds, Verdict
from verifier.profile import Fund

Language = Literal["zh", "en"]

# A shop's name, address and telephone; more would be a letter.
HEADER_LINES_MAX = 4

# ISO 4217: digits behind the point, where they are not two.
_DECIMALS: Mapping[str, int] = {
    "BHD": 3,
    "CLP": 0,
    "IQD": 3,
    "ISK": 0,
    "JOD": 3,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "LYD": 3,
    "OMR": 3,
    "PYG": 0,
    "TND": 3,
    "UGX": 0,
    "VND": 0,
    "XAF": 0,
    "XOF": 0,
}

_WORDS: Mapping[str, Mapping[Language, str]] = {
    "sale": {"zh": "消费凭证", "en": "Receipt"},
    "reversal": {"zh": "冲正凭证", "en": "Reversal"},
    "number": {"zh": "凭证号", "en": "Receipt no."},
    "reversed": {"zh": "原凭证号", "en": "Reversed receipt"},
    "place": {"zh": "终端", "en": "Terminal"},
    "time": {"zh": "时间", "en": "Time"},
    "amount": {"zh": "金额", "en": "Amount"},
    "fund": {"zh": "账户", "en": "Paid from"},
    "approval": {"zh": "授权", "en": "Approval"},
    "online": {"zh": "联机", "en": "online"},
    "offline": {"zh": "脱机", "en": "offline"},
    Fund.INSURED_ACCOUNT.value: {"zh": "医保个人账户", "en": "medical insurance account"},
    Fund.PAY_LATER.value: {"zh": "信用后付", "en": "pay later"},
    Fund.PURSE.value: {"zh": "电子钱包", "en": "purse"},
    "copy": {"zh": "补打", "en": "Copy"},
    "keep": {"zh": "请妥善保管", "en": "Please keep this receipt"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptWriter:
    """Lays out receipts of one lane.

    Args:
        terminal: its name, as the centre has it.
        header: what stands on top, at most HEADER_LINES_MAX lines.
        languages: in their order, one or two.
        utc_offset_min: the place's time, minutes east of UTC.
    """

    terminal: str
    header: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ("zh", "en")
    utc_offset_min: int = 480

    def of(self, outcome: Outcome, *, lane: str, is_copy: bool = False) -> Receipt | None:
        """Return the receipt of an outcome; None: nothing was paid, so there is none.

        A copy says that it is one: a refund is given for one receipt once.
        """
        is_paid = outcome.verdict is Verdict.GRANT and outcome.amount_minor is not None
        if not is_paid or outcome.place is None:
            return None
        return Receipt(parts=tuple(self._parts(outcome, lane, is_copy=is_copy)))

    def _parts(
        self, outcome: Outcome, lane: str, *, is_copy: bool
    ) -> Iterator[ReceiptLine | ReceiptCode]:
        place = outcome.annulled or outcome.place
        number = "" if place is None else f"{place.epoch}-{place.seq}"
        for line in self.header:
            yield ReceiptLine(text=line, is_centred=True)
        title = "sale" if outcome.annulled is None else "reversal"
        for language in self.languages:
            yield ReceiptLine(text=_WORDS[title][language], is_large=True, is_centred=True)
        if is_copy:
            yield ReceiptLine(text=f"* {self._both('copy')} *", is_centred=True)
        yield self._line("number", number)
        if outcome.annulled is not None and outcome.place is not None:
            yield self._line("reversed", f"{outcome.place.epoch}-{outcome.place.seq}")
        yield self._line("place", f"{self.terminal} / {lane}")
        if outcome.annulled is None and outcome.at is not None:
            yield self._line("time", moment(outcome.at, self.utc_offset_min))
        sign = "" if outcome.annulled is None else "-"
        yield self._line("amount", sign + money(outcome.amount_minor or 0, outcome.currency))
        yield from self._terms(outcome)
        yield ReceiptCode(text=f"{self.terminal}:{number}")
        yield ReceiptLine(text=self._both("keep"), is_centred=True)

    def _terms(self, outcome: Outcome) -> Iterator[ReceiptLine]:
        if outcome.fund in _WORDS:
            yield self._line("fund", self._both(outcome.fund))
        yield self._line("approval", self._both("online" if outcome.is_online else "offline"))

    def _line(self, word: str, text: str) -> ReceiptLine:
        return ReceiptLine(text=f"{self._both(word)}: {text}")

    def _both(self, word: str) -> str:
        return " ".join(_WORDS[word][language] for language in self.languages)


def decimals_of(currency: str) -> int:
    """Return how many digits of a currency stand behind the point."""
    return _DECIMALS.get(currency, 2)


def money(amount_minor: int, currency: str) -> str:
    """Return an amount as people write it: 1250 of CNY is 12.50 CNY."""
    decimals = decimals_of(currency)
    whole, rest = divmod(amount_minor, 10**decimals)
    return f"{whole}.{rest:0{decimals}} {currency}" if decimals else f"{whole} {currency}"


def moment(at: UnixSeconds, utc_offset_min: int) -> str:
    """Return a time as the place's clock shows it, with its distance to UTC."""
    place = timezone(timedelta(minutes=utc_offset_min)) if utc_offset_min else UTC
    return datetime.fromtimestamp(at, place).isoformat(" ", "seconds")
