import json
from dataclasses import replace

import pytest

from protocol.journal import LINE_BYTES_MAX, Draft, line_of, read_line
from protocol.snapshot import AnswerMark, CardMark, KeyMark, Marks, PhoneMark, UseMark
from protocol.snapshot_entry import (
    KEYS_PER_ENTRY,
    MARKS_PER_ENTRY,
    USES_PER_ENTRY,
    SnapshotRecord,
    read_snapshot,
    snapshot_set,
)
from protocol.use import AMOUNT_MAX, TEXT_OCTETS_MAX
from verifier.clock import ClockQuality
from verifier.model import UnixSeconds
from verifier.profile import EntryType

AT = UnixSeconds(1_800_000_000)
PHONE = PhoneMark(pseudonym="ab" * 16, iat=AT, at=AT)
CARD = CardMark(pseudonym="cd" * 16, at=AT, lane="n" * 16)
RECORD = SnapshotRecord(
    through=17, part=2, is_last=True, marks=Marks(phones=(PHONE,), cards=(CARD,))
)


def line(record: SnapshotRecord) -> bytes:
    draft = Draft(at=AT, clock=ClockQuality.TRUSTED, lane="", record=record)
    return line_of(draft, epoch=3, seq=20)


def test_a_part_is_the_line_that_the_protocol_says() -> None:
    expected = (
        '{"epoch":3,"seq":20,"at":1800000000,"clock":"trusted","lane":"","type":"snapshot",'
        '"through":17,"part":2,"last":true,'
        f'"phones":[["{"ab" * 16}",1800000000,1800000000]],'
        f'"cards":[["{"cd" * 16}",1800000000,"{"n" * 16}"]]}}'
    )
    assert line(RECORD).decode() == expected
    told = read_line(line(RECORD))
    assert told.entry_type is EntryType.SNAPSHOT
    assert read_snapshot(told.fields) == RECORD


@pytest.mark.parametrize("mark", [PHONE, CARD])
def test_a_full_part_fits_into_a_line(mark: PhoneMark | CardMark) -> None:
    many = (mark,) * MARKS_PER_ENTRY
    phones = tuple(each for each in many if isinstance(each, PhoneMark))
    cards = tuple(each for each in many if isinstance(each, CardMark))
    largest = replace(
        RECORD, through=(1 << 63) - 1, part=99_999, marks=Marks(phones=phones, cards=cards)
    )
    assert len(line(largest)) < LINE_BYTES_MAX
    read_line(line(largest))


LAST = (1 << 63) - 1
LONGEST_USE = UseMark(
    pseudonym="ab" * 16,
    epoch=LAST,
    seq=LAST,
    at=UnixSeconds(LAST),
    zone="z" * TEXT_OCTETS_MAX,
    profile="p" * TEXT_OCTETS_MAX,
    direction="out",
    currency="CNY",
    amount_minor=AMOUNT_MAX,
    is_online=True,
)
LONGEST_KEY = KeyMark(digest="ab" * 16, epoch=LAST, seq=LAST, at=UnixSeconds(LAST), is_final=True)
LONGEST_ANSWER = AnswerMark(seq=LAST, by_seq=LAST)


@pytest.mark.parametrize(
    "marks",
    [
        Marks(uses=(LONGEST_USE,) * USES_PER_ENTRY),
        Marks(
            keys=(LONGEST_KEY,) * (MARKS_PER_ENTRY // 2),
            answered=(LONGEST_ANSWER,) * (MARKS_PER_ENTRY // 2),
        ),
        Marks(answered=(LONGEST_ANSWER,) * MARKS_PER_ENTRY),
        Marks(keys=(LONGEST_KEY,) * KEYS_PER_ENTRY),
    ],
)
def test_a_full_part_of_uses_fits_into_a_line(marks: Marks) -> None:
    largest = SnapshotRecord(through=LAST, part=99_999, is_last=False, marks=marks)
    draft = Draft(at=UnixSeconds(LAST), clock=ClockQuality.UNTRUSTED, lane="", record=largest)
    octets = line_of(draft, epoch=LAST, seq=LAST)
    assert len(octets) <= LINE_BYTES_MAX
    assert read_snapshot(read_line(octets).fields) == largest


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("through", -1),
        ("through", "17"),
        ("part", None),
        ("last", 1),
        ("phones", {}),
        ("phones", [["ab" * 16, AT]]),
        ("phones", [["ab" * 15, AT, AT]]),
        ("cards", [["cd" * 16, "n", AT]]),
    ],
)
def test_a_part_out_of_form_is_refused(member: str, value: object) -> None:
    fields = json.loads(line(RECORD))
    with pytest.raises(ValueError, match=r"mark|missing"):
        read_snapshot({**fields, member: value})


def test_a_set_tells_every_mark_once_in_numbered_parts() -> None:
    phones = tuple(replace(PHONE, pseudonym=f"{number:032x}") for number in range(90))
    cards = tuple(replace(CARD, pseudonym=f"{number:032x}") for number in range(30))
    parts = snapshot_set(Marks(phones=phones, cards=cards), through=0)
    assert [part.part for part in parts] == list(range(len(parts)))
    assert [part.is_last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert tuple(mark for part in parts for mark in part.marks.phones) == phones
    assert tuple(mark for part in parts for mark in part.marks.cards) == cards
    assert all(len(line(part)) < LINE_BYTES_MAX for part in parts)


def test_nothing_shown_is_a_set_of_one_empty_part() -> None:
    (part,) = snapshot_set(Marks(), through=5)
    assert (part.part, part.is_last, part.marks) == (0, True, Marks())
