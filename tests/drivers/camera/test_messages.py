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
from drivers.reading import READINGS_MAX, Reading

MESSAGES = st.builds(Message, kind=st.sampled_from(Kind), body=st.binary(max_size=40))
READINGS = st.builds(
    Reading, payload=st.binary(min_size=1, max_size=50), engine=st.sampled_from(["zxing", "zbar"])
)


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


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x09", b"\x01\x01"])
def test_unknown_trouble_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedMessage, match="trouble"):
        parse_trouble(body)


@given(readings=st.lists(READINGS, max_size=READINGS_MAX))
def test_results_round_trip_and_no_cut_passes(readings: list[Reading]) -> None:
    result = Result(number=7, readings=tuple(readings))
    body = result_message(result).body
    assert parse_result(body) == result
    for wrong in (body[:-1], body + b"x"):
        with pytest.raises(MalformedMessage):
            parse_result(wrong)


@pytest.mark.parametrize(
    ("count", "length", "fits"),
    [
        (READINGS_MAX, PAYLOAD_BYTES_MAX, True),
        (READINGS_MAX + 1, 1, False),
        (1, PAYLOAD_BYTES_MAX + 1, False),
    ],
)
def test_result_exactly_on_its_limits_passes(count: int, length: int, *, fits: bool) -> None:
    reading = Reading(payload=b"7" * length, engine="zbar")
    body = result_message(Result(number=1, readings=(reading,) * count)).body
    assert (len(body) <= BODY_BYTES_MAX) is (fits or count * length < BODY_BYTES_MAX)
    if fits:
        assert len(parse_result(body).readings) == count
    else:
        with pytest.raises(MalformedMessage, match="limits"):
            parse_result(body)


def test_unknown_engine_is_malformed() -> None:
    body = bytearray(
        result_message(Result(number=1, readings=(Reading(payload=b"A", engine="zbar"),))).body
    )
    body[9] = 2
    with pytest.raises(MalformedMessage):
        parse_result(bytes(body))


@given(body=st.binary(max_size=60))
def test_noise_is_malformed_or_within_limits(body: bytes) -> None:
    try:
        result = parse_result(body)
    except MalformedMessage:
        return
    assert result_message(result).body == body
