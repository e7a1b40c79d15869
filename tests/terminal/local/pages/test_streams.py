import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from drivers.sound.clips import load_clips
from terminal.events import EventFeed
from terminal.local.pages.screens import PagesOf, ScreenPage
from terminal.screens.board import BEAT_S_MAX, ScreenBoard
from terminal.screens.screen import Bilingual, Screen, View
from tests.support.local_service import PATIENCE_S, Counter, MemoryService, counter, serving, told

HELLO = Bilingual(zh="请出示市民码", en="Show your citizen code")


def screen(view: View = View.IDLE, *, lane: str = "gate-1", number: int = 0) -> Screen:
    return Screen(lane=lane, view=view, title=HELLO, number=number)


class Page:
    """A page's end of a stream."""

    def __init__(self, answer: HTTPResponse) -> None:
        self.answer = answer

    def event(self) -> tuple[str, dict[str, Any]]:
        """Return the next event's kind, and what it says.

        Raises:
            EOFError: the stream has ended.
        """
        kind = ""
        while line := self.answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                return kind, json.loads(value)
        raise EOFError

    def until(self, wanted: str) -> dict[str, Any]:
        """Return the next event of a kind."""
        while True:
            kind, data = self.event()
            if kind == wanted:
                return data


@contextmanager
def watching(port: int, lane: str = "gate-1") -> Iterator[Page]:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", f"/screen/v1/{lane}/events")
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        yield Page(answer)
    finally:
        connection.close()


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Counter]:
    with counter(tmp_path, limits={"page_alive_s": 0.05}) as opened:
        yield opened


def test_page_is_told_its_settings_then_what_is_shown_then_each_change(till: Counter) -> None:
    till.board.put(screen())
    with watching(till.port) as page:
        assert page.until("settings")["languages"] == ["zh", "en"]
        assert page.until("screen") == screen().members()
        till.board.put(screen(View.GRANTED, number=1))
        assert page.until("screen")["view"] == "granted"


def test_page_that_comes_later_sees_the_newest_alone(till: Counter) -> None:
    for number, view in enumerate(View):
        till.board.put(screen(view, number=number))
    with watching(till.port) as page:
        assert page.until("screen")["view"] == list(View)[-1].value
        assert page.event()[0] == "alive"


def test_page_hears_of_its_own_lane_alone(till: Counter) -> None:
    with watching(till.port) as page:
        till.board.put(screen(View.REFUSED, lane="pharmacy-1"))
        till.board.tell("gate-1", "visit", {"visit": "0" * 32, "state": "ended"})
        seen = [page.event()[0] for _ in range(6)]
        assert "screen" not in seen
        assert "visit" in seen


def test_silent_screen_is_told_that_the_terminal_lives(till: Counter) -> None:
    with watching(till.port) as page:
        assert [page.until("alive") for _ in range(3)] == [{}] * 3


def test_screen_of_a_daemon_that_hangs_hears_no_sign_of_life(tmp_path: Path) -> None:
    """Its pages' thread goes on by itself; yet nobody may be told that all is well."""
    now = [0.0]
    board = ScreenBoard(("gate-1",), now_s=lambda: now[0])
    pages = PagesOf(board, (ScreenPage(lane="gate-1"),))
    feed = EventFeed()
    limits = {"page_alive_s": 0.02}
    with serving(tmp_path, MemoryService(feed, "gate-1"), feed, pages_of=pages, limits=limits) as (
        interface,
        _,
        _,
    ):
        door = interface.listeners[0].door
        assert door is not None
        board.beat()
        with watching(int(door.name.rpartition(":")[2])) as page:
            page.until("alive")
            now[0] = BEAT_S_MAX + 0.1
            lines = [page.answer.readline() for _ in range(40)]
            assert b": late\n" in lines
            now[0] = 0.0
            page.until("alive")


def test_streams_of_a_lane_and_of_all_lanes_are_bounded(tmp_path: Path) -> None:
    lanes = tuple(f"gate-{number}" for number in range(3))
    bounds = {"page_streams_max": 5, "page_streams_of_lane_max": 2}
    with counter(tmp_path, lanes=lanes, limits=bounds) as till, ExitStack() as open_ones:
        for lane in (0, 0, 1, 1, 2):
            open_ones.enter_context(watching(till.port, f"gate-{lane}")).until("alive")
        for lane in (0, 2):
            refused = till.send("GET", f"/screen/v1/gate-{lane}/events", client=None)
            assert int(told(refused, "streams") and refused.headers["retry-after"]) >= 1
        assert till.interface.status()["pages"] == 5


@pytest.mark.slow
def test_hundreds_who_want_a_stream_keep_no_program_and_no_screen_out(tmp_path: Path) -> None:
    bounds = {"page_burst": 10_000, "refusals_at_once": 10_000}
    with counter(tmp_path, limits=bounds) as till, ExitStack() as open_ones:
        first = open_ones.enter_context(watching(till.port))
        first.until("alive")
        for _ in range(400):
            connection = HTTPConnection("127.0.0.1", till.port, timeout=PATIENCE_S)
            connection.request("GET", "/screen/v1/pharmacy-1/events")
            open_ones.callback(connection.close)
        status = till.interface.status()
        assert status["pages"] in range(1, 6)
        assert till.send("GET", "/v1/lanes").status_code == 200
        till.board.put(screen(View.HELP))
        assert first.until("screen")["view"] == "help"


def test_stream_ends_with_the_interface(tmp_path: Path) -> None:
    with ExitStack() as open_ones:
        with counter(tmp_path) as till:
            page = open_ones.enter_context(watching(till.port))
            page.until("alive")
        assert page.answer.read().strip() == b""


def test_lane_without_a_screen_has_no_stream_and_no_page(tmp_path: Path) -> None:
    pages = (ScreenPage(lane="gate-1"),)
    with counter(tmp_path, pages=pages) as till:
        for path in ("/screen/pharmacy-1", "/screen/v1/pharmacy-1/events"):
            told(till.send("GET", path, client=None), "not-found")
        listed = till.send("GET", "/screen/v1/screens", client=None).json()["screens"]
        assert [each["lane"] for each in listed] == ["gate-1"]


def test_recorded_sentence_is_served_and_no_other_file_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    (folder / "zh").mkdir(parents=True)
    (folder / "zh" / "granted.wav").write_bytes(b"RIFF-granted")
    (folder / "zh" / "other.wav").write_bytes(b"RIFF-other")
    (folder / "phrases.toml").write_text('[granted]\nzh = "请通行。"\n', encoding="utf-8")
    pages = (ScreenPage(lane="gate-1", clips=load_clips(folder)),)
    with counter(tmp_path, lanes=("gate-1",), pages=pages) as till:
        path = "/screen/v1/gate-1/sounds"
        found = till.send("GET", f"{path}/zh/granted.wav", client=None)
        assert (found.status_code, found.content) == (200, b"RIFF-granted")
        assert found.headers["content-type"] == "audio/wav"
        for name in ("zh/other.wav", "en/granted.wav", "zh/granted", "zh/phrases.toml"):
            told(till.send("GET", f"{path}/{name}", client=None), "not-found")
