import threading

import pytest

from terminal.screens.board import BEAT_S_MAX, KINDS_MAX, WATCHERS_MAX, ScreenBoard
from terminal.screens.screen import NOTHING, Screen, View


def screen(view: View, lane: str = "gate-1") -> Screen:
    return Screen(lane=lane, view=view, title=NOTHING)


def test_newest_of_each_kind_is_read_the_oldest_first() -> None:
    board = ScreenBoard(("gate-1", "gate-2"))
    board.put(screen(View.IDLE))
    board.tell("gate-1", "visit", {"state": "scan"})
    board.put(screen(View.GRANTED))
    kinds = [(each.kind, each.number) for each in board.read("gate-1")]
    assert kinds == [("visit", 2), ("screen", 3)]
    assert board.read("gate-1", 3) == ()
    assert board.read("gate-2") == ()


def test_lane_without_a_screen_is_passed_over() -> None:
    board = ScreenBoard(("gate-1",))
    board.put(screen(View.IDLE, "gate-9"))
    assert board.read("gate-9") == ()
    assert board.lanes == ("gate-1",)


def test_what_was_told_is_not_changed_by_who_told_it() -> None:
    board, told = ScreenBoard(("gate-1",)), {"state": "scan"}
    board.tell("gate-1", "visit", told)
    told["state"] = "ready"
    assert board.read("gate-1")[0].data == {"state": "scan"}


def test_kinds_are_bounded() -> None:
    board = ScreenBoard(("gate-1",))
    for number in range(KINDS_MAX):
        board.tell("gate-1", f"kind-{number}", {})
    board.tell("gate-1", "kind-0", {})
    with pytest.raises(ValueError, match="is another"):
        board.tell("gate-1", "one-more", {})


def test_who_watches_is_woken_until_he_has_enough() -> None:
    board, woken = ScreenBoard(("gate-1",)), list[int]()
    wake = lambda: woken.append(1)  # noqa: E731  # the very one is taken off again
    board.watch(wake)
    board.put(screen(View.IDLE))
    board.unwatch(wake)
    board.put(screen(View.GRANTED))
    assert woken == [1]


def test_method_that_watched_is_woken_no_more_though_each_look_at_it_is_another_object() -> None:
    told, woken = ScreenBoard(("gate-1",)), list[threading.Event]()
    for _ in range(2 * WATCHERS_MAX):
        woken.append(threading.Event())
        told.watch(woken[-1].set)
        told.unwatch(woken[-1].set)
    told.put(screen(View.IDLE))
    assert not any(each.is_set() for each in woken)


def test_watchers_are_bounded() -> None:
    board = ScreenBoard(("gate-1",))
    for _ in range(WATCHERS_MAX):
        board.watch(threading.Event().set)
    with pytest.raises(ValueError, match="watch already"):
        board.watch(threading.Event().set)


def test_daemon_lives_for_as_long_as_it_says_so() -> None:
    now = [100.0]
    board = ScreenBoard((), now_s=lambda: now[0])
    assert not board.is_alive
    board.beat()
    now[0] += BEAT_S_MAX
    assert board.is_alive
    now[0] += 0.001
    assert not board.is_alive
