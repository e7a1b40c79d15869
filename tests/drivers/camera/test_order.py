import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.controls import CameraControls, Control, Deviation
from drivers.camera.messages import Kind, MalformedMessage
from drivers.camera.order import (
    SOURCE_BYTES_MAX,
    CaptureOrder,
    deviation_message,
    order_message,
    parse_deviation,
    parse_order,
)

NUMBERS = st.none() | st.integers(-(2**31), 2**31 - 1)
SIDES = st.integers(1, 65_535)
ORDERS = st.builds(
    CaptureOrder,
    source=st.text(min_size=1, max_size=40),
    controls=st.builds(
        CameraControls,
        width=SIDES,
        height=SIDES,
        exposure_us=st.none() | st.integers(1, 10_000_000),
        gain=NUMBERS,
        focus=NUMBERS,
        brightness=NUMBERS,
    ),
    frozen_after_ms=st.integers(0, 2**32 - 1),
)
PLAIN = order_message(CaptureOrder(source="0")).body


@given(order=ORDERS)
def test_orders_round_trip(order: CaptureOrder) -> None:
    message = order_message(order)
    assert message.kind is Kind.SOURCE
    assert parse_order(message.body) == order


@given(body=st.binary(max_size=60))
def test_noise_is_malformed_or_an_order(body: bytes) -> None:
    try:
        order = parse_order(body)
    except MalformedMessage:
        return
    assert order_message(order).body == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        PLAIN[:-1],  # no source
        PLAIN[:10],
        b"\x00\x00" + PLAIN[2:],  # no width
        PLAIN[:8] + b"\x02" + PLAIN[9:],  # neither there nor not
        PLAIN[:12] + b"\x01" + PLAIN[13:],  # not there, and still a number
        PLAIN + b"\xff",  # no UTF-8
    ],
)
def test_order_that_makes_no_sense_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedMessage, match="order"):
        parse_order(body)


def test_source_is_as_long_as_a_path_may_be() -> None:
    longest = order_message(CaptureOrder(source="x" * SOURCE_BYTES_MAX)).body
    assert len(parse_order(longest).source) == SOURCE_BYTES_MAX
    with pytest.raises(MalformedMessage):
        parse_order(longest + b"x")
    with pytest.raises(ValueError, match="octets"):
        order_message(CaptureOrder(source="x" * (SOURCE_BYTES_MAX + 1)))


@given(refused=st.frozensets(st.sampled_from(Control)), width=SIDES, height=SIDES)
def test_deviations_round_trip(refused: frozenset[Control], width: int, height: int) -> None:
    deviation = Deviation(refused=refused, width=width, height=height)
    assert parse_deviation(deviation_message(deviation).body) == deviation


@pytest.mark.parametrize("body", [b"", b"\x00" * 4, b"\x00" * 6, b"\x20\x00\x01\x00\x01"])
def test_unknown_deviation_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedMessage, match="deviation"):
        parse_deviation(body)
