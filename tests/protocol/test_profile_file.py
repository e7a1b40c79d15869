from dataclasses import fields

import pytest

from protocol.profile_file import (
    PROFILE_OCTETS_MAX,
    STATIC_WINDOW_S_MAX,
    capability_names,
    read_profile,
)
from verifier.errors import TrustError
from verifier.model import FreshnessLimits, Verdict
from verifier.profile import Binding, Capability, CardsInView, EntryType, Profile

WHOLE = b"""
entry_type = "sale"
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
"""


def refused(text: str) -> str:
    with pytest.raises(TrustError) as caught:
        read_profile(text.encode(), name="gate")
    assert str(caught.value).startswith("profile gate: ")
    return str(caught.value)


def test_every_setting_is_read() -> None:
    assert read_profile(WHOLE, name="pharmacy") == Profile(
        name="pharmacy",
        entry_type=EntryType.SALE,
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
    )


def test_test_names_every_setting() -> None:
    names = {field.name for field in fields(Profile)} - {"name"}
    assert {line.split(" ")[0] for line in WHOLE.decode().split("\n") if line} <= names


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
