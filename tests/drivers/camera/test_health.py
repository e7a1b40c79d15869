import signal

import pytest

from drivers.camera.health import EXIT_MEMORY, EXIT_RENEWED, CameraHealth, Ending, Failure, ending


@pytest.mark.parametrize(
    ("code", "was_killed", "expected"),
    [
        (1, False, Failure.CRASHED),
        (0, False, Failure.CRASHED),
        (-signal.SIGSEGV, False, Failure.CRASHED),
        (-signal.SIGABRT, False, Failure.CRASHED),
        (-signal.SIGKILL, True, Failure.CRASHED),
        (-signal.SIGKILL, False, Failure.MEMORY),
        (EXIT_MEMORY, False, Failure.MEMORY),
        (EXIT_RENEWED, False, Failure.RENEWED),
        (-signal.SIGSYS, False, Failure.FORBIDDEN),
        (-signal.SIGPROF, False, Failure.HUNG),
        (None, True, Failure.HUNG),
    ],
)
def test_kind_of_an_ending(code: int | None, expected: Failure, *, was_killed: bool) -> None:
    assert ending(code, "", was_killed=was_killed).failure is expected


@pytest.mark.parametrize(
    ("code", "last_line", "words"),
    [
        (1, "no camera", "exit 1: no camera"),
        (-11, "", "signal 11"),
        (None, "what it said before", "cannot be ended"),
    ],
)
def test_ending_in_words(code: int | None, last_line: str, words: str) -> None:
    assert ending(code, last_line, was_killed=False) == Ending(
        failure=ending(code, "", was_killed=False).failure, words=words
    )


def test_counts_name_every_failure_of_each_process() -> None:
    none = dict.fromkeys(Failure, 0)
    health = CameraHealth(frames=7, capture=none, decode=none | {Failure.HUNG: 2})
    counts = health.counts()
    assert (counts["frames"], counts["decode_hung"], counts["capture_crashed"]) == (7, 2, 0)
    assert len(counts) == 1 + 2 * len(Failure)
    assert health.restarts == 2
