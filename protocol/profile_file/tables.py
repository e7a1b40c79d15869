"""The tables within a profile's file: hours, money, tariff, limits, texts; and every limit."""

from collections.abc import Mapping
from enum import Enum
from functools import reduce
from operator import or_

from protocol.profile_file.shapes import (
    Choice,
    Field,
    Listing,
    Shape,
    Table,
    Text,
    TimeOfDay,
    Whole,
)
from verifier.model import FreshnessLimits, Verdict
from verifier.profile import (
    AmountFrom,
    Binding,
    Capability,
    CardType,
    Concession,
    Fund,
    Hours,
    Limits,
    Money,
    Online,
    Phrase,
    Tariff,
    Texts,
)

# The longest window in which a printed card is refused again, 31 days: a month's ration. The memory
# of what was shown (offline_cache/replay.py) is kept for as long.
STATIC_WINDOW_S_MAX = 2_678_400
# Every other number of time: a day in milliseconds; past it, a typing error.
WHOLE_MAX = 86_400_000
# Ten million of a currency with cents: past it, a typing error.
AMOUNT_MINOR_MAX = 1_000_000_000
# More uses of one card between two syncs than any counter sees.
COUNT_MAX = 1_000_000
# A till waits no longer for the centre's word (docs/protocol.md, "Approvals").
APPROVAL_MS_MAX = 800
# A referral is one person who stands there (DESIGN 8).
OVERRIDE_S_MAX = 30
# Spans of a week, holidays of a year, attendants of a site: ten times what a city needs.
_SPANS_MAX, DAYS_MAX, ATTENDANTS_MAX, FAMILIES_MAX = 64, 400, 400, 64
# A line of a screen, read in passing.
_PHRASE_CHARACTERS_MAX = 80
CONTROLS = r"[\u0000-\u001f\u007f-\u009f\u2028\u2029]"

# The card types that CC1 does not name are named by the issuer's policy: bit by bit.
_TYPES_NAMED = {str(member.name).lower(): int(member) for member in CardType}
CARD_TYPES: Mapping[str, int] = _TYPES_NAMED | {
    f"type-{bit}": 1 << bit for bit in range(len(_TYPES_NAMED), 32)
}
CAPABILITIES: Mapping[str, Capability] = {
    str(member.name).lower().replace("_", "-"): member for member in Capability
}
WEEKDAYS = {name: n for n, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}


def any_of(kind: type[Enum]) -> Choice:
    """Return the choice among all of an enumeration's values."""
    return Choice(members={member.value: member for member in kind})


def _mask(bits: list[int]) -> int:
    return reduce(or_, bits)


VERDICT = any_of(Verdict)
BINDING = any_of(Binding)
TIME = Whole(least=0, most=WHOLE_MAX)
_AMOUNT = Whole(
    least=0,
    most=AMOUNT_MINOR_MAX,
    en=", in minor units (10 yuan: 1000)",
    zh="，以最小单位计（10 元写 1000）",
)
_COUNT = Whole(least=0, most=COUNT_MAX)
_PERCENT = Whole(least=0, most=100)
TYPES = Listing(item=Choice(members=CARD_TYPES), most=32, make=_mask)
_WORDS = Text(
    en=f"words of 1 to {_PHRASE_CHARACTERS_MAX} letters on one line",
    zh=f"一行文字，1 到 {_PHRASE_CHARACTERS_MAX} 字",
    most=_PHRASE_CHARACTERS_MAX,
    never=CONTROLS,
)


def needed(shape: Shape, says: str = "") -> Field:
    """Return a field that a file must have."""
    return Field(shape=shape, says=says, is_required=True)


