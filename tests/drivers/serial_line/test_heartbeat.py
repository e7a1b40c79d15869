import pytest

from drivers.serial_line.heartbeat import ANSWER_MS_MAX, Heartbeat

EVERY_MS = 30_000
QUERY = b"?"


def begun() -> Heartbeat:
    heartbeat = Heartbeat(QUERY, EVERY_MS)
    heartbeat.begin(0)
    return heartbeat


def test_scanner_is_asked_at_once_and_then_when_it_was_silent_for_long() -> None:
    heartbeat = begun()
    assert heartbeat.tick(0) == QUERY
    heartbeat.heard(5)
    assert heartbeat.due_ms == 5 + EVERY_MS
    assert heartbeat.tick(4 + EVERY_MS) == b""
    assert heartbeat.tick(5 + EVERY_MS) == QUERY


def test_code_is_a_sign_of_life() -> None:
    heartbeat = begun()
    for now_ms in range(0, 10 * EVERY_MS, EVERY_MS - 1):
        heartbeat.heard(now_ms)
        assert heartbeat.tick(now_ms) == b""


def test_two_questions_without_an_answer_are_a_dead_scanner() -> None:
    heartbeat = begun()
    assert heartbeat.tick(0) == QUERY
    assert heartbeat.tick(ANSWER_MS_MAX - 1) == b""
    assert heartbeat.tick(ANSWER_MS_MAX) == QUERY
    assert not heartbeat.is_dead
    assert heartbeat.tick(2 * ANSWER_MS_MAX) == b""
    assert heartbeat.is_dead


def test_dead_scanner_is_asked_on_and_lives_again_at_its_first_answer() -> None:
    heartbeat = begun()
    now_ms = 0
    while not heartbeat.is_dead:
        now_ms = heartbeat.due_ms
        heartbeat.tick(now_ms)
    for _ in range(100):
        now_ms = heartbeat.due_ms
        heartbeat.tick(now_ms)
        assert heartbeat.is_dead
    assert now_ms > 40 * EVERY_MS  # not more often than a living one, but for the second question
    heartbeat.heard(now_ms)
    assert not heartbeat.is_dead


@pytest.mark.parametrize(("query", "every_ms"), [(b"", EVERY_MS), (QUERY, ANSWER_MS_MAX - 1)])
def test_heartbeat_that_can_not_be_is_a_bug(query: bytes, every_ms: int) -> None:
    with pytest.raises(ValueError, match="a query"):
        Heartbeat(query, every_ms)
