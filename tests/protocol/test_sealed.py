import base64
import json
from dataclasses import replace

import pytest

from protocol.journal import LINE_BYTES_MAX, Draft, PresentationRecord, line_of, read_line
from protocol.keys import OpeningKey, seal_to
from protocol.sealed import (
    DETAILS_BYTES_MAX,
    TEXT_BYTES_MAX,
    Sealed,
    open_details,
    read_sealed,
    seal_details,
)
from tests.support.journals import draft
from verifier.trust import kid_of

KEY, OTHER = OpeningKey(bytes(range(32))), OpeningKey(bytes(range(32, 64)))
DETAILS = {"account": "6222-0000", "note": "自费"}


def line(sealed: Sealed | None) -> bytes:
    made = draft()
    assert isinstance(made.record, PresentationRecord)
    whole = Draft(
        at=made.at, clock=made.clock, lane=made.lane, record=replace(made.record, sealed=sealed)
    )
    return line_of(whole, epoch=1, seq=1)


def test_only_the_centre_reads_what_was_sealed_to_it() -> None:
    sealed = seal_details(DETAILS, KEY.public)
    assert sealed.kid == kid_of(KEY.public)
    assert open_details(sealed, KEY) == DETAILS
    with pytest.raises(ValueError, match="does not open"):
        open_details(sealed, OTHER)
    assert b"6222" not in line(sealed)


def test_a_line_carries_key_and_box_and_one_without_details_is_as_it_always_was() -> None:
    sealed = seal_details(DETAILS, KEY.public)
    fields = read_line(line(sealed)).fields
    assert list(fields)[-1] == "sealed"
    assert fields["sealed"] == {
        "key": kid_of(KEY.public).hex(),
        "box": base64.urlsafe_b64encode(sealed.box).rstrip(b"=").decode(),
    }
    assert read_sealed(fields["sealed"]) == sealed
    assert b"sealed" not in line(None)


def test_the_length_of_a_box_does_not_tell_an_account_from_a_diagnosis() -> None:
    sizes = {len(seal_details({"n": "x" * size}, KEY.public).box) for size in range(60)}
    assert len(sizes) == 1


@pytest.mark.parametrize("flipped", [0, 31, 32, 47, 48, -1])
def test_an_altered_box_does_not_open(flipped: int) -> None:
    sealed = seal_details(DETAILS, KEY.public)
    box = bytearray(sealed.box)
    box[flipped] ^= 1
    with pytest.raises(ValueError, match="does not open"):
        open_details(replace(sealed, box=bytes(box)), KEY)


def test_the_largest_details_fit_into_a_line_and_larger_ones_are_our_own_bug() -> None:
    room = DETAILS_BYTES_MAX - len('{"n":""}')
    sealed = seal_details({"n": "x" * room}, KEY.public)
    assert open_details(sealed, KEY) == {"n": "x" * room}
    whole = line(sealed)
    assert len(whole) < LINE_BYTES_MAX - 512, "and the longest names of lane, profile and lists do"
    assert read_sealed(read_line(whole).fields["sealed"]) == sealed
    with pytest.raises(ValueError, match="larger than"):
        seal_details({"n": "x" * (room + 1)}, KEY.public)
    with pytest.raises(ValueError, match="JSON"):
        seal_details({"n": float("nan")}, KEY.public)


def member(**changes: object) -> dict[str, object]:
    return {**seal_details(DETAILS, KEY.public).members(), **changes}


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {"key": "00" * 8},
        member(more=1),
        member(key="00" * 7),
        member(key="zz" * 8),
        member(key=("ab" * 8).upper()),
        member(key=7),
        member(box="!!"),
        member(box=""),
        member(box=base64.urlsafe_b64encode(bytes(48)).decode()),
        member(box=base64.urlsafe_b64encode(bytes(49)).decode()),  # padded
        member(box=base64.urlsafe_b64encode(bytes(TEXT_BYTES_MAX + 51)).decode()),
    ],
)
def test_a_member_out_of_form_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="sealed"):
        read_sealed(wrong)


@pytest.mark.parametrize("octets", [b"", b"[]", b"7", b"{", b"\xff", b"[" * 1_400])
def test_what_holds_no_object_is_refused(octets: bytes) -> None:
    sealed = Sealed(kid=kid_of(KEY.public), box=seal_to(KEY.public, octets))
    with pytest.raises(ValueError, match=r".+"):
        open_details(sealed, KEY)


def test_details_are_read_by_any_json_library() -> None:
    sealed = seal_details(DETAILS, KEY.public)
    opened = KEY.open(sealed.box)
    assert json.loads(opened) == DETAILS
    assert len(opened) % 96 == 0
