"""A code in view of a camera, through real frames, processes and disk."""

import json
import queue
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.mjpeg import MjpegServer
from simulator.scenes import Scene, draw
from simulator.serial_peers import AnswerPeer
from tests.support.site import Terminal, Town, now

pytestmark = [pytest.mark.journey, pytest.mark.slow]

ANSWER_S_MAX = 20.0
# Twelve frames of the camera, each of them read: whatever comes twice has come by then.
IN_VIEW_S = 1.2


def hold_up(camera: MjpegServer, text: str) -> None:
    rng = np.random.default_rng(7)
    camera.show([draw(text, scene=Scene(code_px=360, noise=3), rng=rng) for _ in range(3)])


def gate(camera: MjpegServer, answers: AnswerPeer) -> str:
    """Return the settings of a lane with this camera and this counter."""
    return (
        '[[lane]]\nname = "gate-1"\nprofile = "gate"\n'
        f'scanner = {{ kind = "camera", source = "{camera.url}" }}\n'
        f'answers = {{ kind = "serial", port = "{answers.path}" }}\n'
    )


def answer(answers: AnswerPeer) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answers.next(ANSWER_S_MAX))
    return told


def nothing_comes(answers: AnswerPeer) -> None:
    with pytest.raises(queue.Empty):
        answers.next(IN_VIEW_S)


def test_what_is_held_in_view_is_one_presentation_and_junk_leaves_a_count(
    town: Town, make_terminal: Callable[[str], Terminal], answers: AnswerPeer
) -> None:
    first, second = town.phones(2)
    with MjpegServer(fps=10) as camera:
        terminal = make_terminal(gate(camera, answers))
        terminal.start()
        terminal.wait_for_lanes()
        drawn_at = now()

        hold_up(camera, first.draw(drawn_at))
        told = answer(answers)
        assert (told["verdict"], told["entry"]) == ("grant", {"epoch": 1, "seq": 1})
        nothing_comes(answers)
        hold_up(camera, first.draw(now()))  # redrawn in the same hand
        nothing_comes(answers)

        hold_up(camera, "https://menu.example/today")
        told = answer(answers)
        assert (told["verdict"], told["reason"], told["entry"]) == ("deny", "D.UNK", None)
        nothing_comes(answers)

        hold_up(camera, second.draw(now()))
        told = answer(answers)
        assert (told["verdict"], told["entry"]) == ("grant", {"epoch": 1, "seq": 2})
        assert terminal.stop() == 0
    entries = terminal.journal()
    assert [entry["type"] for entry in entries] == ["passage", "passage", "refusals"]
    assert entries[2]["counts"] == {"D.UNK": 1}
    assert entries[0]["iat"] == drawn_at
    assert b"menu.example" not in b"".join(
        path.read_bytes() for path in [*terminal.state.rglob("*.db*"), terminal.log]
    )


def hold_up_two(camera: MjpegServer, left: str, right: str) -> None:
    """Show two phones beside each other, each in its half of the frame."""
    rng = np.random.default_rng(7)
    frames = []
    for _ in range(3):
        frame = draw(left, scene=Scene(code_px=300, x=0.25, noise=3), rng=rng)
        other = draw(right, scene=Scene(code_px=300, x=0.75, noise=3), rng=rng)
        frame[:, 640:] = other[:, 640:]
        frames.append(frame)
    camera.show(frames)


def test_of_two_phones_in_view_neither_opens_the_gate_until_one_is_put_away(
    town: Town, make_terminal: Callable[[str], Terminal], answers: AnswerPeer
) -> None:
    first, second = town.phones(2)
    with MjpegServer(fps=10) as camera:
        terminal = make_terminal(gate(camera, answers))
        terminal.start()
        terminal.wait_for_lanes()
        left, right = first.draw(now()), second.draw(now())
        hold_up_two(camera, left, right)
        told = [answer(answers) for _ in range(2)]
        assert [(one["reason"], one["entry"]) for one in told] == [("P.TWO", None)] * 2
        nothing_comes(answers)

        rng = np.random.default_rng(7)
        alone = Scene(code_px=300, x=0.25, noise=3)
        camera.show([draw(left, scene=alone, rng=rng) for _ in range(3)])
        told = [answer(answers)]
        assert (told[0]["verdict"], told[0]["entry"]) == ("grant", {"epoch": 1, "seq": 1})
        assert terminal.stop() == 0
    assert terminal.journal()[1]["counts"] == {"P.TWO": 2}
