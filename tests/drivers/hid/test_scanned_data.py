import pytest
from hid_peers import COUNTED, counted, reports_of
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import PAYLOAD_BYTES_MAX
from drivers.hid.report_descriptor import DescriptorError
from drivers.hid.scanned_data import (
    PIECE_GAP_MS_MAX,
    DataFault,
    ReportedCode,
    ScannedData,
    scanner_layout,
)

LAYOUT = scanner_layout(COUNTED)
# Newland's, by its manual: no page of the maker's, symbology in octet 62, no flag.
NEWLAND = bytes.fromhex(
    "058c 0902 a101 8502 1500 26ff00 7508"
    "0501 093b 9501 8102 058c 0a0001 9503 8102 09fe 9538 8102 09fb 9501 8102 c0"
)
# No byte count: the usage tables' own example of scanned data.
UNCOUNTED = bytes.fromhex(
    "058c 0902 a101 8501 1500 26ff00 7508 09fb 9503 8102 09fe 9510 8102"
    "2501 7501 9501 09ff 8102 9507 8103 c0"
)


def scanned(*, qr_only: bool = False) -> ScannedData:
    return ScannedData(LAYOUT, qr_only=qr_only)


def received(each: ScannedData, *reports: bytes, now_ms: int = 0) -> list[object]:
    return [outcome for report in reports for outcome in each.receive(report, now_ms)]


def code(payload: bytes, aim: bytes = b"]Q1", began_ms: int = 0) -> ReportedCode:
    return ReportedCode(payload=payload, aim=aim, began_ms=began_ms)


def test_manuals_layout_is_found_by_walking_the_descriptor() -> None:
    where = LAYOUT.reports[2]
    assert list(LAYOUT.reports) == [2]
    assert (where.count, where.aim, where.data) == (slice(1, 2), slice(2, 5), slice(5, 61))
    assert where.octets_min == LAYOUT.report_octets == 64


@given(st.binary(min_size=1, max_size=400))
def test_octets_come_as_they_stood_on_the_code(payload: bytes) -> None:
    assert received(scanned(), *reports_of(payload)) == [code(payload)]


