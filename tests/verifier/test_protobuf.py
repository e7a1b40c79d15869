import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.families import ticket
from verifier.encoding.protobuf import read_fields
from verifier.errors import MalformedPayload

KINDS: dict[int, type] = {1: bytes, 2: int, 3: bytes, 20: int}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            1: st.binary(max_size=200),
            2: st.integers(0, 2**63 - 1),
            3: st.binary(max_size=4),
            20: st.integers(0, 2**63 - 1),
        },
    )
)
def test_fields_in_order_are_read_and_their_end_is_not_missed(fields: dict[int, object]) -> None:
    octets = ticket(dict(sorted(fields.items())))
    assert read_fields(octets, KINDS) == fields
    for size in range(len(octets)):  # a message may end behind any field, never inside one
        try:
            assert read_fields(octets[:size], KINDS).items() <= fields.items()
        except MalformedPayload:
            continue


@given(st.binary(max_size=40))
def test_noise_is_refused_or_has_no_other_spelling(noise: bytes) -> None:
    try:
        fields = read_fields(noise, KINDS)
    except MalformedPayload:
        return
    assert ticket(fields) == noise


def test_largest_number_is_read_and_one_more_is_refused() -> None:
    assert read_fields(ticket({2: 2**63 - 1}), KINDS) == {2: 2**63 - 1}
    with pytest.raises(MalformedPayload):
        read_fields(ticket({2: 2**63}), KINDS)
