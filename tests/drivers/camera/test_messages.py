import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import PAYLOAD_BYTES_MAX
from drivers.camera.messages import (
    BODY_BYTES_MAX,
    SLOT_BYTES,
    FrameNote,
    Kind,
    MalformedMessage,
    Message,
    MessageReader,
    Result,
    Trouble,
    encoded,
    frame_message,
    parse_frame,
    parse_result,
    parse_trouble,
    result_message,
    trouble_message,
)
from drivers.reading import NOTE_BYTES_MAX, READINGS_MAX, RUNGS, Look, Reading, Sign

MESSAGES = st.builds(Message, kind=st.sampled_from(Kind), body=st.binary(max_size=40))
PIXELS = st.integers(-32_767, 32_767)
POINTS = st.tuples(PIXELS, PIXELS)
READINGS = st.builds(
    Reading,
    payload=st.binary(min_size=1, max_size=50),
    engine=st.sampled_from(["zxing", "zbar"]),
    rung=st.sampled_from(RUNGS),
    corners=st.tuples(POINTS, POINTS, POINTS, POINTS),
)


def reading(payload: bytes = b"A", *, x: int = 0) -> Reading:
    corners = ((x, 0), (x + 9, 0), (x + 9, 9), (x, 9))
    return Reading(payload=payload, engine="zbar", rung="plain", corners=corners)


def result(*readings: Reading) -> Result:
    return Result(number=1, look=Look(readings=readings, sign=Sign.READ))


@given(messages=st.lists(MESSAGES, max_size=5), step=st.integers(1, 50))
def test_messages_survive_any_division_of_the_stream(messages: list[Message], step: int) -> None:
    octets = b"".join(encoded(message) for message in messages)
    reader = MessageReader()
    chunks = [octets[at : at + step] for at in range(0, len(octets), step)]
    assert [message for chunk in chunks for message in reader.receive(chunk)] == messages


@pytest.mark.parametrize("octets", [b"\x00\x00\x00\x00\x00", b"\x63\x00\x00\x00\x00"])
def test_unknown_kind_is_malformed(octets: bytes) -> None:
    with pytest.raises(MalformedMessage, match="kind"):
        MessageReader().receive(octets)


def test_body_over_the_limit_is_malformed_before_it_comes() -> None:
    head = b"\x06" + (BODY_BYTES_MAX + 1).to_bytes(4)
    with pytest.raises(MalformedMessage, match="octets"):
        MessageReader().receive(head)
    whole = b"\x06" + BODY_BYTES_MAX.to_bytes(4) + bytes(BODY_BYTES_MAX)
    assert len(MessageReader().receive(whole)) == 1


def test_note_round_trips() -> None:
    note = FrameNote(number=2**40, width=1920, height=1200, seen_ms=2**41)
    assert parse_frame(frame_message(note).body) == note


@pytest.mark.parametrize(
    ("width", "height"), [(0, 1), (1, 0), (1920, 1201), (65_535, 65_535), (SLOT_BYTES // 40, 41)]
)
def test_frame_that_does_not_fit_the_slot_is_malformed(width: int, height: int) -> None:
    note = FrameNote(number=1, width=width, height=height, seen_ms=0)
    with pytest.raises(MalformedMessage, match="frame"):
        parse_frame(frame_message(note).body)


@pytest.mark.parametrize("trouble", Trouble)
def test_troubles_round_trip(trouble: Trouble) -> None:
    assert parse_trouble(trouble_message(trouble).body) is trouble


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x0a", b"\x01\x01"])
def test_unknown_trouble_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedMessage, match="trouble"):
        parse_trouble(body)


@given(
    readings=st.lists(READINGS, max_size=READINGS_MAX),
    sign=st.sampled_from(Sign),
    note=st.binary(max_size=NOTE_BYTES_MAX),
)
def test_results_round_trip_and_no_cut_passes(
    readings: list[Reading], sign: Sign, note: bytes
) -> None:
    told = Result(number=7, look=Look(readings=tuple(readings), sign=sign, note=note))
    body = result_message(told).body
    assert parse_result(body) == told
    for wrong in (body[:-1], body + b"x"):
        with pytest.raises(MalformedMessage):
            parse_result(wrong)


@pytest.mark.parametrize(
    ("count", "length", "fits"),
    [
        (READINGS_MAX, PAYLOAD_BYTES_MAX, True),
        (READINGS_MAX + 1, 1, False),
        (1, PAYLOAD_BYTES_MAX + 1, False),
        (1, 0, False),
    ],
)
def test_result_exactly_on_its_limits_passes(count: int, length: int, *, fits: bool) -> None:
    body = result_message(result(*[reading(b"7" * length)] * count)).body
    assert (len(body) <= BODY_BYTES_MAX) is (fits or count * length < BODY_BYTES_MAX)
    if fits:
        assert len(parse_result(body).look.readings) == count
    else:
        with pytest.raises(MalformedMessage, match="limits"):
            parse_result(body)


def test_note_over_its_limit_is_malformed() -> None:
    look = Look(readings=(), sign=Sign.NOTHING, note=bytes(NOTE_BYTES_MAX + 1))
    with pytest.raises(MalformedMessage, match="limits"):
        parse_result(result_message(Result(number=1, look=look)).body)


@pytest.mark.parametrize(("place", "octet"), [(8, 3), (12, 2), (13, len(RUNGS))])
def test_unknown_sign_engine_or_rung_is_malformed(place: int, octet: int) -> None:
    body = bytearray(result_message(result(reading())).body)
    body[place] = octet
    with pytest.raises(MalformedMessage):
        parse_result(bytes(body))


def test_a_corner_far_outside_is_told_as_far_as_can_be_said() -> None:
    told = parse_result(result_message(result(reading(x=70_000))).body)
    assert told.look.readings[0].corners[0] == (32_767, 0)


@given(body=st.binary(max_size=60))
def test_noise_is_malformed_or_within_limits(body: bytes) -> None:
    try:
        told = parse_result(body)
    except MalformedMessage:
        return
    assert result_message(told).body == body
