"""Every key of a profile's file: its shape, and what it means.

One table for the reader, the JSON Schema (docs/profile.schema.json) and docs/profiles.md.
"""

from collections.abc import Mapping

from protocol.profile_file.shapes import Choice, Day, Field, Flag, Listing, Table, Text, Whole
from protocol.profile_file.tables import (
    AGES,
    ATTENDANTS_MAX,
    BINDING,
    CAPABILITIES,
    CONTROLS,
    DAYS_MAX,
    FAMILIES_MAX,
    HOURS,
    LIMITS,
    MONEY,
    OVERRIDE_S_MAX,
    STATIC_WINDOW_S_MAX,
    TARIFF,
    TEXTS,
    TIME,
    TYPES,
    VERDICT,
    any_of,
    needed,
)
from verifier.profile import Again, CardsInView, ConsumeOn, Direction, EntryType, Passback, Profile

# Journal entries that no presentation makes.
_NOT_SHOWN = frozenset({"annul", "refusals", "snapshot", "note"})

PROFILE = Table(
    make=Profile,
    fields={
        "entry_type": needed(
            Choice(members={e.value: e for e in EntryType if e.value not in _NOT_SHOWN}),
            "what the lane's journal entries are about: `passage`, `sale`, `query`, `registration`, `loan` and so on",
        ),
        "formats": Field(
            shape=Listing(
                item=Text(en="the name of a family", zh="码的格式名称", most=32, never=CONTROLS),
                most=FAMILIES_MAX,
            ),
            says="families of codes that are read here",
        ),
        "capability": Field(
            shape=Choice(members=CAPABILITIES),
            says="what the card must carry: `health-pass`, `e-health-card`, `government`, `social-security`, `library`, `door`, `shop`",
        ),
        "card_types": Field(
            shape=TYPES,
            says="cards of any of these types alone: `senior`, `disabled`, `talent`, `student`, `patient`, `volunteer`, or `type-6` to `type-31` as the issuer names them",
        ),
        "audience": Field(
            shape=BINDING,
            says='`"required"`: a code must be drawn for this very lane (aud); a printed card can\'t',
        ),
        "challenge": Field(
            shape=BINDING,
            says='`"required"`: a code must answer what this lane shows (cnonce); a printed card can\'t. The lane needs `answers` in its settings ([protocol.md](protocol.md), "Challenge")',
        ),
        "static": Field(
            shape=VERDICT,
            says="what is done about a printed card, of which anybody may hold a copy",
        ),
        "static_window_s": Field(
            shape=Whole(least=0, most=STATIC_WINDOW_S_MAX),
            says="the same printed card is refused again within it; at most 2678400, 31 days",
        ),
        "cards_in_view": Field(
            shape=any_of(CardsInView),
            says='`"one"`: while cards of two holders are before the scanner, neither is served (`P.TWO`); `"any"`: both are, one after the other. Other codes (a poster, a web address) never count',
        ),
        "status_limits": Field(
            shape=AGES,
            says="age of a status list: fresh up to soft, stale up to hard, expired past it",
        ),
        "keys_limits": Field(shape=AGES, says="age of the key list, likewise"),
        "status_unknown": Field(shape=VERDICT, says="the card's status list is not held"),
        "status_expired": Field(
            shape=VERDICT,
            says='the status list is past its hard age or its own end. `"grant"` lets people pass and is no leave to spend: what has `money`, or entries of type `sale` or `parking.out`, is denied then',
        ),
        "keys_expired": Field(
            shape=VERDICT, says='the key list is past its hard age; `"grant"` as above'
        ),
        "clock_untrusted": Field(
            shape=VERDICT, says="the terminal does not trust its clock"
        ),
        "hours": Field(
            shape=HOURS,
            says='when the lane is open: `[{ days = ["mon", "sat"], from = "08:00", to = "17:30" }]`. The minute of `from` belongs to it, that of `to` no more; where `to` is not after `from` it goes past midnight. Needs `utc_offset_min`',
        ),
        "closed_on": Field(
            shape=Listing(item=Day(), most=DAYS_MAX),
            says='local dates on which nothing begins: `["2026-10-01"]`; a night that began before goes on',
        ),
        "utc_offset_min": Field(
            shape=Whole(
                least=-720, most=840, step=15,
                en=", in minutes and by quarters of an hour (China: 480)",
                zh="，单位为分钟，15 的倍数（中国为 480）",
            ),
            says="minutes that local time is ahead of UTC: 480 in China. What has hours needs it; a day's totals (`status`) end at midnight by it, UTC without",
        ),
        "outside_hours": Field(
            shape=VERDICT,
            says="what is done outside the hours (`P.HRS`); by a clock that is not trusted nobody is denied for the hour, but referred",
        ),
        "zone": Field(
            shape=Text(
                en="a name of 1 to 32 letters, digits, '-' and '.'",
                zh="1 到 32 个字母、数字、“-”或“.”",
                most=32,
                never="[^A-Za-z0-9.-]",
            ),
            says="what the lane leads into or out of: lanes of one zone know each other's comings and goings; left out: the profile's own name",
        ),
        "direction": Field(shape=any_of(Direction), says="which way the lane leads"),
        "passback": Field(
            shape=any_of(Passback),
            says='what is done about a card that goes the same way twice in its zone (`P.APB`): `"off"`, `"refer"` or `"deny"`',
        ),
        "passback_s": Field(
            shape=Whole(least=0, most=STATIC_WINDOW_S_MAX),
            says="how long a way counts; 0: until the card went the other way",
        ),
        "entry_unknown": Field(
            shape=VERDICT,
            says="a card leaves that is not known to have come in (`P.ENT`), where passback or a price by time asks for it. Granted, it owes a whole day",
        ),
        "again_s": Field(
            shape=Whole(least=0, most=STATIC_WINDOW_S_MAX),
            says="the same holder within it is not served twice; 0: is",
        ),
        "again": Field(
            shape=any_of(Again),
            says='what becomes of him then: `"deny"` (`P.AGN`), or `"free"`, granted at no charge unless passback minds; not with `consume_on = "passage"`, nor where a program says what is due',
        ),
        "attended": Field(shape=Flag(), says="an attendant is there to whom is referred"),
        "attendants": Field(
            shape=Listing(
                item=Text(en="a pseudonym of 32 hex digits, 0-9 and a-f", zh="32 位十六进制化名，0-9 和 a-f",
                          least=32, most=32, pattern="[0-9a-f]{32}"),
                most=ATTENDANTS_MAX,
            ),
            says="pseudonyms, as this sector's journal has them, of who may override a referral with his own dynamic code; left out: nobody",
        ),
        "override_s": Field(
            shape=Whole(least=1, most=OVERRIDE_S_MAX),
            says="how long a referral waits for that code",
        ),
        "overrides_per_hour_max": Field(
            shape=Whole(least=0, most=1_000), says="the most overrides of a lane in an hour"
        ),
        "consume_on": Field(
            shape=any_of(ConsumeOn),
            says='what uses up a grant: the `"grant"` itself, or the `"passage"`, without which it is annulled after `open_ms`; the lane needs a passage contact then',
        ),
        "asked": Field(
            shape=Flag(),
            says="the lane decides only what a program asks for (`P.ARM` while nothing is); so does every lane whose amount comes from a request",
        ),
        "reference": Field(
            shape=BINDING, says='`"required"`: a request must name what it is for, a loan\'s item say'
        ),
        "money": Field(
            shape=MONEY,
            says='what is sold: `{ currency = "CNY", fund = "purse", amount_from = "tariff", amount_max_minor = 20000 }`; fund is `insured-account`, `pay-later` or `purse`, amount_from `request` or `tariff`. Needs `limits`',
        ),
        "tariff": Field(
            shape=TARIFF,
            says="the price: `base_minor`, and where time costs `free_s`, `unit_s`, `unit_minor`, `day_max_minor`; `concessions`, a list of `{ card_types, percent, hours }`, of which the cheapest that fits counts. Needs `money`",
        ),
        "limits": Field(
            shape=LIMITS,
            says="what may be granted without the centre: see below",
        ),
        "texts": Field(
            shape=TEXTS,
            says='words in place of the usual ones: `idle`, `granted`, `referred`, `refused`, each `{ zh = "…", en = "…" }`',
        ),
        "gate_pulse_ms": Field(
            shape=TIME, says="how long the gate's relay is held; 0 opens no gate"
        ),
        "same_holder_ms": Field(
            shape=TIME, says="the same holder seen again at the lane within it is one presentation"
        ),
        "open_ms": Field(shape=TIME, says="how long a passage may take"),
        "show_ms": Field(
            shape=TIME, says="how long an answer stays before the lane is ready again"
        ),
    },
)  # fmt: skip

# What makes no sense without another key beside it.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "tariff": ("money",),
    "money": ("limits",),
    "limits": ("money",),
    "hours": ("utc_offset_min",),
    "closed_on": ("utc_offset_min",),
}
