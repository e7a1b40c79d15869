"""What a lane is connected to, and which of it the lane can't serve without."""

from dataclasses import dataclass
from enum import Enum

from drivers.base import (
    AnswerLine,
    Contact,
    Contacts,
    Gate,
    Indicator,
    Printer,
    Receipt,
    Scanner,
    Shown,
)
from terminal.answer_form import JSON, AnswerForm
from terminal.presenting import Outcome
from terminal.receipts import ReceiptWriter
from verifier.profile import Binding


class Part(Enum):
    """What a device is to its lane."""

    SCANNER = "scanner"
    GATE = "gate"
    ANSWERS = "answers"
    CONTACTS = "contacts"
    INDICATOR = "indicator"  # of which a lane may have several: DeviceReport.device tells them
    PRINTER = "printer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """What a lane is connected to."""

    scanner: Scanner
    gate: Gate | None
    answers: AnswerLine | None
    contacts: Contacts | None = None
    connected: frozenset[Contact] | None = None  # contacts that are wired; None: not known here
    indicators: tuple[Indicator, ...] = ()
    printer: Printer | None = None
    form: AnswerForm = JSON  # what writes an outcome for `answers`
    receipts: ReceiptWriter | None = None  # what lays out a receipt for `printer`

    def show(self, shown: Shown, words: str = "") -> None:
        """Have every indicator show it; returns at once, called from any thread."""
        for indicator in self.indicators:
            indicator.show(shown, words)

    @property
    def can_print(self) -> bool:
        """Return whether receipts come out on paper here."""
        return self.printer is not None and self.receipts is not None

    def print_receipt(self, outcome: Outcome, *, lane: str, is_copy: bool = False) -> None:
        """Have a receipt printed, where there is a printer and something was paid or reversed."""
        if self.printer is None or self.receipts is None:
            return
        receipt = self.receipts.of(outcome, lane=lane, is_copy=is_copy)
        if receipt is not None:
            self.printer.print_lines(receipt)

    def print_paper(self, paper: Receipt) -> bool:
        """Have something printed that is no receipt; return whether there is a printer."""
        if self.printer is None:
            return False
        self.printer.print_lines(paper)
        return True

    @property
    def may_tell_passages(self) -> bool:
        """Return whether a passage contact is connected, as far as is known."""
        return self.contacts is not None and (
            self.connected is None or Contact.PASSAGE in self.connected
        )

    def essential(
        self, challenge: Binding, *, is_passage_awaited: bool = False
    ) -> tuple[Part, ...]:
        """Return what the lane can't serve without: its scanner, and what acts on a grant.

        A gate opens without the line to a display; a counter without a gate has only its line.
        A challenge that is asked for needs the line that it is shown by. Lights, sound and paper
        never keep a lane from serving.

        Args:
            challenge: of the profile.
            is_passage_awaited: what is granted counts once somebody went through, so the contacts
                that tell it are needed; without any the lane is not fit for its profile.
        """
        gate = () if self.gate is None else (Part.GATE,)
        is_asked = challenge is Binding.REQUIRED
        is_told = is_asked or (self.gate is None and self.answers is not None)
        answers = (Part.ANSWERS,) if is_told else ()
        contacts = (Part.CONTACTS,) if is_passage_awaited else ()
        return (Part.SCANNER, *gate, *answers, *contacts)
