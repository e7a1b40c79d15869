import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.aim_note import aim_note, parse_aim_note
from drivers.camera.messages import MalformedMessage
from drivers.decode.figures import Exposure, Measures
from drivers.decode.tally import AimedCode
from drivers.reading import NOTE_BYTES_MAX, READINGS_MAX

PIXELS = st.integers(-32_767, 32_767)
POINTS = st.tuples(PIXELS, PIXELS)
CORNERS = st.tuples(POINTS, POINTS, POINTS, POINTS)
LEVELS = st.integers(0, 255)
FIGURES = st.floats(0, 1e4, width=32)
EXPOSURES = st.builds(Exposure, level=LEVELS, spread=LEVELS, burnt=FIGURES, black=FIGURES)
COUNTED = st.integers(21, 177)
CODES = st.builds(
    AimedCode,
    measures=st.builds(
        Measures, modules=COUNTED, pixels_per_module=FIGURES, blur_px=FIGURES, dark=LEVELS,
        light=LEVELS, burnt=FIGURES, black=FIGURES, glare=FIGURES, covered=FIGURES,
        tilt_degrees=FIGURES,
    ),
    corners=CORNERS,
    is_read=st.booleans(),
)  # fmt: skip
LIT = Exposure(level=100, spread=90, burnt=0.0, black=0.5)


@given(
    exposure=EXPOSURES,
    unread=st.lists(CORNERS, max_size=READINGS_MAX),
    code=st.none() | CODES,
)
def test_notes_round_trip_and_no_cut_passes(
    exposure: Exposure, unread: list[object], code: AimedCode | None
) -> None:
    note = aim_note(exposure, tuple(unread), code)  # type: ignore[arg-type]  # corners, as drawn
    assert len(note) <= NOTE_BYTES_MAX
    assert parse_aim_note(note) == (exposure, tuple(unread), code)
    for wrong in (note[:-1], note + b"x"):
        with pytest.raises(MalformedMessage):
            parse_aim_note(wrong)


def test_modules_that_could_not_be_counted_stay_so() -> None:
    figures = Measures(
        modules=None, pixels_per_module=None, blur_px=1.5, dark=1, light=2, burnt=0.0, black=0.0,
        glare=0.0, covered=0.0, tilt_degrees=0.0,
    )  # fmt: skip
    corners = ((0, 0), (1, 0), (1, 1), (0, 1))
    code = AimedCode(measures=figures, corners=corners, is_read=False)
    assert parse_aim_note(aim_note(LIT, (), code))[2] == code


def test_more_unread_codes_than_are_shown_are_left_out() -> None:
    corners = ((0, 0), (1, 0), (1, 1), (0, 1))
    note = aim_note(LIT, (corners,) * (READINGS_MAX + 5), None)
    assert len(parse_aim_note(note)[1]) == READINGS_MAX


def test_corner_far_outside_is_told_as_far_as_can_be_said() -> None:
    note = aim_note(LIT, (((70_000, -70_000), (1, 0), (1, 1), (0, 1)),), None)
    assert parse_aim_note(note)[1][0][0] == (32_767, -32_767)


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), -1.0])
def test_figure_that_is_none_is_malformed(figure: float) -> None:
    note = bytearray(aim_note(LIT, (), None))
    struct.pack_into("!f", note, 2, figure)
    with pytest.raises(MalformedMessage, match="none"):
        parse_aim_note(bytes(note))


@given(octets=st.binary(max_size=120))
def test_noise_is_malformed_or_within_limits(octets: bytes) -> None:
    try:
        _, unread, _ = parse_aim_note(octets)
    except MalformedMessage:
        return
    assert len(unread) <= READINGS_MAX
