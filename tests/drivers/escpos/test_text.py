import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.escpos.text import Encoding, columns, text_octets, wrapped


@given(st.text(), st.sampled_from(Encoding))
def test_no_text_holds_a_command_of_the_printer(text: str, encoding: Encoding) -> None:
    octets = text_octets(text, encoding)
    assert not [octet for octet in octets if octet < 0x20 or octet == 0x7F]


@pytest.mark.parametrize("encoding", [Encoding.GB18030, Encoding.GBK, Encoding.UTF_8])
def test_chinese_is_written_as_the_printer_reads_it(encoding: Encoding) -> None:
    assert text_octets("收据 12.50", encoding).decode(encoding.value) == "收据 12.50"


def test_what_is_not_in_the_encoding_is_a_question_mark() -> None:
    assert text_octets("收据 ok", Encoding.CP437) == b"?? ok"


@given(st.text(st.characters(exclude_categories=["C", "Z"])), st.integers(2, 48))
def test_no_line_is_wider_than_the_paper_and_nothing_is_lost(text: str, width: int) -> None:
    lines = list(wrapped(text, width))
    assert lines
    assert all(columns(line) <= width for line in lines)
    assert "".join(lines) == text


def test_words_are_kept_whole_where_they_fit() -> None:
    assert list(wrapped("please take your receipt", 12)) == ["please take", "your receipt"]
    assert list(wrapped("a electroencephalogram", 12)) == ["a electroenc", "ephalogram"]
    assert list(wrapped("医保账户支付", 5)) == ["医保", "账户", "支付"]
    assert list(wrapped("", 32)) == [""]


def test_a_line_that_fits_exactly_is_one() -> None:
    assert list(wrapped("x" * 32, 32)) == ["x" * 32]
    assert list(wrapped("x" * 33, 32)) == ["x" * 32, "x"]


def test_paper_of_one_column_is_a_bug() -> None:
    with pytest.raises(ValueError, match="two columns"):
        list(wrapped("x", 1))
