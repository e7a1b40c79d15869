import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.framing.base import LineFault
from drivers.serial_line.content import Aim, Content, Encoding, without_eci

REQUIRED = Content(aim=Aim.REQUIRE)
STRIPPED = Content(aim=Aim.STRIP)


@given(line=st.binary(min_size=1))
def test_nothing_is_changed_unless_asked_for(line: bytes) -> None:
    assert Content().read(line) == line


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (b"]Q1CODE", b"CODE"),
        (b"]Q0CODE", b"CODE"),
        (b"]Q3CODE", b"CODE"),
        (b"]Q1]Q1CODE", b"]Q1CODE"),  # once
        (b"]Q1\\000026", b"\\000026"),  # no ECI: they are the code's own
        (b"]Q2\\000026CODE", b"CODE"),
        (b"]Q4\\000026CODE", b"CODE"),
        (b"]Q6\\000026CODE", b"CODE"),
        (b"]Q3\\000026", b"\\000026"),
        (b"]Q5\\000026", b"\\000026"),
        (b"]E05901234123457", LineFault.NO_QR),
        (b"]Q7CODE", LineFault.NO_QR),
        (b"CODE", LineFault.NO_AIM_PREFIX),
        (b"]Q", LineFault.NO_AIM_PREFIX),
        (b"]Q1", LineFault.TOO_SHORT),
    ],
)
def test_aim_prefix_of_a_qr_code_is_asked_for_and_taken_off(
    line: bytes, read: bytes | LineFault
) -> None:
    assert REQUIRED.read(line) == read


@pytest.mark.parametrize(
    ("line", "read"),
    [(b"]Q1CODE", b"CODE"), (b"]E0123", b"123"), (b"CODE", b"CODE"), (b"]!!CODE", b"]!!CODE")],
)
def test_aim_prefix_is_taken_off_where_there_is_one(line: bytes, read: bytes) -> None:
    assert STRIPPED.read(line) == read


@pytest.mark.parametrize(
    ("sent", "octets"),
    [
        (rb"\000026CODE", b"CODE"),
        (rb"A\000026B\000003C", b"ABC"),
        (rb"A\\B", rb"A\B"),
        (rb"\\000026", rb"\000026"),
        (rb"\\\000026", b"\\"),
        (b"\\000026\xe5\x8d\xa1", b"\xe5\x8d\xa1"),
        (b"", b""),
        (b"\\", LineFault.BAD_ECI),
        (rb"A\B", LineFault.BAD_ECI),
        (rb"\00002", LineFault.BAD_ECI),
        (rb"\\\ ", LineFault.BAD_ECI),
        (rb"\00002\\6", LineFault.BAD_ECI),
    ],
)
def test_eci_is_undone_exactly_or_not_at_all(sent: bytes, octets: bytes | LineFault) -> None:
    assert without_eci(sent) == octets


@given(octets=st.binary(), places=st.lists(st.integers(0, 50), max_size=3))
def test_whatever_is_sent_with_eci_comes_back(octets: bytes, places: list[int]) -> None:
    """A scanner doubles backslashes and puts designators between octets."""
    sent = b"".join(
        (rb"\000026" if place in places else b"") + bytes((octet,)).replace(b"\\", rb"\\")
        for place, octet in enumerate(octets)
    )
    assert without_eci(sent) == octets


def test_eci_without_an_aim_prefix_is_undone_where_it_is_set() -> None:
    assert Content(is_eci=True).read(rb"\000026A\\B") == rb"A\B"


def test_preamble_and_code_id_stand_before_the_aim_prefix() -> None:
    content = Content(preambles=(b"QR", b"QR:"), code_id_bytes=1, aim=Aim.REQUIRE)
    assert content.read(b"QR:s]Q1CODE") == b"CODE"
    assert content.read(b"QRs]Q1CODE") == b"CODE"
    assert content.read(b"s]Q1CODE") is LineFault.NO_PREAMBLE


@pytest.mark.parametrize(
    ("encoding", "line", "read"),
    [
        (Encoding.HEX, b"00fF0d", b"\x00\xff\r"),
        (Encoding.HEX, b"00f", LineFault.BAD_DUMP),
        (Encoding.HEX, b"0g", LineFault.BAD_DUMP),
        (Encoding.BASE64, b"AP8=", b"\x00\xff"),
        (Encoding.BASE64, b"AP8", LineFault.BAD_DUMP),
        (Encoding.BASE64, b"A P8=", LineFault.BAD_DUMP),
    ],
)
def test_dumps_are_read_strictly(encoding: Encoding, line: bytes, read: bytes | LineFault) -> None:
    assert Content(encoding=encoding).read(line) == read


def test_capitals_are_made_last() -> None:
    assert Content(is_upper=True, encoding=Encoding.HEX).read(b"61e4") == b"A\xe4"


@pytest.mark.parametrize(("size", "read"), [(3, LineFault.TOO_SHORT), (4, b"xxxx")])
def test_shortest_code_is_taken_and_no_shorter_one(size: int, read: bytes | LineFault) -> None:
    assert Content(bytes_min=4).read(b"x" * size) == read
