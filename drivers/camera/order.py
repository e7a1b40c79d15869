"""What the daemon orders of a capture process, and what the process says it could not have."""

import struct
from dataclasses import dataclass, field

from drivers.camera.controls import CameraControls, Control, Deviation
from drivers.camera.messages import Kind, MalformedMessage, Message

# A path is no longer on Linux (PATH_MAX), and no camera's address is.
SOURCE_BYTES_MAX = 4_096

# No number at all is 0 and 0; a number is 1 and itself.
_OPTIONAL = struct.Struct("!Bi")
_FIXED = struct.Struct("!HHI")  # width, height, frozen_after_ms
_DEVIATION = struct.Struct("!BHH")  # bits of Control, width, height
_CONTROL_BITS = sum(control.value for control in Control)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOrder:
    """What a capture process works with."""

    source: str  # as `located` gives it
    controls: CameraControls = field(default_factory=CameraControls)
    frozen_after_ms: int = 0  # the same picture for so long is taken for a frozen camera; 0: never


def order_message(order: CaptureOrder) -> Message:
    """Return the first message to a capture process.

    Raises:
        ValueError: the source is too long.
    """
    source = order.source.encode()
    if len(source) > SOURCE_BYTES_MAX:
        raise ValueError(f"a source of {len(source)} octets")
    controls = order.controls
    body = _FIXED.pack(controls.width, controls.height, order.frozen_after_ms)
    for number in (controls.exposure_us, controls.gain, controls.focus, controls.brightness):
        body += _OPTIONAL.pack(number is not None, number or 0)
    return Message(kind=Kind.SOURCE, body=body + source)


def parse_order(body: bytes) -> CaptureOrder:
    """Return what a SOURCE message orders.

    Raises:
        MalformedMessage: the daemon is of another version, or has a bug.
    """
    try:
        width, height, frozen_after_ms = _FIXED.unpack_from(body)
        offset = _FIXED.size
        exposure_us, gain, focus, brightness = (
            _optional(body, offset + number * _OPTIONAL.size) for number in range(4)
        )
        offset += 4 * _OPTIONAL.size
        controls = CameraControls(
            width=width, height=height,
            exposure_us=exposure_us, gain=gain, focus=focus, brightness=brightness,
        )  # fmt: skip
        source = body[offset:].decode()
    except (struct.error, ValueError) as fault:
        raise MalformedMessage("an order that makes no sense") from fault
    if not 0 < len(body) - offset <= SOURCE_BYTES_MAX:
        raise MalformedMessage("an order without a source, or with too long a one")
    return CaptureOrder(source=source, controls=controls, frozen_after_ms=frozen_after_ms)


def deviation_message(deviation: Deviation) -> Message:
    """Return the message of how the camera differs from what was ordered."""
    bits = sum(control.value for control in deviation.refused)
    return Message(
        kind=Kind.DEVIATION, body=_DEVIATION.pack(bits, deviation.width, deviation.height)
    )


def parse_deviation(body: bytes) -> Deviation:
    """Return what a DEVIATION message says.

    Raises:
        MalformedMessage: it says nothing known.
    """
    if len(body) != _DEVIATION.size:
        raise MalformedMessage(f"a deviation of {len(body)} octets")
    bits, width, height = _DEVIATION.unpack(body)
    if bits & ~_CONTROL_BITS:
        raise MalformedMessage("a deviation of an unknown control")
    refused = frozenset(control for control in Control if bits & control.value)
    return Deviation(refused=refused, width=width, height=height)


def _optional(body: bytes, offset: int) -> int | None:
    is_there, number = _OPTIONAL.unpack_from(body, offset)
    if is_there > 1 or (number and not is_there):
        raise ValueError("a number that is there and is not")
    return int(number) if is_there else None
