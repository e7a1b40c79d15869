from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
import pytest
from capture_peers import Messages
from driver_peers import qr_luma

from drivers.camera.drain import Frame
from drivers.camera.lookout import REFUSED_MAX, TELL_MS, Lookout, fitted
from drivers.camera.messages import SLOT_BYTES, Trouble, parse_trouble
from drivers.camera.packets import PACKET_BYTES_MAX, Form
from drivers.camera.watch import COVERED_MS, SceneWatch

SECOND_MS = 1_000
CODE = qr_luma(b"HOLDER-0007")
HALL = qr_luma(b"a poster")
CAP = np.zeros((480, 640), np.uint8)
NOISE = np.zeros((1, 500), np.uint8)


class Reel:
    """Frames one after the other, as a `Drain` gives them."""

    def __init__(self, pictures: Iterable[Any], *, step_ms: int, form: Form) -> None:
        self._pictures = list(pictures)
        self._step_ms = step_ms
        self._form = form
        self.taken = 0
        self.reopened: list[str] = []

    def next_frame(self) -> Frame:
        picture = self._pictures[self.taken]
        seen_ms = self.taken * self._step_ms
        self.taken += 1
        return Frame(octets=picture, form=self._form, height=0, seen_ms=seen_ms)

    def reopen(self) -> None:
        self.reopened.append(f"after {self.taken}")

    def reopen_decoded(self) -> None:
        self.reopened.append(f"decoded after {self.taken}")


def watched(
    *pictures: Any, step_ms: int = SECOND_MS, form: Form = Form.DECODED, frozen_after_ms: int = 0
) -> tuple[Reel, list[Trouble], int]:
    """Look for one frame; return the reel, what was told, and when the frame was captured."""
    reel, messages = Reel(pictures, step_ms=step_ms, form=form), Messages()
    watch = SceneWatch(frozen_after_ms)
    lookout = Lookout(cv2, reel, watch, messages, wait=lambda _: None)
    seen_ms = -1
    while reel.taken < len(pictures):
        _, seen_ms = lookout.next_luma()
    return reel, [parse_trouble(message.body) for message in messages.told], seen_ms


def test_frame_is_handed_on_with_the_time_of_its_capture() -> None:
    reel, told, seen_ms = watched(HALL, CODE)
    assert (reel.reopened, told, seen_ms) == ([], [], SECOND_MS)


def test_covered_lens_is_told_now_and_then_until_something_is_to_be_seen() -> None:
    seconds = 3 * (TELL_MS + COVERED_MS) // SECOND_MS
    reel, told, seen_ms = watched(*[CAP] * seconds, CODE)
    assert set(told) == {Trouble.COVERED}
    # Often enough for a daemon that takes 15 s of silence for a hang.
    assert len(told) == (seconds * SECOND_MS - COVERED_MS) // TELL_MS
    assert seen_ms == seconds * SECOND_MS
    assert reel.reopened == []


def test_frozen_camera_is_opened_again_and_told_only_if_that_does_not_help() -> None:
    reel, told, _ = watched(*[HALL] * 30, CODE, frozen_after_ms=20 * SECOND_MS)
    assert (reel.reopened, told) == (["after 21"], [])
    reel, told, seen_ms = watched(*[HALL] * 50, CODE, frozen_after_ms=20 * SECOND_MS)
    assert (reel.reopened, told) == (["after 21"], [Trouble.FROZEN, Trouble.FROZEN])
    assert seen_ms == 50 * SECOND_MS


@pytest.mark.parametrize(
    ("form", "reopened"),
    [(Form.JPEG, "decoded after 3"), (Form.YUYV, "decoded after 3"), (Form.DECODED, "after 3")],
)
def test_what_is_no_picture_is_told_and_taken_in_another_way(form: Form, reopened: str) -> None:
    octets = np.zeros((1, 500, 4), np.uint8) if form is Form.DECODED else NOISE
    whole: Any = {Form.YUYV: np.dstack((CODE, CODE)), Form.DECODED: CODE}.get(form)
    whole = cv2.imencode(".jpg", CODE)[1].reshape(1, -1) if whole is None else whole
    reel, told, _ = watched(*[octets] * REFUSED_MAX, whole, form=form)
    assert (reel.reopened, told) == ([reopened], [Trouble.GARBLED])


def test_spoilt_packet_now_and_then_is_passed_over() -> None:
    whole = cv2.imencode(".jpg", CODE)[1].reshape(1, -1)
    pictures = ([NOISE] * (REFUSED_MAX - 1) + [whole]) * 5
    reel, told, _ = watched(*pictures, form=Form.JPEG)
    assert (reel.reopened, told) == ([], [])


def test_too_large_picture_is_told_and_never_decoded_in_another_way() -> None:
    huge = np.zeros((1, PACKET_BYTES_MAX + 1), np.uint8)
    whole = cv2.imencode(".jpg", CODE)[1].reshape(1, -1)
    reel, told, _ = watched(*[huge] * 9, whole, form=Form.JPEG)
    assert reel.reopened == ["after 3", "after 6", "after 9"]
    assert told == [Trouble.TOO_LARGE] * 2


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((1200, 1920), (1200, 1920)), ((1920, 1200), (1920, 1200)), ((2160, 3840), (1138, 2023))],
)
def test_frame_larger_than_the_slot_is_made_smaller(
    shape: tuple[int, int], expected: tuple[int, int]
) -> None:
    luma = fitted(cv2, np.zeros(shape, np.uint8))
    assert luma.size <= SLOT_BYTES
    assert luma.shape == expected
