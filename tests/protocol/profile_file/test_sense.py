"""What contradicts itself, told with its path; what is only unwise is no fault."""

import tomllib

import pytest

from protocol.profile_file.lane_rules import ADVICE, LANE_RULES
from protocol.profile_file.money_rules import MONEY_ADVICE, MONEY_RULES
from protocol.profile_file.reading import examine, shape_faults

SOLD = """
money = { currency = "CNY", fund = "purse", amount_from = "request", amount_max_minor = 9000 }
"""
LIMITED = SOLD + "limits = { floor_minor = 500, upper_count = 5, exposure_minor = 9000 }\n"
PRICED = LIMITED.replace("request", "tariff")

CONTRADICTIONS = [
    ("status_limits = { soft_s = 2, hard_s = 1 }", "status_limits.soft_s"),
    ("keys_limits = { soft_s = 2, hard_s = 1 }", "keys_limits.soft_s"),
    (SOLD + "limits = { floor_minor = 0, lower_count = 3, upper_count = 2 }", "limits.lower_count"),
    (
        SOLD + "limits = { floor_minor = 0, lower_sum_minor = 3, upper_sum_minor = 2 }",
        "limits.lower_sum_minor",
    ),
    (SOLD + "limits = { floor_minor = 0, velocity_count = 3 }", "limits.velocity_count"),
    (SOLD + "limits = { floor_minor = 0, velocity_window_s = 3 }", "limits.velocity_count"),
    (
        SOLD + 'limits = { floor_minor = 0, online = "never", random_per_mille = 1 }',
        "limits.online",
    ),
    (SOLD + 'limits = { floor_minor = 0, online = "never", lower_count = 1 }', "limits.online"),
    (SOLD + "limits = { floor_minor = 1, upper_count = 1 }", "limits.exposure_minor"),
    (SOLD + "limits = { floor_minor = 1, exposure_minor = 1 }", "limits.upper_sum_minor"),
    (
        SOLD + 'attended = false\nlimits = { floor_minor = 0, unreachable = "refer" }',
        "limits.unreachable",
    ),
    (PRICED, "money.amount_from"),
    (LIMITED + "tariff = { base_minor = 1 }", "tariff"),
    (PRICED + "tariff = { base_minor = 9001 }", "money.amount_max_minor"),
    (PRICED + "tariff = { base_minor = 1, unit_s = 60 }\ndirection = 'out'", "tariff.unit_s"),
    (PRICED + "tariff = { base_minor = 1, unit_minor = 60 }", "tariff.unit_s"),
    (PRICED + "tariff = { base_minor = 1, free_s = 60 }", "tariff.free_s"),
    (PRICED + "tariff = { base_minor = 1, day_max_minor = 60 }", "tariff.free_s"),
    (PRICED + "tariff = { base_minor = 1, unit_s = 60, unit_minor = 1 }", "direction"),
    (
        PRICED
        + 'tariff = { base_minor = 1, concessions = [{ percent = 50, hours = ['
        '{ days = ["mon"], from = "08:00", to = "09:00" }] }] }',
        "utc_offset_min",
    ),
    ('passback = "deny"', "passback"),
    ("passback_s = 5", "passback_s"),
    ('again = "free"', "again"),
    ('again = "free"\nagain_s = 60\nconsume_on = "passage"', "again"),
    ('again = "free"\nagain_s = 60' + LIMITED, "again"),
    (f'attended = false\nattendants = ["{"0" * 32}"]', "attendants"),
    ('entry_type = "loan"\nconsume_on = "passage"', "consume_on"),
    ('consume_on = "passage"\nopen_ms = 0', "open_ms"),
    ('consume_on = "passage"\nopen_ms = 3000\ngate_pulse_ms = 3001', "gate_pulse_ms"),
    ('reference = "required"', "reference"),
    ('entry_type = "query"' + LIMITED, "money"),
    (LIMITED.replace("CNY", "RMB"), "money.currency"),
]  # fmt: skip


def as_file(text: str) -> bytes:
    return (text if "entry_type" in text else f'entry_type = "passage"\n{text}').encode()


@pytest.mark.parametrize(("text", "path"), CONTRADICTIONS)
def test_contradiction_refuses_the_file_and_names_its_place_alone(text: str, path: str) -> None:
    octets = as_file(text)
    assert shape_faults(tomllib.loads(octets.decode())) == ()
    examined = examine(octets, name="gate")
    assert examined.profile is None
    assert [fault.path for fault in examined.faults] == [path]


def test_every_rule_has_its_example() -> None:
    told = {path for _, path in CONTRADICTIONS}
    assert {rule.path for rule in (*LANE_RULES, *MONEY_RULES)} == told


@pytest.mark.parametrize(
    "text",
    [
        "status_limits = { soft_s = 2, hard_s = 2 }",
        LIMITED,
        PRICED + "tariff = { base_minor = 9000 }",
        SOLD + "limits = { floor_minor = 0 }",
        SOLD + 'limits = { floor_minor = 500, online = "always" }',
        SOLD + "limits = { floor_minor = 0, lower_count = 2, upper_count = 2 }",
        SOLD + "limits = { floor_minor = 0, velocity_count = 1, velocity_window_s = 1 }",
        PRICED + "tariff = { base_minor = 0, unit_s = 60, unit_minor = 1 }\ndirection = 'out'",
        'passback = "deny"\ndirection = "in"\npassback_s = 60',
        'again = "free"\nagain_s = 1',
        'reference = "required"\nasked = true',
        'reference = "required"' + LIMITED,
        'consume_on = "passage"',
        'consume_on = "passage"\nopen_ms = 3000\ngate_pulse_ms = 3000',
        'consume_on = "grant"\nopen_ms = 3000\ngate_pulse_ms = 3001',
    ],
)
def test_profile_that_makes_sense_has_no_fault(text: str) -> None:
    assert examine(as_file(text), name="gate").faults == ()


