"""Whose bug it was that a thread died of."""

import threading
from types import ModuleType
from typing import Any

import pytest

from terminal.devices.driver_threads import Roster, culprits

PACKAGES = ("acme", "other")


def calling(*modules: str) -> Any:
    """Return a function of the first module that calls one of the second, and so on to an error."""
    call: Any = None
    for name in reversed(modules):
        module = ModuleType(name)
        module.__dict__["call"] = call
        inner = "call()" if call else "{}['no such field']"
        exec(f"def run():\n    {inner}", module.__dict__)  # noqa: S102  # frames of a module's name
        call = module.__dict__["run"]
    return call


def death(*modules: str) -> BaseException:
    """Return what a thread dies of whose code came through these modules."""
    caught: list[BaseException] = []
    call = calling(*modules)

    def run() -> None:
        try:
            call()
        except KeyError as error:
            # Without the frame of this test, as on a thread of its own.
            caught.append(error.with_traceback(error.__traceback__ and error.__traceback__.tb_next))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return caught[0]


@pytest.mark.parametrize(
    ("modules", "whose"),
    [
        (("acme",), {"acme"}),
        (("acme.reader", "socket"), {"acme"}),
        (("acme", "drivers.back_off"), {"acme"}),
        (("drivers.serial_line.scanner", "acme"), {"acme"}),  # a class of ours, made more of
        (("mqtt.client", "other"), {"other"}),
        (("mqtt.client",), {"acme", "other"}),
        (("acme", "terminal.devices.guard", "terminal.lanes.lane"), set()),
        (("drivers.camera.scanner",), set()),
        (("drivers.camera.scanner", "json"), set()),
        (("offline_cache.writer", "sqlite3"), set()),
    ],
)
def test_thread_is_laid_to_whose_code_it_ran(modules: tuple[str, ...], whose: set[str]) -> None:
    assert culprits(death(*modules), PACKAGES) == whose


def test_without_drivers_of_others_every_bug_is_ours() -> None:
    assert culprits(death("mqtt.client"), ()) == set()


def failure(error: BaseException | None) -> threading.ExceptHookArgs:
    thread = threading.Thread(name="reader")
    return threading.ExceptHookArgs((type(error), error, None, thread))


def test_those_who_guard_the_package_are_told_while_they_do() -> None:
    roster, told, others = Roster(), list[str](), list[str]()
    roster.enter("acme", told.append)
    roster.enter("other", others.append)
    assert roster.blame(failure(death("acme")))
    assert told == ["lost its thread reader (KeyError: 'no such field')"]
    assert others == []
    assert roster.leave("acme", told.append) == ()
    assert roster.blame(failure(death("acme")))  # left behind: nobody's end, and no news
    assert len(told) == 1
    assert not roster.blame(failure(death("terminal.lanes.lane")))
    assert not roster.blame(failure(None))
