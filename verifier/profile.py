"""A lane's rules as values: signed data, no code (docs/profiles.md).

`protocol/profile_file/reading.py` reads them from TOML, `policy.decide` and the lane act on them.
"""

from dataclasses import dataclass, field
from enum import Enum, IntFlag

from verifier.model import FreshnessLimits, Verdict


class Capability(IntFlag):
    """What a card may be used for: bits of the signed mask (docs/cc1.md)."""

    HEALTH_PASS = 1
    E_HEALTH_CARD = 2
    GOVERNMENT = 4
    SOCIAL_SECURITY = 8
    LIBRARY = 16
    DOOR = 32
    SHOP = 64


class CardType(IntFlag):
    """What a card says of its holder: bits of the signed mask; the issuer names those above."""

    SENIOR = 1
    DISABLED = 2
    TALENT = 4
    STUDENT = 8
    PATIENT = 16
    VOLUNTEER = 32


class EntryType(Enum):
    """What a lane's journal entries are about."""

    PASSAGE = "passage"
    SALE = "sale"
    REGISTRATION = "registration"
    LOAN = "loan"
    PARKING_IN = "parking.in"
    PARKING_OUT = "parking.out"
    TICKET = "ticket"
    QUERY = "query"
    RATING = "rating"
    APPEAL = "appeal"
    ANNUL = "annul"
    REFUSALS = "refusals"
    SNAPSHOT = "snapshot"
    NOTE = "note"


class Binding(Enum):
    """Whether a code must be drawn for this lane, or for this moment of it."""

    OPTIONAL = "optional"
    REQUIRED = "required"


class CardsInView(Enum):
    """How many holders' cards may be before a lane's scanner at once."""

    ONE = "one"  # who passes must be clear: with two nobody does, until one is put away
    ANY = "any"  # each is served, one after the other


class Direction(Enum):
    """Which way a lane leads."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


class Passback(Enum):
    """What is done about a card that goes the same way twice."""

    OFF = "off"
    REFER = "refer"
    DENY = "deny"


class Again(Enum):
    """What becomes of the same holder within `again_s`."""

    DENY = "deny"
    FREE = "free"  # granted at amount 0


class ConsumeOn(Enum):
    """What uses up a grant: its limits, its place in a zone, a printed card's window."""

    GRANT = "grant"  # the grant itself; no passage is awaited
    PASSAGE = "passage"  # the passage: without it within open_ms the grant is annulled


class Fund(Enum):
    """Out of what an amount is paid."""

    INSURED_ACCOUNT = "insured-account"
    PAY_LATER = "pay-later"
    PURSE = "purse"


class AmountFrom(Enum):
    """Who says what is due."""

    REQUEST = "request"  # the till's program, with each request
    TARIFF = "tariff"  # the profile


class Online(Enum):
    """When the centre is asked before a sale is granted."""

    NEVER = "never"
    WHEN_NEEDED = "when-needed"  # where a limit says so
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A span of the local day: `from_min` belongs to it, `to_min` no more.

    Where `to_min` is not above `from_min` it goes past midnight and belongs to the day on which
    it began. Minutes since local midnight: 0 to 1439 and 1 to 1440.
    """

    days: frozenset[int]  # 0: Monday
    from_min: int
    to_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What is sold: without it a lane moves none."""

    currency: str  # ISO 4217
    fund: Fund
    amount_from: AmountFrom
    amount_max_minor: int  # the most that one sale may be


@dataclass(frozen=True, slots=True, kw_only=True)
class Concession:
    """Whom a tariff is lowered for, and when; the cheapest that fits counts."""

    card_types: int = 0  # bit mask: cards of any of these types; 0: every card
    percent: int  # of the price, 0 to 100
    hours: tuple[Hours, ...] = ()  # empty: always


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a use costs; with `unit_s` it grows with the time since entry (verifier/tariff.py)."""

    base_minor: int
    free_s: int = 0  # a stay up to this costs nothing; a longer one counts whole
    unit_s: int = 0  # 0: time costs nothing
    unit_minor: int = 0  # for each unit begun
    day_max_minor: int | None = None  # the most for each 24 hours since entry
    concessions: tuple[Concession, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that may be granted without the centre; None: no such limit.

    Counts and sums are a card's at this terminal since its last sale that the centre approved.
    """

    floor_minor: int  # a sale above it asks the centre; 0: each that costs something
    lower_count: int | None = None  # from here on the centre is asked
    upper_count: int | None = None  # past this nothing is granted without its word
    lower_sum_minor: int | None = None
    upper_sum_minor: int | None = None
    velocity_count: int | None = None  # the most uses of a card within velocity_window_s
    velocity_window_s: int = 0
    exposure_minor: int | None = None  # the terminal's own, until the centre acknowledges
    random_per_mille: int = 0  # so many of a thousand sales are asked about all the same
    stale_percent: int = 50  # of every limit while a list is STALE
    online: Online = Online.WHEN_NEEDED
    approval_ms: int = 800  # how long the centre's word is awaited
    unreachable: Verdict = Verdict.DENY  # REFER or DENY: a sale that needs it and gets none


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """The same words in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What this lane says instead of the usual words; None: the usual ones."""

    idle: Phrase | None = None  # what to do here
    granted: Phrase | None = None
    referred: Phrase | None = None
    refused: Phrase | None = None


