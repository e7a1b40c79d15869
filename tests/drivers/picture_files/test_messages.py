from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.messages import MalformedMessage, Result, result_message
from drivers.picture_files.flaws import Flaw, flaw_words
from drivers.picture_files.messages import (
    DRAWING_BYTES_MAX,
    SUFFIXES,
    draw_message,
    drawn_message,
    file_answer,
    file_message,
    flaw_message,
    parse_draw,
    parse_drawn,
    parse_file,
    parse_file_answer,
    parse_flaw,
    parse_frame_look,
    parse_lines,
    ready_message,
    spent_note,
    unable_message,
)
from drivers.reading import Look, Sign

PARSERS: tuple[Callable[[bytes], Any], ...] = (
    parse_draw, parse_drawn, parse_file, parse_file_answer, parse_flaw, parse_frame_look,
    parse_lines,
)  # fmt: skip


def test_what_is_said_is_understood() -> None:
    assert parse_file(file_message(30_000).body) == 30_000
    assert [parse_file_answer(file_answer(is_still=one).body) for one in (False, True)] == [0, 1]
    for flaw in Flaw:
        assert parse_flaw(flaw_message(flaw).body) is flaw
    for suffix in SUFFIXES:
        assert parse_draw(draw_message(suffix, with_text=True).body) == (suffix, True)
    assert parse_lines(ready_message(()).body) == ()
    assert parse_lines(ready_message(("no ZBar", "no other")).body) == ("no ZBar", "no other")
    assert parse_lines(unable_message("no\nOpenCV").body) == ("no OpenCV",)


@pytest.mark.parametrize("spent_ms", [0, 1, 2**32 - 1])
def test_look_carries_how_long_it_took(spent_ms: int) -> None:
    look = Look(readings=(), sign=Sign.NOTHING, note=spent_note(spent_ms))
    told = parse_frame_look(result_message(Result(number=7, look=look)).body)
    assert (told.number, told.spent_ms) == (7, spent_ms)


def test_look_without_its_note_is_refused() -> None:
    message = result_message(Result(number=7, look=Look(readings=(), sign=Sign.NOTHING)))
    with pytest.raises(MalformedMessage):
        parse_frame_look(message.body)


def test_drawing_is_as_large_as_its_memory_at_most() -> None:
    assert parse_drawn(drawn_message(DRAWING_BYTES_MAX).body) == DRAWING_BYTES_MAX
    with pytest.raises(MalformedMessage, match="a drawing of"):
        parse_drawn(drawn_message(DRAWING_BYTES_MAX + 1).body)


def test_text_is_bounded() -> None:
    assert parse_lines(b"x" * 2_000) == ("x" * 2_000,)
    with pytest.raises(MalformedMessage):
        parse_lines(b"x" * 2_001)


def test_suffix_that_is_no_pictures_is_no_order() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        draw_message(".txt", with_text=False)
    with pytest.raises(MalformedMessage, match="no kind"):
        parse_draw(bytes((len(SUFFIXES), 0)))


@given(st.binary(max_size=64))
def test_noise_is_understood_or_refused(octets: bytes) -> None:
    for parse in PARSERS:
        with suppress(MalformedMessage):
            parse(octets)


def test_every_flaw_has_words_that_name_the_file() -> None:
    assert all(flaw_words(flaw, "a.png").startswith("a.png ") for flaw in Flaw)