LOCAL = "\nutc_offset_min = 480\n"

UNWISE = [
    ("attended = false", ["attended"]),
    ('attended = false\nstatic = "deny"' + LOCAL + LIMITED, ["attended", "challenge"]),
    ('static = "grant"' + LOCAL + LIMITED, ["static"]),
    ('static = "grant"', []),
    (LIMITED, ["utc_offset_min"]),
    (LOCAL + LIMITED, []),
    ('consume_on = "passage"\nopen_ms = 999\ngate_pulse_ms = 999', ["open_ms"]),
    ('consume_on = "passage"\nopen_ms = 1000', []),
    ("gate_pulse_ms = 10001", ["gate_pulse_ms"]),
    ("gate_pulse_ms = 10000", []),
    (LOCAL + PRICED + "tariff = { base_minor = 501 }", ["limits"]),
    (LOCAL + PRICED + "tariff = { base_minor = 500 }", ["limits.stale_percent"]),
    (LOCAL + PRICED + "tariff = { base_minor = 250 }", []),
    (LOCAL + PRICED.replace("upper_count = 5", "upper_count = 1") + "tariff = { base_minor = 1 }",
     ["limits.stale_percent"]),
    (LOCAL + PRICED.replace("floor_minor = 500", "floor_minor = 0") + "tariff = { base_minor = 9 }", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "paths"), UNWISE)
def test_what_is_unwise_is_advised_and_no_fault(text: str, paths: list[str]) -> None:
    examined = examine(as_file(text), name="gate")
    assert examined.profile is not None
    assert [told.path for told in examined.advice] == paths


def test_every_advice_has_its_example() -> None:
    assert {rule.path for rule in (*ADVICE, *MONEY_ADVICE)} == {
        path for _, paths in UNWISE for path in paths
    }


def test_every_fault_of_a_file_is_told_with_its_path() -> None:
    text = """
entry_type = "visit"
status_limits = { soft_s = 2, hard_s = 1 }
oepn_ms = 5
hours = [{ days = ["mon"], from = "8:00", to = "17:00" }, { days = ["xxx"], from = "08:00" }]
utc_offset_min = 480
limits = { floor_minor = -1, upper_cuont = 5 }
tariff = { base_minor = 1, concessions = [{ percent = 101 }] }
"""
    told = {fault.path: str(fault) for fault in examine(text.encode(), name="gate").faults}
    assert set(told) == {
        "entry_type",
        "oepn_ms",
        "hours[0].from",
        "hours[1].days[0]",
        "hours[1].to",
        "limits.floor_minor",
        "limits.upper_cuont",
        "tariff.concessions[0].percent",
        "money",
        "status_limits.soft_s",
    }
    assert told["oepn_ms"].endswith("did you mean open_ms?")
    assert told["limits.upper_cuont"].endswith("did you mean upper_count?")
    assert told["hours[0].from"].endswith('must be a time such as "08:30", and is "8:00"')
    assert told["limits.floor_minor"].endswith("minor units (10 yuan: 1000), and is -1")
    assert told["hours[1].to"].endswith("is missing: write it")
    assert told["money"] == "money: is missing: needed by tariff, limits"


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        (b"\xef\xbb\xbfentry_type = 'sale'", "without one (BOM)"),
        ("entry_type = 'sale'\n# 泳池".encode("gb18030"), "is not UTF-8 on line 2: save it as"),
        ("entry_type = 'sale'".encode("utf-16"), "is not UTF-8 on line 1"),
        (b"entry_type = 'sale'\n" + b"a." * 30_000 + b"b = 1", "400 dots on line 2"),
    ],
)
def test_file_that_an_editor_saved_otherwise_is_told_how_to_save_it(
    octets: bytes, says: str
) -> None:
    (fault,) = examine(octets, name="pool").faults
    assert says in fault.en


def test_key_below_a_table_is_told_to_stand_above_it_and_not_to_go() -> None:
    text = f'entry_type = "sale"{SOLD}[limits]\nfloor_minor = 0\nshow_ms = 900\nshow = 1\n'
    told = {fault.path: fault.en for fault in examine(text.encode(), name="pool").faults}
    assert told["limits.show_ms"].endswith("write it above the first [table]")
    assert told["limits.show"].endswith("take it out")


def test_faulty_key_is_not_told_twice_as_a_contradiction() -> None:
    text = f'entry_type = "passage"{SOLD}limits = {{ floor_minor = "x" }}'
    assert [fault.path for fault in examine(text.encode(), name="g").faults] == [
        "limits.floor_minor"
    ]


def test_value_of_any_size_is_shown_short_and_on_one_line() -> None:
    text = f'entry_type = "{"v" * 9_000}"\nzone = "\\u001b[2J"\nopen_ms = 0x{"f" * 9_000}'
    text += f'\n"{"k" * 9_000}" = 1\n"a\\nb" = 1'
    for fault in examine(text.encode(), name="gate").faults:
        assert len(str(fault)) < 250
        assert str(fault).isprintable()


@pytest.mark.parametrize("octets", [b"=", b"a = 1\na = 2", b"x = " + b"[" * 30_000])
def test_what_is_no_toml_is_told_so(octets: bytes) -> None:
    (fault,) = examine(octets, name="gate").faults
    assert fault.path == ""
    assert fault.en.startswith("is no TOML: ")
