import pytest

from protocol.snapshot import (
    MARKS_MAX,
    AnswerMark,
    CardMark,
    KeyMark,
    Marks,
    PhoneMark,
    UseMark,
    read_marks,
)
from protocol.use import AMOUNT_MAX, TEXT_OCTETS_MAX
from verifier.model import UnixSeconds

NAME = "0a" * 16
MARKS = Marks(
    phones=(PhoneMark(pseudonym=NAME, iat=UnixSeconds(7), at=UnixSeconds(9)),),
    cards=(CardMark(pseudonym=NAME, at=UnixSeconds(8), lane="gate-1"),),
)
USE = UseMark(
    pseudonym=NAME,
    epoch=1,
    seq=2,
    at=UnixSeconds(3),
    zone="hall",
    profile="gate",
    direction="in",
    currency="CNY",
    amount_minor=4,
    is_online=True,
)
KEY = KeyMark(digest=NAME, epoch=1, seq=2, at=UnixSeconds(3), is_final=False)
ANSWER = AnswerMark(seq=2, by_seq=3)


def test_marks_round_trip() -> None:
    members = MARKS.members()
    assert members == {"phones": [[NAME, 7, 9]], "cards": [[NAME, 8, "gate-1"]]}
    assert read_marks(members) == MARKS
    assert read_marks({"phones": [], "cards": []}) == Marks()


def test_marks_of_uses_round_trip_and_stand_only_where_there_are_some() -> None:
    marks = Marks(uses=(USE,), keys=(KEY,), answered=(ANSWER,))
    members = marks.members()
    assert members == {
        "phones": [],
        "cards": [],
        "uses": [[NAME, 1, 2, 3, "hall", "gate", "in", "CNY", 4, 1]],
        "keys": [[NAME, 1, 2, 3, 0]],
        "answered": [[2, 3]],
    }
    assert read_marks(members) == marks


ROW = list(USE.row())


@pytest.mark.parametrize(
    "members",
    [
        {"uses": {}},
        {"uses": [ROW[:-1]]},
        {"uses": [[NAME[:-1], *ROW[1:]]]},
        {"uses": [[*ROW[:3], -1, *ROW[4:]]]},
        {"uses": [[*ROW[:4], "z" * (TEXT_OCTETS_MAX + 1), *ROW[5:]]]},
        {"uses": [[*ROW[:5], 'a"b', *ROW[6:]]]},
        {"uses": [[*ROW[:6], "up", *ROW[7:]]]},
        {"uses": [[*ROW[:7], "CN", *ROW[8:]]]},
        {"uses": [[*ROW[:8], AMOUNT_MAX + 1, ROW[9]]]},
        {"uses": [[*ROW[:9], 2]]},
        {"keys": [[NAME, 1, 2, 3]]},
        {"keys": [[NAME, 1, 2, 3, 2]]},
        {"keys": [["x" * 32, 1, 2, 3, 0]]},
        {"answered": [[2]]},
        {"answered": [[2, -1]]},
        {"answered": [["2", 3]]},
    ],
)
def test_marks_of_uses_out_of_form_are_refused(members: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="mark"):
        read_marks({"phones": [], "cards": [], **members})


@pytest.mark.parametrize(
    ("phones", "cards"),
    [
        (None, []),
        ([], {}),
        ([[NAME, 7]], []),
        ([[NAME, "7", 9]], []),
        ([[NAME[:-1], 7, 9]], []),
        ([[NAME.upper(), 7, 9]], []),
        ([7], []),
        ([], [[NAME, 8]]),
        ([], [[NAME, 8, 8]]),
        ([[NAME, 1 << 63, 9]], []),
        ([[NAME, 7, 1 << 63]], []),
        ([[NAME, -1, 9]], []),
        ([], [[NAME, 1 << 63, "gate-1"]]),
        ([], [[NAME, 8, "x" * 17]]),
        ([], [[NAME, 8, "\u00e4" * 8]]),
        ([], [[NAME, 8, "\x00"]]),
        ([], ["abc"]),
    ],
)
def test_marks_out_of_form_are_refused(phones: object, cards: object) -> None:
    with pytest.raises(ValueError, match="mark"):
        read_marks({"phones": phones, "cards": cards})


def test_mark_of_the_last_moment_and_longest_lane_is_one() -> None:
    last = (1 << 63) - 1
    marks = read_marks({"phones": [[NAME, last, last]], "cards": [[NAME, last, "x" * 16]]})
    assert (marks.phones[0].iat, marks.cards[0].lane) == (last, "x" * 16)


def test_the_limit_on_marks_is_exact() -> None:
    mark = [NAME, 7, 9]
    assert len(read_marks({"phones": [mark] * MARKS_MAX, "cards": []}).phones) == MARKS_MAX
    with pytest.raises(ValueError, match="more than"):
        read_marks({"phones": [mark] * MARKS_MAX, "cards": [[NAME, 8, "gate-1"]]})


def test_marks_come_in_parts_that_miss_none() -> None:
    many = Marks(phones=MARKS.phones * 5, cards=MARKS.cards * 2)
    parts = list(many.parts(2, 1))
    assert [(len(part.phones), len(part.cards)) for part in parts] == [(2, 2), (2, 0), (1, 0)]
    assert list(Marks().parts(2, 1)) == []


def test_marks_of_uses_come_in_parts_that_miss_none() -> None:
    many = Marks(cards=MARKS.cards, uses=(USE,) * 3, keys=(KEY,) * 3, answered=(ANSWER,))
    parts = [
        (len(part.cards), len(part.uses), len(part.keys), len(part.answered))
        for part in many.parts(2, 1)
    ]
    assert parts == [(1, 0, 0, 0), *[(0, 1, 0, 0)] * 3, (0, 0, 2, 1), (0, 0, 1, 0)]
