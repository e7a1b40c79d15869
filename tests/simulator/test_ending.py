import os
import signal
import threading

import pytest

from simulator.ending import Ended, Ending, until_signalled


def test_wait_and_check_raise_once_the_end_has_come() -> None:
    ending = Ending()
    ending.check()
    ending.wait(0)
    ending.come()

    for waiting in (ending.check, lambda: ending.wait(0), lambda: ending.wait(1_000)):
        with pytest.raises(Ended):
            waiting()


def test_first_signal_is_the_one_that_brought_the_end() -> None:
    ending = Ending()
    ending.come(signal.SIGINT)
    ending.come(signal.SIGTERM)

    assert ending.signal == signal.SIGINT


def test_tasks_that_all_end_well_bring_no_end() -> None:
    ending, done = Ending(), list[int]()
    ending.together(lambda: done.append(1), lambda: done.append(2))

    assert sorted(done) == [1, 2]
    assert not ending.is_here


@pytest.mark.slow  # a slice passes before the other task looks
def test_bug_in_one_task_ends_the_others_and_is_raised() -> None:
    ending, begun, left = Ending(), threading.Event(), list[str]()

    def wait_long() -> None:
        begun.set()
        try:
            ending.wait(1_000)
        finally:
            left.append("the long task")

    def fail() -> None:
        begun.wait()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ending.together(wait_long, fail)
    assert left == ["the long task"]


def test_signal_ends_the_work_and_gives_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def work(ending: Ending) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):  # the second disturbs nothing
            os.kill(os.getpid(), number)
        ending.wait(1_000)
        return 0

    assert until_signalled("bench", work) == 143
    assert capsys.readouterr().err == "scan-terminal: the bench was interrupted\n"
    assert signal.getsignal(signal.SIGTERM) == before


def test_work_without_a_signal_gives_its_own_status() -> None:
    assert until_signalled("demo", lambda _: 1) == 1
