import struct

import cv2
import numpy as np
import pytest

from simulator.rtp_jpeg import PAYLOAD_BYTES, packets


def jpeg(width: int, height: int, *options: int, colours: int = 3) -> bytes:
    rng = np.random.default_rng(5)
    picture = rng.integers(0, 255, (height, width, colours)).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", picture, list(options))[1])


def test_packets_follow_one_another_and_the_last_is_marked() -> None:
    octets = jpeg(160, 120)
    sent = list(packets(octets, number=65_535, timestamp=2**32 + 7, ssrc=9))
    heads = [struct.unpack("!BBHII", packet[:12]) for packet in sent]
    assert len(sent) > 2
    assert [head[1] for head in heads] == [26] * (len(sent) - 1) + [26 | 0x80]
    assert [head[2] for head in heads[:3]] == [65_535, 0, 1]
    assert {head[3:] for head in heads} == {(7, 9)}


def test_picture_is_whole_in_the_order_of_its_offsets() -> None:
    octets = jpeg(160, 120)
    sent = list(packets(octets, number=0, timestamp=0, ssrc=0))
    offsets = [int.from_bytes(packet[13:16]) for packet in sent]
    assert offsets == list(range(0, PAYLOAD_BYTES * len(sent), PAYLOAD_BYTES))
    assert {packet[16:20] for packet in sent} == {bytes((1, 255, 20, 15))}
    tables = 4 + 2 * 64  # RFC 2435, section 3.1.8: a head and two tables of 8 bits
    scan = sent[0][20 + tables :] + b"".join(packet[20:] for packet in sent[1:])
    assert octets.endswith(scan + b"\xff\xd9")


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (jpeg(160, 121), "160 x 121"),
        (jpeg(2048, 16), "2048"),
        (jpeg(160, 120, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111), "4:2:0"),
        (jpeg(160, 120, colours=1), "4:2:0"),
    ],
)
def test_picture_that_rtp_cannot_carry_is_refused(octets: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        list(packets(octets, number=0, timestamp=0, ssrc=0))
