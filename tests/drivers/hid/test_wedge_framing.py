import pytest

from drivers.base import PAYLOAD_BYTES_MAX
from drivers.hid.keyboard import EndPressed, Typed, Unsaid
from drivers.hid.wedge_framing import QUIET_MS, TypedCode, WedgeFault, WedgeFraming

GAP_MS = 100
START_MS = 10_000


def framing(*, is_ended_by_pause: bool = False) -> WedgeFraming:
    """Return one that was grabbed long enough ago."""
    return WedgeFraming(
        gap_ms_max=GAP_MS,
        is_ended_by_pause=is_ended_by_pause,
        now_ms=START_MS - QUIET_MS - 1,
    )


def type_text(each: WedgeFraming, text: str, at_ms: int = START_MS) -> list[object]:
    """Type at one moment; `#` is the end key, `?` one without a character."""
    outcomes = []
    for character in text:
        outcomes.append(each.moved(at_ms))
        match character:
            case "#":
                outcomes.append(each.receive(EndPressed(name="enter")))
            case "?":
                outcomes.append(each.receive(Unsaid()))
            case _:
                outcomes.append(each.receive(Typed(character=character)))
    return [outcome for outcome in outcomes if outcome is not None]


def code(text: bytes, began_ms: int = START_MS) -> TypedCode:
    return TypedCode(payload=text, began_ms=began_ms)


def test_end_key_makes_a_code() -> None:
    each = framing()
    assert type_text(each, "AB#CD#") == [code(b"AB"), code(b"CD")]


def test_end_keys_alone_are_nothing() -> None:
    assert type_text(framing(), "##A##") == [code(b"A")]


def test_code_began_with_its_first_key() -> None:
    each = framing()
    type_text(each, "A", START_MS)
    type_text(each, "B", START_MS + 50)
    assert type_text(each, "#", START_MS + 90) == [code(b"AB")]


def test_pause_at_the_limit_is_within_a_code() -> None:
    each = framing()
    type_text(each, "A")
    assert each.expire(START_MS + GAP_MS) is None
    assert type_text(each, "B#", START_MS + GAP_MS) == [code(b"AB")]


def test_pause_over_the_limit_spoils_what_began_and_what_follows() -> None:
    each = framing()
    type_text(each, "A")
    assert each.until_ms() == START_MS + GAP_MS + 1
    assert each.expire(START_MS + GAP_MS + 1) is WedgeFault.TOO_SLOW
    assert each.until_ms() is None
    assert type_text(each, "B#CD#", START_MS + GAP_MS + 2) == [code(b"CD", START_MS + 102)]


def test_late_key_is_as_good_as_a_look_at_the_clock() -> None:
    each = framing()
    type_text(each, "A")
    assert type_text(each, "B#", START_MS + GAP_MS + 1) == [WedgeFault.TOO_SLOW]


def test_person_who_types_is_told_once_until_the_end_key() -> None:
    each = framing()
    outcomes = [
        outcome
        for place, character in enumerate("PASSWORD#")
        for outcome in type_text(each, character, START_MS + 200 * place)
    ]
    assert outcomes == [WedgeFault.TOO_SLOW]
    assert type_text(each, "AB#", START_MS + 2_000) == [code(b"AB", START_MS + 2_000)]


def test_key_without_a_character_spoils_its_code_alone() -> None:
    assert type_text(framing(), "A?B?#CD#") == [WedgeFault.UNSAID, code(b"CD")]


def test_spoiled_code_without_an_end_does_not_spoil_the_next() -> None:
    each = framing()
    assert type_text(each, "A?B") == [WedgeFault.UNSAID]
    assert type_text(each, "CD#", START_MS + QUIET_MS) == []
    assert type_text(each, "A?B", START_MS + QUIET_MS) == [WedgeFault.UNSAID]
    later_ms = START_MS + 2 * QUIET_MS + 1
    assert type_text(each, "CD#", later_ms) == [code(b"CD", later_ms)]


def test_rest_of_a_code_that_was_under_way_at_the_grab_is_no_code() -> None:
    each = WedgeFraming(gap_ms_max=GAP_MS, is_ended_by_pause=False, now_ms=START_MS)
    assert type_text(each, "REST#WHOLE#", START_MS + 5) == [code(b"WHOLE", START_MS + 5)]


def test_code_after_a_quiet_time_from_the_grab_is_whole() -> None:
    each = WedgeFraming(gap_ms_max=GAP_MS, is_ended_by_pause=False, now_ms=START_MS)
    later_ms = START_MS + QUIET_MS + 1
    assert type_text(each, "WHOLE#", later_ms) == [code(b"WHOLE", later_ms)]


def test_pause_ends_a_code_where_no_key_does() -> None:
    each = framing(is_ended_by_pause=True)
    type_text(each, "AB")
    assert each.expire(START_MS + GAP_MS) is None
    assert each.expire(START_MS + GAP_MS + 1) == code(b"AB")
    assert each.expire(START_MS + 10 * GAP_MS) is None
    assert type_text(each, "CD", START_MS + 300) == []
    assert type_text(each, "E", START_MS + 500) == [code(b"CD", START_MS + 300)]


def test_pause_ends_a_spoiled_code_where_no_key_does() -> None:
    each = framing(is_ended_by_pause=True)
    assert type_text(each, "A?B") == [WedgeFault.UNSAID]
    assert type_text(each, "CD", START_MS + GAP_MS + 1) == []
    assert each.expire(START_MS + 2 * GAP_MS + 2) == code(b"CD", START_MS + GAP_MS + 1)


def test_code_of_the_limit_passes_and_one_more_is_dropped() -> None:
    each = framing()
    assert type_text(each, "A" * PAYLOAD_BYTES_MAX + "#") == [code(b"A" * PAYLOAD_BYTES_MAX)]
    assert type_text(each, "A" * (PAYLOAD_BYTES_MAX + 1) + "#B#") == [
        WedgeFault.TOO_LONG,
        code(b"B"),
    ]


def test_lost_keys_spoil_a_code() -> None:
    each = framing()
    type_text(each, "AB")
    assert each.spoil(WedgeFault.KEYS_LOST) is WedgeFault.KEYS_LOST
    assert each.spoil(WedgeFault.KEYS_LOST) is None
    assert type_text(each, "CD#EF#") == [code(b"EF")]


@pytest.mark.parametrize("gap_ms_max", [0, QUIET_MS + 1])
def test_gap_out_of_range_is_a_bug(gap_ms_max: int) -> None:
    with pytest.raises(ValueError, match="gap_ms_max"):
        WedgeFraming(gap_ms_max=gap_ms_max, is_ended_by_pause=False, now_ms=0)
