from dataclasses import fields

import pytest

from protocol.profile_file.reading import (
    PROFILE_OCTETS_MAX,
    STATIC_WINDOW_S_MAX,
    capability_names,
    read_profile,
)
from verifier.errors import TrustError
from verifier.model import FreshnessLimits, Verdict
from verifier.profile import (
    Again,
    AmountFrom,
    Binding,
    Capability,
    CardsInView,
    CardType,
    Concession,
    ConsumeOn,
    Direction,
    EntryType,
    Fund,
    Hours,
    Limits,
    Money,
    Online,
    Passback,
    Phrase,
    Profile,
    Tariff,
    Texts,
)

WHOLE = """
entry_type = "parking.out"
formats = ["cc1", "claim169"]
capability = "e-health-card"
audience = "required"
challenge = "required"
static = "deny"
static_window_s = 600
cards_in_view = "any"
status_limits = { soft_s = 60, hard_s = 120 }
keys_limits = { soft_s = 0, hard_s = 86400000 }
status_unknown = "deny"
status_expired = "grant"
keys_expired = "refer"
clock_untrusted = "deny"
gate_pulse_ms = 250
same_holder_ms = 9000
open_ms = 5000
show_ms = 2000
card_types = ["senior", "student", "type-31"]
hours = [{ days = ["mon", "sun"], from = "08:30", to = "24:00" }]
closed_on = ["2026-10-01"]
utc_offset_min = 480
outside_hours = "refer"
zone = "campus-1"
direction = "out"
passback = "refer"
passback_s = 3600
entry_unknown = "deny"
again_s = 30
again = "free"
attended = true
attendants = ["0123456789abcdef0123456789abcdef"]
override_s = 20
overrides_per_hour_max = 5
consume_on = "grant"
asked = true
reference = "required"
money = { currency = "CNY", fund = "pay-later", amount_from = "tariff", amount_max_minor = 9000 }
tariff = { base_minor = 300, free_s = 900, unit_s = 3600, unit_minor = 200, day_max_minor = 2000, concessions = [{ card_types = ["disabled"], percent = 50, hours = [{ days = ["tue"], from = "22:00", to = "06:00" }] }] }
limits = { floor_minor = 500, lower_count = 1, upper_count = 2, lower_sum_minor = 3, upper_sum_minor = 4, velocity_count = 5, velocity_window_s = 6, exposure_minor = 7, random_per_mille = 8, stale_percent = 9, online = "when-needed", approval_ms = 700, unreachable = "refer" }
texts = { idle = { zh = "请出示码", en = "Show your code" }, refused = { zh = "请到窗口", en = "Ask at the counter" } }
"""


def refused(text: str) -> str:
    with pytest.raises(TrustError) as caught:
        read_profile(text.encode(), name="gate")
    assert str(caught.value).startswith("profile gate: ")
    return str(caught.value)


def test_every_setting_is_read() -> None:
    assert read_profile(WHOLE.encode(), name="gate") == Profile(
        name="gate",
        entry_type=EntryType.PARKING_OUT,
        formats=("cc1", "claim169"),
        capability=Capability.E_HEALTH_CARD,
        audience=Binding.REQUIRED,
        challenge=Binding.REQUIRED,
        static=Verdict.DENY,
        static_window_s=600,
        cards_in_view=CardsInView.ANY,
        status_limits=FreshnessLimits(soft_s=60, hard_s=120),
        keys_limits=FreshnessLimits(soft_s=0, hard_s=86_400_000),
        status_unknown=Verdict.DENY,
        status_expired=Verdict.GRANT,
        keys_expired=Verdict.REFER,
        clock_untrusted=Verdict.DENY,
        gate_pulse_ms=250,
        same_holder_ms=9_000,
        open_ms=5_000,
        show_ms=2_000,
        card_types=CardType.SENIOR | CardType.STUDENT | 1 << 31,
        hours=(Hours(days=frozenset({0, 6}), from_min=510, to_min=1_440),),
        closed_on=("2026-10-01",),
        utc_offset_min=480,
        outside_hours=Verdict.REFER,
        zone="campus-1",
        direction=Direction.OUT,
        passback=Passback.REFER,
        passback_s=3_600,
        entry_unknown=Verdict.DENY,
        again_s=30,
        again=Again.FREE,
        attended=True,
        attendants=("0123456789abcdef0123456789abcdef",),
        override_s=20,
        overrides_per_hour_max=5,
        consume_on=ConsumeOn.GRANT,
        asked=True,
        reference=Binding.REQUIRED,
        money=Money(
            currency="CNY",
            fund=Fund.PAY_LATER,
            amount_from=AmountFrom.TARIFF,
            amount_max_minor=9_000,
        ),
        tariff=Tariff(
            base_minor=300,
            free_s=900,
            unit_s=3_600,
            unit_minor=200,
            day_max_minor=2_000,
            concessions=(
                Concession(
                    card_types=CardType.DISABLED,
                    percent=50,
                    hours=(Hours(days=frozenset({1}), from_min=1_320, to_min=360),),
                ),
            ),
        ),
        limits=Limits(
            floor_minor=500,
            lower_count=1,
            upper_count=2,
            lower_sum_minor=3,
            upper_sum_minor=4,
            velocity_count=5,
            velocity_window_s=6,
            exposure_minor=7,
            random_per_mille=8,
            stale_percent=9,
            online=Online.WHEN_NEEDED,
            approval_ms=700,
            unreachable=Verdict.REFER,
        ),
        texts=Texts(
            idle=Phrase(zh="请出示码", en="Show your code"),
            refused=Phrase(zh="请到窗口", en="Ask at the counter"),
        ),
    )


