import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.escpos.status import PrinterState, state_of


@pytest.mark.parametrize(
    ("octets", "state"),
    [
        (b"\x12\x12\x12", PrinterState()),
        (b"\x1a\x32\x72", PrinterState(is_offline=True, is_paper_out=True)),
        (b"\x1a\x16\x12", PrinterState(is_offline=True, is_cover_open=True)),
        (b"\x1a\x52\x12", PrinterState(is_offline=True, has_error=True)),
        (b"\x1a\x12\x12", PrinterState(is_offline=True)),
        (b"\x12\x12\x1e", PrinterState(is_paper_low=True)),
        (b"\x12\x12\x72", PrinterState(is_paper_out=True)),
    ],
)
def test_what_a_printer_says_is_understood(octets: bytes, state: PrinterState) -> None:
    assert state_of(octets) == state


@pytest.mark.parametrize("octets", [b"", b"\x12", b"\x12\x12", b"\x12" * 4, b"\x13\x12\x12"])
def test_what_are_no_three_answers_says_nothing(octets: bytes) -> None:
    assert state_of(octets) is None


@given(st.binary(max_size=8))
def test_noise_is_never_more_than_a_state(octets: bytes) -> None:
    state = state_of(octets)
    assert state is None or isinstance(state.trouble, str)


def test_each_trouble_has_its_remedy() -> None:
    assert PrinterState().trouble == ""
    assert "new roll" in PrinterState(is_paper_out=True, is_offline=True).trouble
    assert "close" in PrinterState(is_cover_open=True, is_offline=True).trouble
    assert "switch it off" in PrinterState(has_error=True).trouble
    assert "ONLINE" in PrinterState(is_offline=True).trouble
    assert "new roll" in PrinterState(is_paper_low=True).remark
