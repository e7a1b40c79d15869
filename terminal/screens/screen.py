"""What one screen says, as a value: everything a page paints, and nothing that it must look up."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class View(Enum):
    """The one thing that a screen says large."""

    STARTING = "starting"  # or not enrolled yet
    IDLE = "idle"
    READING = "reading"
    GRANTED = "granted"
    REFUSED = "refused"
    HELP = "help"  # somebody comes
    HELD_OPEN = "held-open"  # go through: there is an emergency
    OUT_OF_SERVICE = "out-of-service"
    CLOSED = "closed"  # outside of its hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Bilingual:
    """One text in both languages."""

    zh: str
    en: str

    def members(self) -> dict[str, str]:
        """Return it as members of a JSON object."""
        return {"zh": self.zh, "en": self.en}


NOTHING = Bilingual(zh="", en="")


class BadgeKind(Enum):
    """What a lane does not hide while it serves."""

    OFFLINE = "offline"  # the centre is not reached
    STALE = "stale"  # a list is older than the profile likes
    CLOCK = "clock"  # the time is not trusted
    DEGRADED = "degraded"  # a device is down that the lane can serve without
    NO_MONEY = "no-money"  # no value moves at this terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """One of those."""

    kind: BadgeKind
    text: Bilingual
    since_s: int = 0  # for how long; 0: that is not known

    def members(self) -> dict[str, object]:
        """Return it as members of a JSON object."""
        return {"kind": self.kind.value, "text": self.text.members(), "since_s": self.since_s}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What was paid, and what the card may still spend without the centre."""

    amount_minor: int
    currency: str  # ISO 4217
    remaining_minor: int | None = None  # None: not known here

    def members(self) -> dict[str, object]:
        """Return it as members of a JSON object."""
        return {
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            "remaining_minor": self.remaining_minor,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What one lane's screen shows now."""

    lane: str
    view: View
    title: Bilingual  # legible at two metres: some words
    text: Bilingual = NOTHING  # what to do next: a sentence
    few: Bilingual = NOTHING  # of senior mode, in place of `text`: 12 words at most
    code: str = ""  # of the reason; empty: none, or one that would help a forger
    direction: str = ""  # "in" or "out"; empty: it leads nowhere
    shown_ms: int = 0  # an answer stays for so long, unless another one comes; 0: no answer
    badges: tuple[Badge, ...] = ()
    money: Amount | None = None
    spoken: Bilingual = NOTHING  # where a recording of `text` is served; empty: there is none
    number: int = 0  # grows by one with each answer of the lane: two alike can be told apart

    def members(self) -> Mapping[str, object]:
        """Return it as members of a JSON object."""
        return {
            "lane": self.lane,
            "view": self.view.value,
            "title": self.title.members(),
            "text": self.text.members(),
            "few": self.few.members(),
            "code": self.code,
            "direction": self.direction,
            "shown_ms": self.shown_ms,
            "badges": [badge.members() for badge in self.badges],
            "money": None if self.money is None else self.money.members(),
            "spoken": self.spoken.members(),
            "number": self.number,
        }
