"""What a use moves, and what later entries say of earlier ones: members of journal lines.

In clear stands what the terminal itself must rebuild its limits from; an account or a medical
detail is sealed (protocol/sealed.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

# As read models take amounts: ten thousand million of a currency with cents.
AMOUNT_MAX = 1_000_000_000_000
# Of each text of a use, in UTF-8, as it stands in JSON: a client's key and an approval's have 64
# (protocol/approval.py). With all of them this long, and details sealed beside them, a line stays
# below its 4,096 octets.
TEXT_OCTETS_MAX = 64


DIRECTIONS = frozenset({"", "in", "out"})


def is_short(text: str) -> bool:
    """Return whether a text takes TEXT_OCTETS_MAX at most in a journal line."""
    is_plain = text.isprintable() and '"' not in text and "\\" not in text
    return is_plain and len(text.encode()) <= TEXT_OCTETS_MAX


def key_digest(client: str, key: str) -> str:
    """Return what a terminal remembers a client's key by: 32 hex digits."""
    return sha256(b"\0".join((client.encode(), key.encode()))).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where an entry stands in this terminal's journal."""

    epoch: int
    seq: int

    def members(self) -> dict[str, object]:
        """Return the place as members of a JSON object."""
        return {"epoch": self.epoch, "seq": self.seq}


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a presentation moves: money, a card's place in a zone, a client's request."""

    zone: str = ""
    direction: str = ""  # `in` or `out`; empty: no way
    amount_minor: int | None = None  # of the currency's smallest unit; None: costs nothing
    currency: str = ""  # ISO 4217
    fund: str = ""  # out of what it is paid
    client: str = ""  # whose request it is
    key: str = ""  # the client's own for that request; unique per client
    asked: str = ""  # 16 hex digits that tell the request's content (docs/protocol.md)
    approval: str = ""  # the key by which the centre approved it; empty: granted offline

    def __post_init__(self) -> None:
        """Take what makes a line that the centre takes, and nothing else.

        Raises:
            ValueError: a text is too long, an amount out of range or without its currency.
        """
        if self.direction not in DIRECTIONS:
            raise ValueError(f"direction is {self.direction!r}, and not in, out or empty")
        if self.amount_minor is not None and not 0 <= self.amount_minor <= AMOUNT_MAX:
            raise ValueError(f"amount_minor is not 0 to {AMOUNT_MAX}")
        if self.amount_minor and not self.currency:
            raise ValueError("an amount needs its currency")
        if not all(map(is_short, self._texts())):
            raise ValueError(
                f"a text is longer than {TEXT_OCTETS_MAX} octets, or is escaped in JSON"
            )

    def _texts(self) -> tuple[str, ...]:
        of_lane = (self.zone, self.currency, self.fund)
        return (*of_lane, self.client, self.key, self.asked, self.approval)

    def members(self) -> dict[str, object]:
        """Return the members of a journal line that are not empty, in the order of the protocol."""
        values = (
            ("zone", self.zone),
            ("direction", self.direction),
            ("amount_minor", self.amount_minor),
            ("currency", self.currency),
            ("fund", self.fund),
            ("client", self.client),
            ("key", self.key),
            ("asked", self.asked),
            ("approval", self.approval),
        )
        return {name: value for name, value in values if value not in ("", None)}


class Cause(Enum):
    """Why an entry was annulled."""

    NOT_PASSED = "not-passed"  # nobody went through in time
    REVERSED = "reversed"  # the client took its sale back
    ABORTED = "aborted"  # the client gave its request up
    LATE = "late"  # it became durable when nobody waited for it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnulRecord:
    """An entry that takes back an earlier one, which stays as it is."""

    profile: str
    sector: str  # id of the key behind the two names
    pseudonym: str  # this and the next: of the entry that is taken back
    presentation: str
    reference: Place
    cause: Cause
    use: Use | None = None  # what is taken back, and whose request asked for that

    def members(self) -> dict[str, object]:
        """Return the members of the journal line behind its type."""
        return {
            "profile": self.profile,
            "sector": self.sector,
            "pseudonym": self.pseudonym,
            "presentation": self.presentation,
            **({} if self.use is None else self.use.members()),
            "reference": self.reference.members(),
            "cause": self.cause.value,
        }


class NoteKind(Enum):
    """What a lane saw that is no presentation."""

    TAILGATING = "tailgating"  # a second one went through one grant
    WRONG_WAY = "wrong-way"
    FORCED = "forced"  # went through without any grant
    EMERGENCY_BEGAN = "emergency-began"
    EMERGENCY_ENDED = "emergency-ended"
    OVERRIDE_REFUSED = "override-refused"  # tried by somebody who may not


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRecord:
    """How often a lane saw something; it names nobody."""

    what: NoteKind
    count: int

    def members(self) -> dict[str, object]:
        """Return the members of the journal line behind its type."""
        return {"what": self.what.value, "count": self.count}


def read_use(fields: Mapping[str, object]) -> Use | None:
    """Return what a journal line of ours moves; None: nothing.

    Raises:
        ValueError: a member is mistyped or out of range.
    """
    use = Use(
        zone=_text(fields, "zone"),
        direction=_text(fields, "direction"),
        amount_minor=_amount(fields),
        currency=_text(fields, "currency"),
        fund=_text(fields, "fund"),
        client=_text(fields, "client"),
        key=_text(fields, "key"),
        asked=_text(fields, "asked"),
        approval=_text(fields, "approval"),
    )
    return None if use == _NOTHING else use


def read_place(value: object) -> Place:
    """Return the place that a member `reference` names.

    Raises:
        ValueError: it names none.
    """
    match value:
        case {"epoch": int() as epoch, "seq": int() as seq, **rest} if (
            not rest and epoch >= 0 and seq >= 1
        ):
            return Place(epoch=epoch, seq=seq)
        case _:
            raise ValueError("a reference is an epoch and a number")


_NOTHING = Use()


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")  # noqa: TRY004  # of the wire
    return value


def _amount(fields: Mapping[str, object]) -> int | None:
    value = fields.get("amount_minor")
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise ValueError("amount_minor is no number")
    return value
