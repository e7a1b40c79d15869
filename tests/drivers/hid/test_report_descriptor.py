import pytest
from hid_peers import COUNTED
from hypothesis import given
from hypothesis import strategies as st

from drivers.hid.report_descriptor import (
    DESCRIPTOR_OCTETS_MAX,
    REPORT_OCTETS_MAX,
    RUNS_MAX,
    DescriptorError,
    Run,
    read_descriptor,
)

# The boot keyboard of USB HID 1.11, appendix B.1.
KEYBOARD = bytes.fromhex(
    "0501 0906 a101 0507 19e0 29e7 1500 2501 7501 9508 8102 9501 7508 8101"
    "9505 7501 0508 1901 2905 9102 9501 7503 9101"
    "9506 7508 1500 2565 0507 1900 2965 8100 c0"
)


def items(*words: str) -> bytes:
    return bytes.fromhex("".join(words))


def test_keyboard_of_the_standard_is_a_report_of_eight_octets() -> None:
    said = read_descriptor(KEYBOARD)
    assert said.applications == {0x010006}
    assert said.report_octets == 8
    # Modifiers a bit each, then six octets behind one of padding.
    assert [(run.usage, run.offset_bits) for run in said.runs][:8] == [
        (0x0700E0 + bit, bit) for bit in range(8)
    ]
    assert [(run.offset_bits, run.size_bits) for run in said.runs][8:] == [
        (16 + 8 * place, 8) for place in range(6)
    ]


def test_scanner_of_a_manual_has_its_fields_where_the_manual_says() -> None:
    said = read_descriptor(COUNTED)
    assert said.applications == {0x8C0002}
    assert said.report_octets == 64
    places = {run.usage: (run.offset_bits // 8, run.count) for run in said.runs}
    assert places[0x01003B] == (1, 1)
    assert [places[usage] for usage in (0x8C00FB, 0x8C00FC, 0x8C00FD)] == [(2, 1), (3, 1), (4, 1)]
    assert places[0x8C00FE] == (5, 56)
    assert places[0x8C00FF] == (63, 1)


def test_reports_with_numbers_begin_behind_them_and_each_has_its_own_places() -> None:
    said = read_descriptor(
        items("050c 7508 9501", "8501 0901 8102", "8502 0902 8102", "8501 0903 8102")
    )
    assert [(run.report_id, run.usage & 0xFF, run.offset_bits) for run in said.runs] == [
        (1, 1, 8),
        (2, 2, 8),
        (1, 3, 16),
    ]
    assert said.report_octets == 3


def test_last_usage_stands_for_all_that_are_left() -> None:
    said = read_descriptor(items("050c 7508 9504", "0901 0902 8102"))
    assert [(run.usage & 0xFF, run.count) for run in said.runs] == [(1, 1), (2, 3)]


def test_usages_that_are_too_many_stand_for_nothing() -> None:
    said = read_descriptor(items("050c 7508 9501", "1901 29ff 8102"))
    assert [(run.usage & 0xFF, run.count) for run in said.runs] == [(1, 1)]


def test_usages_of_four_octets_bring_their_page() -> None:
    said = read_descriptor(items("050c 7508 9501", "0bfe008c00 8102"))
    assert said.runs[0].usage == 0x8C00FE


def test_page_is_the_one_in_force_at_the_main_item_as_the_kernel_has_it() -> None:
    said = read_descriptor(items("050c 7508 9501", "09fe 058c 8102"))
    assert said.runs[0].usage == 0x8C00FE


def test_usages_speak_of_one_main_item_only() -> None:
    said = read_descriptor(items("050c 7508 9501", "0901 9102", "8102"))
    assert said.runs == ()
    assert said.report_octets == 1


def test_push_and_pop_keep_what_stands() -> None:
    said = read_descriptor(items("050c 7508 9501 a4", "058c 9502", "b4", "0901 8102"))
    assert said.runs == (Run(report_id=0, usage=0x0C0001, offset_bits=0, size_bits=8, count=1),)


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (items("0501 0906 a101"), "has no end"),
        (items("c0"), "did not begin"),
        (items("05"), "cut off"),
        (items("2700ffff"), "cut off"),
        (items("fe020000"), "long item"),
        (items("0d00"), "no known type"),
        (items("7100"), "no known main item|main item of no known tag"),
        (items("f500"), "global item of no known tag"),
        (items("8500"), "outside 1..255"),
        (items("860001"), "outside 1..255"),
        (items("b4"), "not pushed"),
        (items("a4 a4 a4 a4 a4"), "pushes more than"),
        (items("2905"), "no beginning"),
        (items("1905 2904"), "no beginning"),
        (items("760101 9501 8102"), "larger than 256 bits"),
        (items("7508 9501 8102 8501 8102"), "numbers and others none"),
    ],
)
def test_what_breaks_the_rules_is_refused(octets: bytes, words: str) -> None:
    with pytest.raises(DescriptorError, match=words):
        read_descriptor(octets)


def test_report_of_the_limit_passes_and_one_octet_more_is_refused() -> None:
    def described(octets: int) -> bytes:
        return items("7508 96") + octets.to_bytes(2, "little") + items("0901 8102")

    assert read_descriptor(described(REPORT_OCTETS_MAX)).report_octets == REPORT_OCTETS_MAX
    with pytest.raises(DescriptorError, match="report is longer"):
        read_descriptor(described(REPORT_OCTETS_MAX + 1))


def test_report_of_billions_of_bits_is_refused_at_once() -> None:
    with pytest.raises(DescriptorError, match="report is longer"):
        read_descriptor(items("7508 97ffffffff 0901 8102"))


def test_descriptor_of_the_limit_passes_and_one_octet_more_is_refused() -> None:
    unit = items("64")  # a unit without a value says nothing
    read_descriptor(unit * DESCRIPTOR_OCTETS_MAX)
    with pytest.raises(DescriptorError, match="it is longer"):
        read_descriptor(unit * (DESCRIPTOR_OCTETS_MAX + 1))


def test_fields_of_the_limit_pass_and_one_more_is_refused() -> None:
    def described(count: int) -> bytes:
        return items("7501 96") + count.to_bytes(2, "little") + items("1900 2affff 8102")

    assert len(read_descriptor(described(RUNS_MAX)).runs) == RUNS_MAX
    with pytest.raises(DescriptorError, match="more than 1024 fields"):
        read_descriptor(described(RUNS_MAX + 1))


@given(st.binary(max_size=200))
def test_noise_is_refused_or_stays_within_its_limits(octets: bytes) -> None:
    try:
        said = read_descriptor(octets)
    except DescriptorError:
        return
    assert said.report_octets <= REPORT_OCTETS_MAX
    for run in said.runs:
        assert run.count >= 1
        assert run.offset_bits + run.size_bits * run.count <= said.report_octets * 8
