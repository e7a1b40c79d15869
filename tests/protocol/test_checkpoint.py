import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checkpoint import (
    NOTE_BYTES_MAX,
    TEXT_BYTES_MAX,
    Checkpoint,
    checkpoint_octets,
    claimed_checkpoint,
    read_checkpoint,
)
from protocol.journal import genesis
from protocol.keys import SigningKey
from protocol.note import sign_note
from tests.support.cards import HOLDER, STRANGER, public
from verifier.errors import TrustError

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "journal" / "checkpoints.json"
GIVEN = json.loads(VECTORS.read_text("utf-8"))
TERMINAL = "terminal-0007"
KEY = SigningKey(bytes(HOLDER))
POINT = Checkpoint(terminal=TERMINAL, epoch=3, seq=17, head=bytes(range(32)))
NOTE = checkpoint_octets(POINT, KEY)

_NUMBERS = st.integers(min_value=0, max_value=(1 << 63) - 1)


def refused(octets: bytes, *, terminal: str = TERMINAL, key: bytes = public(HOLDER)) -> str:
    with pytest.raises(TrustError) as caught:
        read_checkpoint(octets, terminal=terminal, public=key)
    return str(caught.value)


@pytest.mark.parametrize("case", GIVEN["accepted"], ids=lambda case: case["what"])
def test_checkpoints_are_those_of_the_vectors(case: Mapping[str, Any]) -> None:
    key = SigningKey(bytes.fromhex(GIVEN["seed"]))
    point = Checkpoint(
        terminal=case["terminal"],
        epoch=case["epoch"],
        seq=case["seq"],
        head=bytes.fromhex(case["head"]),
    )
    octets = case["note"].encode()
    assert key.public.hex() == GIVEN["public"]
    assert checkpoint_octets(point, key) == octets
    assert len(octets) == case["octets"] <= NOTE_BYTES_MAX
    assert len(case["text"].encode()) <= TEXT_BYTES_MAX
    assert read_checkpoint(octets, terminal=point.terminal, public=key.public) == point
    assert claimed_checkpoint(octets) == point


@pytest.mark.parametrize("case", GIVEN["refused"], ids=lambda case: case["why"])
def test_checkpoints_out_of_form_are_refused_though_signed(case: Mapping[str, str]) -> None:
    refused(case["note"].encode())


@given(
    terminal=st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
    epoch=_NUMBERS,
    seq=_NUMBERS,
    head=st.binary(min_size=32, max_size=32),
)
def test_checkpoints_round_trip(terminal: str, epoch: int, seq: int, head: bytes) -> None:
    begun = head if seq else genesis(terminal, epoch)
    point = Checkpoint(terminal=terminal, epoch=epoch, seq=seq, head=begun)
    octets = checkpoint_octets(point, KEY)
    assert read_checkpoint(octets, terminal=terminal, public=KEY.public) == point


def test_every_single_bit_change_of_the_text_is_refused() -> None:
    text = NOTE.rpartition(b"\n\n")[0] + b"\n"
    for bit in range(len(text) * 8):
        altered = bytearray(NOTE)
        altered[bit // 8] ^= 1 << bit % 8
        refused(bytes(altered))


def test_another_key_and_another_terminals_checkpoint_are_refused() -> None:
    assert "not signed by" in refused(NOTE, key=public(STRANGER))
    assert "not signed by" in refused(NOTE, terminal="terminal-0008")
    text = claimed_text(replace(POINT, terminal="terminal-0008"))
    assert "another terminal's" in refused(sign_note(text, name=TERMINAL, key=KEY))


def claimed_text(point: Checkpoint) -> str:
    return checkpoint_octets(point, KEY).decode().rpartition("\n\n")[0] + "\n"


def test_what_it_says_can_be_read_before_anybody_is_asked_for_a_key() -> None:
    forged = checkpoint_octets(POINT, SigningKey(bytes(STRANGER)))
    assert claimed_checkpoint(forged) == POINT
    refused(forged)


def test_a_witness_may_sign_beside_the_terminal_within_the_limit() -> None:
    text = claimed_text(POINT)
    beside = sign_note(text, name="w" * 60, key=SigningKey(bytes(STRANGER)))
    line = beside.decode().rpartition("\n\n")[2].encode()
    assert read_checkpoint(NOTE + line, terminal=TERMINAL, public=KEY.public) == POINT
    assert "longer than" in refused(NOTE + line * 2)


@pytest.mark.parametrize(("size", "said"), [(500, "not"), (501, "longer than 500")])
def test_length_is_looked_at_before_anything_else(size: int, said: str) -> None:
    assert said in refused(b"x" * size)
    with pytest.raises(TrustError, match=said):
        claimed_checkpoint(b"x" * size)


@given(st.binary(max_size=80))
def test_noise_is_refused(noise: bytes) -> None:
    refused(noise)
    with pytest.raises(TrustError):
        claimed_checkpoint(noise)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(POINT, terminal="a b"),
        replace(POINT, terminal="ä"),
        replace(POINT, terminal=""),
        replace(POINT, terminal="T" * 65),
        replace(POINT, epoch=-1),
        replace(POINT, seq=1 << 63),
        replace(POINT, head=bytes(31)),
        replace(POINT, seq=0),
    ],
)
def test_checkpoint_that_nobody_could_read_is_our_own_bug(wrong: Checkpoint) -> None:
    with pytest.raises(ValueError, match="of ours"):
        checkpoint_octets(wrong, KEY)
