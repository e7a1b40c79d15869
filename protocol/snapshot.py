"""What was shown, as a list of marks: what a journal without its earlier entries must still know.

A centre sends it to a terminal that begins a new epoch on an empty disk.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from verifier.model import UnixSeconds

# A day of a lane with printed cards, or the last hours of a busy gate, in 240 kB. A phone's mark
# is worth keeping for minutes, a printed card's for its profile's window.
MARKS_MAX = 4_000

_PSEUDONYM_DIGITS = 32
# As settings name lanes; so that MARKS_PER_ENTRY marks make a line that the centre takes.
_LANE_OCTETS_MAX = 16
# As SQLite and every database behind the centre hold them.
_NUMBER_END = 1 << 63


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneMark:
    """A phone's last accepted proof."""

    pseudonym: str
    iat: UnixSeconds
    at: UnixSeconds  # when it was accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class CardMark:
    """A printed card's last accepted showing."""

    pseudonym: str
    at: UnixSeconds
    lane: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What was shown last, the newest first."""

    phones: tuple[PhoneMark, ...] = ()
    cards: tuple[CardMark, ...] = ()

    def members(self) -> dict[str, object]:
        """Return the marks as members of a JSON object."""
        return {
            "phones": [[mark.pseudonym, mark.iat, mark.at] for mark in self.phones],
            "cards": [[mark.pseudonym, mark.at, mark.lane] for mark in self.cards],
        }

    def parts(self, size: int) -> Iterator["Marks"]:
        """Return the same marks, `size` of a kind at a time."""
        for place in range(0, max(len(self.phones), len(self.cards)), size):
            here = slice(place, place + size)
            yield Marks(phones=self.phones[here], cards=self.cards[here])


def read_marks(phones: object, cards: object) -> Marks:
    """Return the marks in the two members of a JSON object.

    Raises:
        ValueError: too many, or a mark is not in form.
    """
    if not isinstance(phones, list) or not isinstance(cards, list):
        raise ValueError("marks are two lists, phones and cards")  # noqa: TRY004  # of the wire
    if len(phones) + len(cards) > MARKS_MAX:
        raise ValueError(f"more than {MARKS_MAX} marks")
    return Marks(
        phones=tuple(_phone(mark) for mark in phones), cards=tuple(_card(mark) for mark in cards)
    )


def _phone(mark: object) -> PhoneMark:
    match mark:
        case [str() as pseudonym, int() as iat, int() as at] if (
            _is_name(pseudonym) and _is_number(iat) and _is_number(at)
        ):
            return PhoneMark(pseudonym=pseudonym, iat=UnixSeconds(iat), at=UnixSeconds(at))
        case _:
            raise ValueError("a phone's mark is a pseudonym, iat and at")


def _card(mark: object) -> CardMark:
    match mark:
        case [str() as pseudonym, int() as at, str() as lane] if (
            _is_name(pseudonym) and _is_number(at) and _is_lane(lane)
        ):
            return CardMark(pseudonym=pseudonym, at=UnixSeconds(at), lane=lane)
        case _:
            raise ValueError("a card's mark is a pseudonym, at and a lane")


def _is_name(text: str) -> bool:
    return len(text) == _PSEUDONYM_DIGITS and set(text) <= set("0123456789abcdef")


def _is_number(value: int) -> bool:
    return 0 <= value < _NUMBER_END


def _is_lane(text: str) -> bool:
    """Return whether a lane's name is as short in JSON as it is said to be."""
    return len(text) <= _LANE_OCTETS_MAX and text.isascii() and text.isprintable()
