import pytest

from drivers.framing.base import Frame, LineFault, Message, Outcome
from drivers.framing.delimited import Delimited
from drivers.serial_line.answers import ANSWER_BYTES_MAX, Answer, AnswerCutter
from drivers.serial_line.heartbeat import ANSWER_MS_MAX

GM65 = Answer(begin=b"\x02\x00\x00", size=7)
NEWLAND = Answer(begin=b"\x02\x010000", end=b";\x03")
ACK = Answer(begin=b"\x06")
DONE = bytes.fromhex("02 00 00 01 00 33 31")


def frame(payload: bytes) -> Frame:
    return Frame(payload=payload, began_ms=0)


def cutter(*answers: Answer) -> AnswerCutter:
    made = AnswerCutter(Delimited(), answers)
    made.expect(0)
    return made


def test_answer_in_front_of_a_code_is_taken_out() -> None:
    outcomes = cutter(GM65).receive(DONE + b"CODE\r" + DONE, 0)
    assert outcomes == (Message(octets=DONE), frame(b"CODE"), Message(octets=DONE))


def test_answer_may_come_octet_by_octet() -> None:
    stream, came = cutter(GM65), list[Outcome]()
    for octet in DONE + b"CODE\r":
        came += stream.receive(bytes((octet,)), 0)
    assert came == [Message(octets=DONE), frame(b"CODE")]


def test_answer_may_be_of_any_length_up_to_its_end() -> None:
    answer = NEWLAND.begin + b"C11ENA1\x06" + NEWLAND.end
    assert cutter(NEWLAND).receive(answer + b"CODE\r", 0) == (
        Message(octets=answer),
        frame(b"CODE"),
    )


def test_answer_is_its_begin_alone_when_nothing_more_is_said() -> None:
    assert cutter(ACK).receive(b"\x06\x06CODE\r", 0) == (
        Message(octets=b"\x06"),
        Message(octets=b"\x06"),
        frame(b"CODE"),
    )


def test_code_that_begins_like_an_answer_is_a_code() -> None:
    assert cutter(GM65).receive(b"\x02\x00CODE\r", 0) == (frame(b"\x02\x00CODE"),)
    endless = NEWLAND.begin + b"x" * ANSWER_BYTES_MAX
    assert cutter(NEWLAND).receive(endless + b"\r", 0) == (frame(endless),)


def test_octets_within_a_code_are_no_answer() -> None:
    assert cutter(ACK).receive(b"CO\x06DE\r", 0) == (frame(b"CO\x06DE"),)


def test_nothing_is_an_answer_when_nothing_was_asked() -> None:
    stream = cutter(GM65)
    assert stream.receive(DONE + b"\r", ANSWER_MS_MAX) == (
        Frame(payload=DONE, began_ms=ANSWER_MS_MAX),
    )
    assert cutter(GM65).receive(DONE, ANSWER_MS_MAX - 1) == (Message(octets=DONE),)


def test_half_an_answer_is_a_code_s_when_its_time_is_over() -> None:
    stream = cutter(GM65)
    assert stream.receive(DONE[:4], 0) == ()
    assert stream.due_ms == ANSWER_MS_MAX
    assert stream.receive(b"", ANSWER_MS_MAX) == ()
    assert stream.receive(b"", 3 * ANSWER_MS_MAX) == (LineFault.BROKEN_OFF,)


def test_reset_drops_half_an_answer() -> None:
    stream = cutter(GM65)
    stream.receive(DONE[:4], 0)
    stream.reset()
    assert stream.due_ms is None
    assert stream.receive(b"CODE\r", 0) == (frame(b"CODE"),)


@pytest.mark.parametrize(
    "answer",
    [
        {"begin": b""},
        {"begin": b"x", "size": ANSWER_BYTES_MAX + 1},
        {"begin": b"x", "size": 3, "end": b"y"},
        {"begin": b"xy", "size": 1},
    ],
)
def test_answer_that_can_not_be_is_a_bug(answer: dict[str, bytes | int]) -> None:
    with pytest.raises(ValueError, match="answer"):
        Answer(**answer)  # type: ignore[arg-type]  # by name, from the table above