# What these entries are about is worth money, whoever collects it.
_VALUE = frozenset({EntryType.SALE, EntryType.PARKING_OUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One lane's rules: signed data, no code. Later fields come with defaults."""

    name: str
    entry_type: EntryType
    formats: tuple[str, ...] = ("cc1",)
    capability: Capability | None = None  # what the card must carry; None: nothing
    audience: Binding = Binding.OPTIONAL  # aud: drawn for this lane
    challenge: Binding = Binding.OPTIONAL  # cnonce: answers what this lane shows
    static: Verdict = Verdict.REFER  # a printed card: anybody may hold its copy
    static_window_s: int = 300  # the same printed card is refused again within it
    cards_in_view: CardsInView = CardsInView.ONE
    status_limits: FreshnessLimits = field(
        default=FreshnessLimits(soft_s=3_600, hard_s=259_200)  # 1 h, 72 h
    )
    keys_limits: FreshnessLimits = field(
        default=FreshnessLimits(soft_s=604_800, hard_s=7_776_000)  # 7 d, 90 d
    )
    status_unknown: Verdict = Verdict.REFER
    status_expired: Verdict = Verdict.REFER
    keys_expired: Verdict = Verdict.REFER
    clock_untrusted: Verdict = Verdict.REFER
    gate_pulse_ms: int = 500  # how long the gate's relay is held
    same_holder_ms: int = 5_000  # the same holder seen again within it is one presentation
    open_ms: int = 3_000  # how long a passage may take
    show_ms: int = 1_500  # how long an answer stays before the next presentation
    card_types: int = 0  # bit mask: cards of any of these types; 0: of every type
    hours: tuple[Hours, ...] = ()  # when it is open; empty: always
    closed_on: tuple[str, ...] = ()  # local dates, YYYY-MM-DD
    utc_offset_min: int | None = None  # of local time; what has hours has it
    outside_hours: Verdict = Verdict.DENY
    zone: str = ""  # what this lane leads into or out of; empty: its own profile's name
    direction: Direction = Direction.BOTH
    passback: Passback = Passback.OFF
    passback_s: int = 0  # how long a way counts; 0: until the card went the other way
    entry_unknown: Verdict = Verdict.REFER  # leaves and is not known to have come in
    again_s: int = 0  # the same holder within it is not served twice; 0: is
    again: Again = Again.DENY
    attended: bool = True  # an attendant is there to refer to
    attendants: tuple[str, ...] = ()  # pseudonyms of who may override, 32 hex digits each
    override_s: int = 30  # how long a referral waits for an attendant's code
    overrides_per_hour_max: int = 20
    consume_on: ConsumeOn = ConsumeOn.GRANT
    asked: bool = False  # decides only while a program's request is open
    reference: Binding = Binding.OPTIONAL  # whether a request must name what it is for
    money: Money | None = None
    tariff: Tariff | None = None
    limits: Limits | None = None
    texts: Texts | None = None

    @property
    def is_asked(self) -> bool:
        """Return whether this lane serves requests alone: of itself, or for their amount."""
        return self.asked or (
            self.money is not None and self.money.amount_from is AmountFrom.REQUEST
        )

    @property
    def has_value(self) -> bool:
        """Return whether what is granted here is worth money: nothing expired may grant that."""
        return self.money is not None or self.entry_type in _VALUE

    @property
    def zone_name(self) -> str:
        """Return the zone whose comings and goings belong together."""
        return self.zone or self.name
