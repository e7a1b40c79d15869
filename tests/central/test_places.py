import pytest

from central.errors import Refused
from central.routes.places import Places
from protocol.problems import ProblemCode


def _is_refused(places: Places, terminal: str) -> bool:
    try:
        with places.one(terminal):
            return False
    except Refused as refusal:
        return refusal.problem.code is ProblemCode.OVERLOADED


def test_last_place_is_given_and_one_more_is_not() -> None:
    places = Places(3, what="bodies")
    with places.one("gate-1"), places.one("gate-1"):
        assert not _is_refused(places, "gate-2")
        with places.one("gate-1"):
            assert _is_refused(places, "gate-2")
        assert not _is_refused(places, "gate-2")


def test_one_terminal_holds_no_more_than_its_own() -> None:
    places = Places(4, 2, what="bodies")
    with places.one("gate-1"):
        assert not _is_refused(places, "gate-1")
        with places.one("gate-1"):
            assert _is_refused(places, "gate-1")
            assert not _is_refused(places, "gate-2")


def test_place_is_given_back_when_the_work_fails_and_no_name_is_kept() -> None:
    places = Places(1, 1, what="bodies")
    for number in range(3):
        with pytest.raises(KeyError), places.one(f"gate-{number}"):
            raise KeyError
    assert not places._held
    assert not _is_refused(places, "gate-1")
