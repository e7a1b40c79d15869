import pytest

from protocol.snapshot import MARKS_MAX, CardMark, Marks, PhoneMark, read_marks
from verifier.model import UnixSeconds

NAME = "0a" * 16
MARKS = Marks(
    phones=(PhoneMark(pseudonym=NAME, iat=UnixSeconds(7), at=UnixSeconds(9)),),
    cards=(CardMark(pseudonym=NAME, at=UnixSeconds(8), lane="gate-1"),),
)


def test_marks_round_trip() -> None:
    members = MARKS.members()
    assert members == {"phones": [[NAME, 7, 9]], "cards": [[NAME, 8, "gate-1"]]}
    assert read_marks(members["phones"], members["cards"]) == MARKS
    assert read_marks([], []) == Marks()


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
        read_marks(phones, cards)


def test_mark_of_the_last_moment_and_longest_lane_is_one() -> None:
    last = (1 << 63) - 1
    marks = read_marks([[NAME, last, last]], [[NAME, last, "x" * 16]])
    assert (marks.phones[0].iat, marks.cards[0].lane) == (last, "x" * 16)


def test_the_limit_on_marks_is_exact() -> None:
    mark = [NAME, 7, 9]
    assert len(read_marks([mark] * MARKS_MAX, []).phones) == MARKS_MAX
    with pytest.raises(ValueError, match="more than"):
        read_marks([mark] * MARKS_MAX, [[NAME, 8, "gate-1"]])


def test_marks_come_in_parts_that_miss_none() -> None:
    many = Marks(phones=MARKS.phones * 5, cards=MARKS.cards * 2)
    parts = list(many.parts(2))
    assert [(len(part.phones), len(part.cards)) for part in parts] == [(2, 2), (2, 0), (1, 0)]
    assert list(Marks().parts(2)) == []