def test_test_names_every_setting() -> None:
    names = {field.name for field in fields(Profile)} - {"name"}
    assert {line.split(" ")[0] for line in WHOLE.split("\n") if line} == names


def test_shortest_profile_has_every_default() -> None:
    read = read_profile(b'entry_type = "passage"', name="gate")
    assert read == Profile(name="gate", entry_type=EntryType.PASSAGE)


@pytest.mark.parametrize(("name", "capability"), capability_names().items())
def test_every_capability_has_a_name(name: str, capability: Capability) -> None:
    text = f'entry_type = "passage"\ncapability = "{name}"'
    assert read_profile(text.encode(), name="gate").capability is capability


@pytest.mark.parametrize(
    "line",
    [
        'name = "other"',
        "tariff = 1",
        "colour = 1",
        "money = 1",
        "formats = []",
        'card_types = ["tall"]',
        "card_types = [1]",
        'zone = "a b"',
        'zone = ""',
        'asked = "yes"',
        "asked = 1",
        "utc_offset_min = 841",
        "utc_offset_min = -721",
        "override_s = 31",
        "override_s = 0",
        'attendants = ["0123456789ABCDEF0123456789ABCDEF"]',
        'attendants = ["0123456789abcdef0123456789abcde"]',
        'texts = { idle = { zh = "请" } }',
        'texts = { idle = { zh = "请", en = "a\\nb" } }',
        'texts = { idel = { zh = "请", en = "a" } }',
        'static = "maybe"',
        "static = true",
        'static_window_s = "5"',
        "static_window_s = 1.5",
        "static_window_s = -1",
        "static_window_s = 2678401",
        "open_ms = 86400001",
        "static_window_s = true",
        'formats = "cc1"',
        "formats = [1]",
        'capability = "HEALTH_PASS"',
        'capability = "health_pass"',
        "capability = 1",
        "status_limits = { soft_s = 1, hard_s = 2, sofft_s = 3 }",
        "status_limits = { soft_s = 1 }",
        "status_limits = { soft_s = -1, hard_s = 2 }",
        "status_limits = { soft_s = true, hard_s = 2 }",
        "status_limits = { soft_s = 3, hard_s = 2 }",
        "status_limits = 7",
        'keys_limits = { soft_s = "1", hard_s = 2 }',
        "open_ms = 1979-05-27",
        'entry_type = "passage"',
    ],
)
def test_setting_out_of_place_refuses_the_file(line: str) -> None:
    """A setting that is silently ignored is a gate that is not what its owner thinks."""
    refused(f'entry_type = "passage"\n{line}')


def test_the_longest_window_of_a_printed_card_is_read() -> None:
    """So long is what was shown remembered; a longer one would promise what nobody keeps."""
    text = f'entry_type = "passage"\nstatic_window_s = {STATIC_WINDOW_S_MAX}'
    assert read_profile(text.encode(), name="gate").static_window_s == STATIC_WINDOW_S_MAX


@pytest.mark.parametrize(
    "text",
    ["", "static = 'deny'", 'entry_type = "visit"', "entry_type = 7", "=", "[" * 60_000, "\0"],
    ids=lambda text: text[:12],
)
def test_file_that_is_no_profile_is_refused(text: str) -> None:
    refused(text)


def test_nested_too_deep_is_refused_and_no_fault() -> None:
    refused("x = " + "[" * 30_000)


def test_file_that_is_no_utf_8_or_too_large_is_refused() -> None:
    with pytest.raises(TrustError):
        read_profile(b"\xff", name="gate")
    with pytest.raises(TrustError, match="too large"):
        read_profile(b"#" * (PROFILE_OCTETS_MAX + 1), name="gate")
    comment = b'entry_type = "passage"\n#'
    assert read_profile(comment.ljust(PROFILE_OCTETS_MAX, b"#"), name="gate")
