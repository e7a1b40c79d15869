"""What was shown and used, as lists of marks: what a journal without its earlier entries must know.

A centre sends it to a terminal that begins a new epoch on an empty disk.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from protocol.use import AMOUNT_MAX, DIRECTIONS, is_short
from verifier.model import UnixSeconds

# A day of a lane with printed cards, or the last hours of a busy gate, in 240 kB. A phone's mark
# is worth keeping for minutes, a printed card's for its profile's window.
MARKS_MAX = 4_000

# Of uses and of keys: with the longest names they make 170 kB of the answer to an enrolment.
USES_MAX = 500

_PSEUDONYM_DIGITS = 32
_CURRENCY_LETTERS = 3
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
class UseMark:
    """A granted use that nothing has taken back."""

    pseudonym: str
    epoch: int  # this and the next: of its entry
    seq: int
    at: UnixSeconds
    zone: str
    profile: str
    direction: str  # `in`, `out` or empty
    currency: str  # empty: it cost nothing
    amount_minor: int
    is_online: bool  # the centre approved it

    def row(self) -> tuple[str | int, ...]:
        """Return the mark as members of a JSON list."""
        place = (self.pseudonym, self.epoch, self.seq, self.at, self.zone, self.profile)
        return (*place, self.direction, self.currency, self.amount_minor, int(self.is_online))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMark:
    """The last entry that was made for a client's key."""

    digest: str  # 32 hex digits of what names client and key (protocol/use.py)
    epoch: int  # this and the next: of that entry
    seq: int
    at: UnixSeconds
    is_final: bool  # it granted or took back: the key is used up


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerMark:
    """An entry of this epoch that a later one took back or overrode, as it can be but once."""

    seq: int
    by_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What was shown and used last; in an enrolment the newest first."""

    phones: tuple[PhoneMark, ...] = ()
    cards: tuple[CardMark, ...] = ()
    uses: tuple[UseMark, ...] = ()
    keys: tuple[KeyMark, ...] = ()
    answered: tuple[AnswerMark, ...] = ()

    def members(self) -> dict[str, object]:
        """Return the marks as members of a JSON object; the last three where they are not empty."""
        keys = [[key.digest, key.epoch, key.seq, key.at, int(key.is_final)] for key in self.keys]
        answered = [[mark.seq, mark.by_seq] for mark in self.answered]
        return {
            "phones": [[mark.pseudonym, mark.iat, mark.at] for mark in self.phones],
            "cards": [[mark.pseudonym, mark.at, mark.lane] for mark in self.cards],
            **({"uses": [list(mark.row()) for mark in self.uses]} if self.uses else {}),
            **({"keys": keys} if keys else {}),
            **({"answered": answered} if answered else {}),
        }

    def parts(self, size: int, uses: int) -> Iterator["Marks"]:
        """Return the same marks, `size` of a kind at a time, and `uses` of uses alone."""
        for place in range(0, max(len(self.phones), len(self.cards)), size):
            here = slice(place, place + size)
            yield Marks(phones=self.phones[here], cards=self.cards[here])
        for place in range(0, len(self.uses), uses):
            yield Marks(uses=self.uses[place : place + uses])
        for place in range(0, max(len(self.keys), len(self.answered)), size):
            here = slice(place, place + size)
            yield Marks(keys=self.keys[here], answered=self.answered[here])


_Mark = TypeVar("_Mark")

MEMBERS = ("phones", "cards", "uses", "keys", "answered")


def read_marks(members: Mapping[str, object]) -> Marks:
    """Return the marks in the members MEMBERS of a JSON object; others are not looked at.

    Raises:
        ValueError: too many, or a mark is not in form.
    """
    phones, cards = members.get("phones"), members.get("cards")
    lists = [phones, cards, *(members.get(name, []) for name in MEMBERS[2:])]
    lengths = [len(marks) if isinstance(marks, list) else 0 for marks in lists]
    if sum(lengths[:2]) > MARKS_MAX or max(lengths[2:4]) > USES_MAX or lengths[4] > MARKS_MAX:
        raise ValueError(f"more than {MARKS_MAX} marks, or {USES_MAX} of uses or keys")
    return Marks(
        phones=_all(phones, _phone),
        cards=_all(cards, _card),
        uses=_all(lists[2], _use),
        keys=_all(lists[3], _key),
        answered=_all(lists[4], _answer),
    )


def _all(marks: object, read: Callable[[object], _Mark]) -> tuple[_Mark, ...]:
    if not isinstance(marks, list):
        raise ValueError("marks are lists")  # noqa: TRY004  # of the wire
    return tuple(read(mark) for mark in marks)


def _phone(mark: object) -> PhoneMark:
    match mark:
        case [str() as pseudonym, int() as iat, int() as at] if (
            is_name(pseudonym) and _is_number(iat) and _is_number(at)
        ):
            return PhoneMark(pseudonym=pseudonym, iat=UnixSeconds(iat), at=UnixSeconds(at))
        case _:
            raise ValueError("a phone's mark is a pseudonym, iat and at")


def _card(mark: object) -> CardMark:
    match mark:
        case [str() as pseudonym, int() as at, str() as lane] if (
            is_name(pseudonym) and _is_number(at) and _is_lane(lane)
        ):
            return CardMark(pseudonym=pseudonym, at=UnixSeconds(at), lane=lane)
        case _:
            raise ValueError("a card's mark is a pseudonym, at and a lane")


def _use(mark: object) -> UseMark:
    match mark:
        case [
            str() as pseudonym,
            int() as epoch,
            int() as seq,
            int() as at,
            str() as zone,
            str() as profile,
            str() as direction,
            str() as currency,
            int() as amount_minor,
            (0 | 1) as online,
        ] if (
            is_name(pseudonym)
            and all(map(_is_number, (epoch, seq, at)))
            and 0 <= amount_minor <= AMOUNT_MAX
            and is_short(zone)
            and is_short(profile)
            and direction in DIRECTIONS
            and len(currency) in (0, _CURRENCY_LETTERS)
            and is_short(currency)
        ):
            return UseMark(
                pseudonym=pseudonym,
                epoch=epoch,
                seq=seq,
                at=UnixSeconds(at),
                zone=zone,
                profile=profile,
                direction=direction,
                currency=currency,
                amount_minor=amount_minor,
                is_online=bool(online),
            )
        case _:
            raise ValueError("a use's mark is a pseudonym, a place and what was used")


def _key(mark: object) -> KeyMark:
    match mark:
        case [str() as digest, int() as epoch, int() as seq, int() as at, (0 | 1) as final] if (
            is_name(digest) and all(map(_is_number, (epoch, seq, at)))
        ):
            return KeyMark(
                digest=digest, epoch=epoch, seq=seq, at=UnixSeconds(at), is_final=bool(final)
            )
        case _:
            raise ValueError("a key's mark is a digest, a place, at and 0 or 1")


def _answer(mark: object) -> AnswerMark:
    match mark:
        case [int() as seq, int() as by_seq] if _is_number(seq) and _is_number(by_seq):
            return AnswerMark(seq=seq, by_seq=by_seq)
        case _:
            raise ValueError("an answer's mark is two numbers")


def is_name(text: str) -> bool:
    """Return whether a text has the form of a pseudonym."""
    return len(text) == _PSEUDONYM_DIGITS and set(text) <= set("0123456789abcdef")


def _is_number(value: int) -> bool:
    return 0 <= value < _NUMBER_END


def _is_lane(text: str) -> bool:
    """Return whether a lane's name is as short in JSON as it is said to be."""
    return len(text) <= _LANE_OCTETS_MAX and text.isascii() and text.isprintable()