@pytest.mark.parametrize("size", [55, 56, 57, 112, 113])
def test_codes_around_the_size_of_a_report_are_whole(size: int) -> None:
    payload = bytes(range(size))
    reports = reports_of(payload)
    assert len(reports) == -(-size // 56)
    assert received(scanned(), *reports) == [code(payload)]


def test_code_began_with_its_first_report() -> None:
    each = scanned()
    first, second = reports_of(b"x" * 60)
    assert each.receive(first, 100) == ()
    assert each.receive(second, 108) == (code(b"x" * 60, began_ms=100),)


def test_report_of_nothing_is_nothing() -> None:
    assert received(scanned(), counted(b""), counted(b"A")) == [code(b"A")]


def test_reports_of_other_kinds_are_ignored() -> None:
    each = scanned()
    first, second = reports_of(b"x" * 60)
    assert received(each, first, b"\x03\x01\x02", b"", second) == [code(b"x" * 60)]


@pytest.mark.parametrize("octets", [b"\x02", counted(b"A")[:-1], b"\x02\x39" + bytes(62)])
def test_report_unlike_its_description_is_dropped(octets: bytes) -> None:
    each = scanned()
    assert received(each, octets, counted(b"B")) == [DataFault.BROKEN, code(b"B")]


def test_broken_report_drops_the_code_it_belongs_to() -> None:
    first, second = reports_of(b"x" * 60)
    assert received(scanned(), first, second[:-1], counted(b"B")) == [
        DataFault.CUT_OFF,
        DataFault.BROKEN,
        code(b"B"),
    ]


def test_rest_that_comes_too_late_is_another_code() -> None:
    first, second = reports_of(b"x" * 60)
    each = scanned()
    each.receive(first, 0)
    assert each.receive(second, PIECE_GAP_MS_MAX) == (code(b"x" * 60),)
    each.receive(first, 0)
    assert each.receive(counted(b"B"), PIECE_GAP_MS_MAX + 1) == (
        DataFault.CUT_OFF,
        code(b"B", began_ms=PIECE_GAP_MS_MAX + 1),
    )


def test_piece_of_another_symbology_is_another_code() -> None:
    first, _ = reports_of(b"x" * 60)
    assert received(scanned(), first, counted(b"590", aim=b"]E0")) == [
        DataFault.CUT_OFF,
        code(b"590", aim=b"]E0"),
    ]


def test_qr_codes_alone_pass_when_asked() -> None:
    each = scanned(qr_only=True)
    reports = [counted(b"A", aim=aim) for aim in (b"]Q1", b"]E0", b"\0\0\0", b"]Q2")]
    assert received(each, *reports) == [
        code(b"A"),
        DataFault.NO_QR,
        DataFault.NO_QR,
        code(b"A", aim=b"]Q2"),
    ]


def test_escapes_that_the_identifier_announces_are_taken_out() -> None:
    escaped = rb"\000026A\\B"
    reports = [counted(escaped, aim=aim) for aim in (b"]Q2", b"]Q1", b"\0\0\0")]
    assert received(scanned(), *reports) == [
        code(rb"A\B", aim=b"]Q2"),
        code(escaped),
        code(escaped, aim=b""),
    ]
    assert received(scanned(), counted(rb"A\B", aim=b"]Q2")) == [DataFault.BAD_ECI]


def test_code_that_looks_like_an_identifier_is_left_whole() -> None:
    assert received(scanned(), counted(b"]Q1A"), counted(b"]Q1", aim=b"\0\0\0")) == [
        code(b"]Q1A"),
        code(b"]Q1", aim=b""),
    ]


@pytest.mark.parametrize("aim", [b"]Q\0", b"abc", b"Q1]", b"   "])
def test_identifier_that_is_none_says_nothing(aim: bytes) -> None:
    assert received(scanned(), counted(b"A", aim=aim)) == [code(b"A", aim=b"")]
    assert received(scanned(qr_only=True), counted(b"A", aim=aim)) == [DataFault.NO_QR]


def test_code_of_nothing_but_escapes_is_none() -> None:
    assert received(scanned(), counted(rb"\000026", aim=b"]Q2")) == [DataFault.BAD_ECI]


def test_code_of_the_limit_passes_and_one_octet_more_is_dropped_whole() -> None:
    each = scanned()
    most = bytes(PAYLOAD_BYTES_MAX)
    assert received(each, *reports_of(most)) == [code(most)]
    assert received(each, *reports_of(most + b"x" * 200), counted(b"B")) == [
        DataFault.TOO_LONG,
        code(b"B"),
    ]


def test_code_without_an_end_eats_no_memory() -> None:
    each = scanned()
    for _ in range(1_000):
        assert each.receive(counted(b"x" * 56, more=True), 0) == ()
        assert len(each._pieces) <= PAYLOAD_BYTES_MAX


def test_maker_without_a_flag_sends_a_code_a_report() -> None:
    layout = scanner_layout(NEWLAND)
    where = layout.reports[2]
    assert (where.count, where.data, where.continued) == (slice(1, 2), slice(5, 61), None)
    each = ScannedData(layout, qr_only=False)
    report = b"\x02\x03\0\0\0" + b"ABC".ljust(56, b"\0") + b"Q"
    assert each.receive(report, 0) == (code(b"ABC", aim=b""),)


def test_padding_is_taken_off_where_no_count_is_told() -> None:
    each = ScannedData(scanner_layout(UNCOUNTED), qr_only=True)
    assert received(each, b"\x01]Q1" + b"ABC".ljust(16, b"\0") + b"\0") == [code(b"ABC")]
    full = b"\x01]Q1" + b"x" * 16
    assert received(each, full + b"\1", b"\x01]Q1" + b"y".ljust(16, b"\0") + b"\0") == [
        code(b"x" * 16 + b"y")
    ]


def test_octets_that_may_be_padding_are_not_guessed() -> None:
    each = ScannedData(scanner_layout(UNCOUNTED), qr_only=False)
    assert received(each, b"\x01]Q1" + b"A\0B".ljust(16, b"\0") + b"\0") == [DataFault.BROKEN]


def test_device_without_report_numbers_is_read_from_its_first_octet() -> None:
    layout = scanner_layout(COUNTED.replace(b"\x85\x02", b""))
    each = ScannedData(layout, qr_only=False)
    assert each.receive(counted(b"A")[1:], 0) == (code(b"A"),)


@pytest.mark.parametrize(
    ("descriptor", "words"),
    [
        (bytes.fromhex("0501 0906 a101 c0"), "no point-of-sale scanner"),
        (b"", "no point-of-sale scanner"),
        (bytes.fromhex("058c 0902 a101 7508 9501 09fb 8102 c0"), "no report with scanned data"),
        (bytes.fromhex("058c 0902 a101 7501 9508 09fe 8102 c0"), "whole octets"),
        (bytes.fromhex("058c 0902 a101 7501 9501 8103 7508 09fe 8102 c0"), "whole octets"),
        (bytes.fromhex("058c 0902 a101 7508 9501 09fe 8102 09fe 8102 c0"), "in two places"),
    ],
)
def test_descriptor_that_is_no_scanners_is_refused(descriptor: bytes, words: str) -> None:
    with pytest.raises(DescriptorError, match=words):
        scanner_layout(descriptor)


@given(st.lists(st.binary(max_size=70), max_size=20))
def test_noise_never_ends_in_more_than_its_octets(reports: list[bytes]) -> None:
    each = scanned()
    for report in reports:
        for outcome in each.receive(b"\x02" + report, 0):
            if isinstance(outcome, ReportedCode):
                assert 0 < len(outcome.payload) <= PAYLOAD_BYTES_MAX
