import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.serial_line.octet_text import OCTETS_MAX, octets_of, text_of


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("CR", b"\r"),
        ("CRLF", b"\r\n"),
        ("0D 0a", b"\r\n"),
        ("SYN 'M' CR 'PAPHHF!'", b"\x16M\rPAPHHF!"),
        ("7E 00 08", b"\x7e\x00\x08"),
        ("'~' SOH '0000#C11*;' ETX", b"~\x010000#C11*;\x03"),
        ("FF", b"\xff"),
        ("'two words'", b"two words"),
        ("SP  SP", b"  "),
    ],
)
def test_octets_are_as_a_technician_spells_them(text: str, octets: bytes) -> None:
    assert octets_of(text) == octets


@pytest.mark.parametrize(
    "text",
    ["", "CR,LF", "hello", "0", "0D0A", "XYZ", "'open", "''", "CR 'é'", "\r", " CR", "'a'CR"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not understood|0 octets"):
        octets_of(text)


def test_what_is_refused_is_shown_from_where_it_goes_wrong() -> None:
    with pytest.raises(ValueError, match="at 'oops': write hex pairs"):
        octets_of("SYN 'T' oops")


def test_longest_text_fits_and_no_longer_one() -> None:
    assert len(octets_of("'" + "x" * OCTETS_MAX + "'")) == OCTETS_MAX
    with pytest.raises(ValueError, match="257 octets"):
        octets_of("'" + "x" * (OCTETS_MAX + 1) + "'")


@given(st.binary(min_size=1, max_size=OCTETS_MAX))
def test_what_is_written_is_read_as_the_same_octets(octets: bytes) -> None:
    assert octets_of(text_of(octets)) == octets


def test_octets_are_written_as_a_technician_would() -> None:
    assert text_of(b"\x02GATE 7\r") == "STX 'GATE 7' CR"
    assert text_of(b"it's\xff") == "'it' 27 's' FF"
    for octets in (b"", bytes(OCTETS_MAX + 1)):
        with pytest.raises(ValueError, match="octets; there must be"):
            text_of(octets)
