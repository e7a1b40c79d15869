import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from offline_cache.state import StateFolder
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.provisioning.arming import Arming
from terminal.provisioning.faces import Faces
from terminal.provisioning.service import UnenrolledService
from terminal.provisioning.why import WORDS, Why
from terminal.settings import Settings, load_settings

CODE = "STE1:SECRET"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "t.toml"
    path.write_text(
        f'[terminal]\nstate = "{tmp_path / "s"}"\n[centre]\ntrust_root = "{"A" * 43}"\n'
        '[[lane]]\nname = "gate-1"\nprofile = "gate"\nscreen = {}\n'
        'scanner = { kind = "serial", port = "/dev/ttyACM0" }\n'
    )
    return load_settings(path)


def shown(faces: Faces) -> dict[str, object]:
    """Return what the lane's screen says."""
    *_, newest = faces.board.read("gate-1")
    return dict(newest.data)


@pytest.mark.parametrize("why", list(Why))
def test_no_screen_repeats_the_code_whatever_becomes_of_it(settings: Settings, why: Why) -> None:
    faces, arming = Faces(StateFolder(settings.state_folder), settings, dict), Arming()
    arming.arm(0, 1)
    arming.offer(CODE, 0)
    faces.show(arming.standing(0))
    arming.failed(why, 1)
    faces.show(arming.standing(1))
    told = shown(faces)
    assert told["text"] == WORDS[why].members()
    assert CODE not in str(told)


def test_screens_say_that_nothing_is_here_yet_and_then_what_to_show(settings: Settings) -> None:
    faces, arming = Faces(StateFolder(settings.state_folder), settings, dict), Arming()
    faces.show(arming.standing(0))
    public = shown(faces)
    assert (public["view"], public["code"]) == ("starting", "")
    assert "scan-terminal" not in str(public)  # who passes by is told of no commands
    arming.arm(0, 1)
    faces.show(arming.standing(0))
    assert "QR" in str(shown(faces)["title"])
    assert faces.board.is_alive


def test_programs_are_refused_with_the_remedy_and_unknown_lanes_as_ever(
    settings: Settings,
) -> None:
    service = UnenrolledService(settings.lane, dict)
    (lane,) = asyncio.run(service.lanes())
    assert (lane.state, "not enrolled" in lane.trouble) == ("out-of-service", True)
    for asked, problem in (
        (service.totals("gate-1"), LocalProblem.LANE_OUT_OF_SERVICE),
        (service.emergency("till", "gate-9", is_open=True), LocalProblem.LANE_UNKNOWN),
        (service.request("till", "k"), LocalProblem.REQUEST_UNKNOWN),
        (service.abort("till", "k"), LocalProblem.REQUEST_UNKNOWN),
        (service.reverse("till", "k", "r"), LocalProblem.REQUEST_UNKNOWN),
        (service.print_receipt("till", "k"), LocalProblem.REQUEST_UNKNOWN),
    ):
        assert refusal(asked) is problem
    assert asyncio.run(service.figures()) == ()


def refusal(asked: Coroutine[Any, Any, object]) -> LocalProblem:
    with pytest.raises(RequestRefused) as caught:
        asyncio.run(asked)
    return caught.value.problem