AGES = Table(make=FreshnessLimits, fields={"soft_s": needed(TIME), "hard_s": needed(TIME)})
HOURS = Listing(
    item=Table(
        make=Hours,
        fields={
            "days": needed(
                Listing(item=Choice(members=WEEKDAYS), most=len(WEEKDAYS), make=frozenset),
                "Days on which the span begins.",
            ),
            "from": Field(
                shape=TimeOfDay(), says="It begins then.", is_required=True, attribute="from_min"
            ),
            "to": Field(
                shape=TimeOfDay(is_end=True),
                says="It ends then; not after `from`: on the day after.",
                is_required=True,
                attribute="to_min",
            ),
        },
    ),
    most=_SPANS_MAX,
)
MONEY = Table(
    make=Money,
    fields={
        "currency": needed(
            Text(en='a currency such as "CNY"', zh='货币代码，例如 "CNY"',
                 least=3, most=3, pattern="[A-Z]{3}"),
            "ISO 4217.",
        ),
        "fund": needed(any_of(Fund), "What pays."),
        "amount_from": needed(
            any_of(AmountFrom), "Who says what is due: each `request`, or the `tariff`."
        ),
        "amount_max_minor": needed(_AMOUNT, "The most that one sale may be."),
    },
)  # fmt: skip
TARIFF = Table(
    make=Tariff,
    fields={
        "base_minor": needed(_AMOUNT, "What a use costs at least."),
        "free_s": Field(
            shape=TIME, says="A stay up to this costs nothing; a longer one counts whole."
        ),
        "unit_s": Field(shape=TIME, says="The unit of time; 0: time costs nothing."),
        "unit_minor": Field(shape=_AMOUNT, says="For each unit begun since entry."),
        "day_max_minor": Field(shape=_AMOUNT, says="The most for each 24 hours since entry."),
        "concessions": Field(
            shape=Listing(
                item=Table(
                    make=Concession,
                    fields={
                        "card_types": Field(
                            shape=TYPES, says="Cards of any of these; left out: every card."
                        ),
                        "percent": needed(_PERCENT, "Of the price."),
                        "hours": Field(shape=HOURS, says="When it holds; left out: always."),
                    },
                ),
                most=_SPANS_MAX,
            ),
            says="The cheapest that fits counts.",
        ),
    },
)
LIMITS = Table(
    make=Limits,
    fields={
        "floor_minor": needed(_AMOUNT, "A sale above it asks the centre."),
        "lower_count": Field(
            shape=_COUNT, says="Sales of a card from which on the centre is asked."
        ),
        "upper_count": Field(
            shape=_COUNT, says="Sales of a card past which none is granted offline."
        ),
        "lower_sum_minor": Field(shape=_AMOUNT, says="As lower_count, of a card's sum."),
        "upper_sum_minor": Field(shape=_AMOUNT, says="As upper_count, of a card's sum."),
        "velocity_count": Field(shape=_COUNT, says="The most uses of a card in velocity_window_s."),
        "velocity_window_s": Field(shape=TIME, says="The window of velocity_count."),
        "exposure_minor": Field(
            shape=_AMOUNT, says="The terminal's sum of offline sales until the centre has them."
        ),
        "random_per_mille": Field(
            shape=Whole(least=0, most=1_000), says="Of a thousand sales, asked about all the same."
        ),
        "stale_percent": Field(shape=_PERCENT, says="What limits shrink to while a list is stale."),
        "online": Field(shape=any_of(Online), says="When the centre is asked."),
        "approval_ms": Field(
            shape=Whole(least=1, most=APPROVAL_MS_MAX), says="How long its word is awaited."
        ),
        "unreachable": Field(
            shape=Choice(members={each.value: each for each in (Verdict.REFER, Verdict.DENY)}),
            says="What becomes of a sale that needs the centre's word and gets none.",
        ),
    },
)
_PHRASE = Table(make=Phrase, fields={"zh": needed(_WORDS), "en": needed(_WORDS)})
TEXTS = Table(
    make=Texts,
    fields={
        "idle": Field(shape=_PHRASE, says="While the lane waits."),
        "granted": Field(shape=_PHRASE, says="With a grant."),
        "referred": Field(shape=_PHRASE, says="With a referral."),
        "refused": Field(shape=_PHRASE, says="With a refusal."),
    },
)
