"""How an outcome is written for the program that hears of it: JSON, text by a template, card data.

Pure. Every field of a text comes from a closed alphabet, and the template is looked at when the
settings load: nothing that a card, a phone or the centre says can end a line or add a key press.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Protocol

from terminal.presenting import Outcome
from verifier.model import Verdict

# A cash register's line display has 40 characters, its note field 80; more is a mistake.
TEMPLATE_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One outcome at one lane."""

    outcome: Outcome
    lane: str
    epoch: int


class AnswerForm(Protocol):
    """What an answer line gets of an outcome."""

    @property
    def shows_challenges(self) -> bool:
        """Whether the program behind the line can show a challenge: JSON alone has a form for it."""
        ...

    def line(self, outcome: Outcome, *, lane: str, epoch: int) -> bytes | None:
        """Return the octets of one line, without its ending; None: nothing is said of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonForm:
    """One JSON object an answer (docs/protocol.md, "Answers")."""

    is_grant_alone: bool = False

    @property
    def shows_challenges(self) -> bool:
        """Return that a challenge is a JSON object too."""
        return True

    def line(self, outcome: Outcome, *, lane: str, epoch: int) -> bytes | None:
        """Return the object."""
        if self.is_grant_alone and outcome.verdict is not Verdict.GRANT:
            return None
        return outcome.answer(lane=lane, epoch=epoch)


JSON = JsonForm()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextForm:
    """One line of text an answer, for programs that only know a scanner.

    Raises:
        ValueError: the template has a field that there is none of, or a character that ends a
            line; says which.
    """

    template: str
    is_grant_alone: bool = False

    def __post_init__(self) -> None:
        """Look at the template."""
        _check_template(self.template)

    @property
    def shows_challenges(self) -> bool:
        """Return that a text has no form for a challenge."""
        return False

    def line(self, outcome: Outcome, *, lane: str, epoch: int) -> bytes | None:
        """Return the template, filled in; a field that the outcome does not have is empty."""
        if self.is_grant_alone and outcome.verdict is not Verdict.GRANT:
            return None
        told = Answered(outcome=outcome, lane=lane, epoch=epoch)
        fields = {name: _plain(field(told)) for name, field in FIELDS.items()}
        return self.template.format_map(fields).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardForm:
    """The card's pseudonym, in hexadecimal: what an access controller gets, and of grants alone.

    Raises:
        ValueError: more octets than a pseudonym has, or none.
    """

    octets: int

    def __post_init__(self) -> None:
        """Look at the length."""
        if not 1 <= self.octets <= PSEUDONYM_OCTETS:
            raise ValueError(f"a pseudonym has {PSEUDONYM_OCTETS} octets, not {self.octets}")

    @property
    def shows_challenges(self) -> bool:
        """Return that a controller shows nothing."""
        return False

    def line(self, outcome: Outcome, *, lane: str, epoch: int) -> bytes | None:
        """Return the first octets of the pseudonym, two digits each; None: no card was granted."""
        card = _card(Answered(outcome=outcome, lane=lane, epoch=epoch))
        if outcome.verdict is not Verdict.GRANT or not card:
            return None
        return card[: 2 * self.octets].encode()


# BLAKE2b-128 (docs/protocol.md, "Journal").
PSEUDONYM_OCTETS = 16


def _plain(text: str) -> str:
    """Return a field without whatever could end a line or press a key of its own."""
    return "".join(letter for letter in text if " " <= letter <= "~")


def _card(told: Answered) -> str:
    record = told.outcome.record
    return "" if record is None else record.pseudonym


def _amount(told: Answered) -> str:
    amount_minor = told.outcome.amount_minor
    return "" if amount_minor is None else str(amount_minor)


def _reason(told: Answered) -> str:
    return "" if told.outcome.reason is None else told.outcome.reason.value


def _entry(told: Answered) -> str:
    return "" if told.outcome.seq is None else f"{told.epoch}-{told.outcome.seq}"


# What a template may name: words of ours, digits, and names of limited characters.
FIELDS: Mapping[str, Callable[[Answered], str]] = {
    "verdict": lambda told: told.outcome.verdict.value,
    "reason": _reason,
    "card": _card,  # 32 hexadecimal digits; empty where nobody is named
    "amount": _amount,  # in minor units, without a point
    "currency": lambda told: told.outcome.currency,
    "entry": _entry,  # epoch-number, as on a receipt
    "lane": lambda told: told.lane,
    "key": lambda told: told.outcome.key,
    "ms": lambda told: str(told.outcome.ms),
}


def _check_template(template: str) -> None:
    if not 0 < len(template) <= TEMPLATE_CHARACTERS_MAX:
        raise ValueError(f"template has not 1 to {TEMPLATE_CHARACTERS_MAX} characters")
    if not template.isprintable():
        raise ValueError("template has a character that can't be printed: a line ends by itself")
    try:
        pieces = tuple(Formatter().parse(template))
    except ValueError as error:
        raise ValueError("template has a brace without its other: write {{ for one") from error
    for _, name, layout, conversion in pieces:
        if name is None:
            continue
        if name not in FIELDS:
            raise ValueError(f"template has no field {{{name}}}; there are {', '.join(FIELDS)}")
        if layout or conversion:
            raise ValueError(f"template may not lay out {{{name}}}: write the field alone")
