from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from terminal.screens.pages import screen_pages
from terminal.settings import LaneSettings


def lane(**more: Any) -> LaneSettings:
    scanner = {"kind": "serial", "port": "/dev/ttyUSB0"}
    return LaneSettings.model_validate(
        {"name": "gate-1", "profile": "gate", "scanner": scanner} | more
    )


def test_lane_without_the_table_has_no_page() -> None:
    assert screen_pages([lane()]) == ()


def test_page_is_as_its_table_says() -> None:
    screen = {"kind": "kiosk", "languages": ["en"], "mode": "senior", "idle_s": 10}
    (page,) = screen_pages([lane(screen=screen)])
    assert page.members() == {
        "lane": "gate-1",
        "kind": "kiosk",
        "languages": ["en"],
        "mode": "senior",
        "idle_s": 10,
        "sound": True,
    }


def test_page_is_silent_beside_a_speaker_unless_it_is_told_otherwise() -> None:
    speaker = [{"kind": "sound"}]
    (page,) = screen_pages([lane(screen={}, indicators=speaker)])
    assert not page.is_heard
    (page,) = screen_pages([lane(screen={"sound": True}, indicators=speaker)])
    assert page.is_heard


def test_recordings_are_those_of_the_speaker_or_of_the_screen(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "phrases.toml").write_text(f'[{name}]\nzh = "好。"\n', encoding="utf-8")
    speaker = [{"kind": "sound", "folder": str(tmp_path / "one")}]
    (page,) = screen_pages([lane(screen={}, indicators=speaker)])
    assert page.clips.names == {("zh", "好。"): "one"}
    own = {"sounds": str(tmp_path / "two")}
    (page,) = screen_pages([lane(screen=own, indicators=speaker)])
    assert page.clips.names == {("zh", "好。"): "two"}


def test_folder_that_can_not_be_read_leaves_the_screen_to_the_browsers_voice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (page,) = screen_pages([lane(screen={"sounds": str(tmp_path)})])
    assert not page.clips.names
    assert "gate-1" in caplog.text


@pytest.mark.parametrize(
    "screen",
    [
        {"kind": "tv"},
        {"languages": []},
        {"languages": ["fr"]},
        {"idle_s": 9},
        {"idle_s": 601},
        {"mode": "young"},
        {"colour": "red"},
        {"series": "0"},
        {"content": "../x"},
    ],
)
def test_table_that_is_not_in_form_is_refused(screen: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        lane(screen=screen)


@pytest.mark.parametrize("idle_s", [10, 600])
def test_time_out_may_be_what_its_bounds_are(idle_s: int) -> None:
    (page,) = screen_pages([lane(screen={"idle_s": idle_s})])
    assert page.idle_s == idle_s
