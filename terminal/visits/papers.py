"""What stands on a visit's papers: a ticket, and the receipt of an appeal. No name, no card. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from drivers.base import Receipt, ReceiptLine
from protocol.visit import Urgency
from terminal.receipts import Language, moment
from verifier.model import UnixSeconds
from verifier.profile import Phrase

_WORDS = {
    "ticket": Phrase(zh="排队号", en="Queue ticket"),
    "appeal": Phrase(zh="诉求登记", en="Appeal"),
    "number": Phrase(zh="编号", en="No."),
    "queue": Phrase(zh="队列", en="Queue"),
    "service": Phrase(zh="事项", en="Service"),
    "urgency": Phrase(zh="紧急程度", en="Urgency"),
    "time": Phrase(zh="时间", en="Time"),
    "place": Phrase(zh="终端", en="Terminal"),
    "wait": Phrase(zh="请留意叫号", en="Please wait for your number"),
    "keep": Phrase(zh="请妥善保管，凭编号查询", en="Please keep this number"),
    "copy": Phrase(zh="补打", en="Copy"),
    Urgency.SUDDEN.value: Phrase(zh="突发", en="sudden"),
    Urgency.URGENT.value: Phrase(zh="紧急", en="urgent"),
    Urgency.ORDINARY.value: Phrase(zh="一般", en="ordinary"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperForm:
    """How the papers of one lane look."""

    terminal: str
    lane: str
    header: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ("zh", "en")
    utc_offset_min: int = 480

    def ticket(
        self, number: str, queue: Phrase, service: Phrase | None, at: UnixSeconds
    ) -> Receipt:
        """Return a ticket; its number is what is read from three metres."""
        of_service = () if service is None else (self._line("service", self._said(service)),)
        return self._paper(
            "ticket",
            number,
            (self._line("queue", self._said(queue)), *of_service),
            at,
            last="wait",
        )

    def appeal(self, number: str, urgency: Urgency, at: UnixSeconds) -> Receipt:
        """Return what somebody takes home who left an appeal: its number, and none of its words."""
        said = self._line("urgency", self._said(_WORDS[urgency.value]))
        return self._paper("appeal", number, (said,), at, last="keep")

    def _paper(
        self, title: str, number: str, own: Sequence[str], at: UnixSeconds, *, last: str
    ) -> Receipt:
        header = tuple(ReceiptLine(text=line, is_centred=True) for line in self.header)
        told = (
            *own,
            self._line("time", moment(at, self.utc_offset_min)),
            self._line("place", f"{self.terminal} / {self.lane}"),
        )
        return Receipt(
            parts=(
                *header,
                ReceiptLine(text=self._said(_WORDS[title]), is_centred=True),
                ReceiptLine(text=number, is_large=True, is_centred=True),
                *(ReceiptLine(text=line) for line in told),
                ReceiptLine(text=self._said(_WORDS[last]), is_centred=True),
            )
        )

    def copy_of(self, paper: Receipt) -> Receipt:
        """Return the same paper, which says that it was printed before."""
        mark = ReceiptLine(text=f"* {self._said(_WORDS['copy'])} *", is_centred=True)
        return Receipt(parts=(mark, *paper.parts))

    def _line(self, word: str, text: str) -> str:
        return f"{self._said(_WORDS[word])}: {text}"

    def _said(self, phrase: Phrase) -> str:
        told = {"zh": phrase.zh, "en": phrase.en}
        return " ".join(told[language] for language in self.languages)


def lines_of(paper: Receipt) -> tuple[str, ...]:
    """Return what stands on a paper, for a screen."""
    return tuple(part.text for part in paper.parts if isinstance(part, ReceiptLine))
