from drivers.framing.base import Frame, LineFault, Message, Reply
from drivers.framing.ssi import Ssi, packet
from tests.support.framings import ssi_code, ssi_packet

ACK = Reply(octets=bytes.fromhex("04 D0 04 00 FF 28"))  # as in public drivers
NAK = Reply(octets=bytes.fromhex("05 D1 04 00 01 FF 25"))
AGAIN, CONTINUED = 1, 2


def frame(payload: bytes, began_ms: int = 0) -> Frame:
    return Frame(payload=payload, began_ms=began_ms)


def part(payload: bytes, *, status: int = 0) -> bytes:
    return ssi_packet(0xF3, b"\x1c" + payload, status=status)


def test_packet_is_as_public_drivers_send_it() -> None:
    assert packet(0xD0) == ACK.octets
    assert packet(0xE4) == bytes.fromhex("04 E4 04 00 FF 14")


def test_code_is_acknowledged_before_it_is_passed_on() -> None:
    assert Ssi().receive(part(b"CODE"), 0) == (ACK, frame(b"CODE"))


def test_code_in_several_packets_is_put_together() -> None:
    payload = bytes(range(256)) * 3
    outcomes = Ssi().receive(ssi_code(payload), 0)
    assert outcomes == (ACK, ACK, ACK, ACK, frame(payload))


def test_packet_sent_again_is_acknowledged_and_not_taken_twice() -> None:
    framing = Ssi()
    framing.receive(part(b"CODE"), 0)
    assert framing.receive(part(b"CODE", status=AGAIN), 2_000) == (ACK,)
    assert framing.receive(part(b"CODE"), 4_000) == (ACK, frame(b"CODE", 4_000))


def test_code_shown_again_whose_first_packet_was_lost_is_taken() -> None:
    """It came as sent again, and would be taken for its predecessor sent twice."""
    framing = Ssi()
    framing.receive(part(b"CODE"), 0)
    assert framing.receive(part(b"CODE", status=AGAIN), 4_999) == (ACK,)
    assert framing.receive(part(b"CODE", status=AGAIN), 9_999) == (ACK, frame(b"CODE", 9_999))


def test_code_shown_again_whose_first_packet_lost_its_head_is_taken() -> None:
    framing = Ssi()
    framing.receive(part(b"CODE"), 0)
    assert framing.receive(part(b"CODE")[2:], 500) == (LineFault.STRAY,)
    assert framing.receive(part(b"CODE", status=AGAIN), 1_500) == (ACK, frame(b"CODE", 1_500))


def test_packet_that_comes_garbled_when_sent_again_is_not_taken_twice() -> None:
    """Our ACK was lost, and of the repetitions the first is damaged."""
    framing = Ssi()
    framing.receive(part(b"AAA", status=CONTINUED), 0)
    garbled = part(b"AAA", status=CONTINUED | AGAIN)[:-1] + b"\x00"
    assert framing.receive(garbled, 1_000) == (LineFault.BAD_CHECK, NAK)
    framing.receive(b"", 1_200)
    assert framing.receive(part(b"AAA", status=CONTINUED | AGAIN), 1_300) == (ACK,)
    assert framing.receive(part(b"B"), 1_320) == (ACK, frame(b"AAAB"))


def test_part_sent_again_is_not_taken_twice() -> None:
    framing = Ssi()
    framing.receive(part(b"AAA", status=CONTINUED), 0)
    framing.receive(part(b"AAA", status=CONTINUED | AGAIN), 2_000)
    assert framing.receive(part(b"B"), 2_010) == (ACK, frame(b"AAAB"))


def test_garbled_packet_is_asked_for_again_and_then_taken() -> None:
    framing = Ssi()
    garbled = bytearray(part(b"CODE"))
    garbled[6] ^= 1
    assert framing.receive(bytes(garbled), 0)[:2] == (LineFault.BAD_CHECK, NAK)
    framing.receive(b"", 200)
    assert framing.receive(part(b"CODE", status=AGAIN), 300) == (ACK, frame(b"CODE", 300))


def test_same_code_that_came_garbled_is_taken_again() -> None:
    framing = Ssi()
    framing.receive(part(b"CODE"), 0)
    framing.receive(part(b"CODE")[:-1] + b"\x00", 1_000)
    framing.receive(b"", 1_200)
    assert framing.receive(part(b"CODE", status=AGAIN), 1_300) == (ACK, frame(b"CODE", 1_300))


def test_half_a_packet_is_asked_for_again_after_the_pause() -> None:
    framing = Ssi()
    framing.receive(part(b"CODE")[:6], 0)
    assert framing.receive(b"", 200) == (LineFault.BROKEN_OFF, NAK)


def test_parts_of_a_code_that_was_given_up_do_not_join_the_next() -> None:
    framing = Ssi()
    framing.receive(part(b"GIVEN UP", status=CONTINUED), 0)
    assert framing.receive(part(b"NEXT"), 999) == (ACK, frame(b"GIVEN UPNEXT"))
    framing.receive(part(b"GIVEN UP", status=CONTINUED), 2_000)
    assert framing.receive(part(b"NEXT"), 3_000) == (
        ACK,
        LineFault.BROKEN_OFF,
        frame(b"NEXT", 3_000),
    )


def test_code_too_long_is_dropped_whole_and_the_next_is_read() -> None:
    framing = Ssi(line_bytes_max=300)
    long = [outcome for outcome in framing.receive(ssi_code(b"x" * 301), 0) if outcome != ACK]
    assert long == [LineFault.ENDLESS]
    assert framing.receive(ssi_code(b"x" * 300), 0)[-1] == frame(b"x" * 300)


def test_answers_and_events_are_no_codes() -> None:
    framing = Ssi()
    assert framing.receive(ssi_packet(0xD0, b""), 0) == (Message(octets=b"\xd0\x00\x00"),)
    event = ssi_packet(0xF6, b"\x01")
    assert framing.receive(event, 0) == (ACK, Message(octets=b"\xf6\x00\x00\x01"))


def test_what_the_host_says_is_nothing_that_a_decoder_sends() -> None:
    """An adapter that echoes must not make us answer ourselves."""
    outcomes = Ssi().receive(packet(0xF3, b"\x1cCODE"), 0)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Frame)]
