from drivers.base import Contact, ContactEvent
from drivers.contacts import SETTLE_MS, ContactWatch, Wire


def event(contact: Contact, *, is_active: bool, at_ms: int) -> ContactEvent:
    return ContactEvent(contact=contact, is_active=is_active, at_ms=at_ms)


PASSED = event(Contact.PASSAGE, is_active=True, at_ms=100)


def watch() -> ContactWatch:
    return ContactWatch(
        {
            Contact.PASSAGE: Wire(number=1),
            Contact.RELEASE: Wire(number=2, is_inverted=True),
        }
    )


def quiet(machine: ContactWatch, until_ms: int = SETTLE_MS) -> None:
    machine.receive({1: False, 2: True}, 0)
    assert machine.receive({1: False, 2: True}, until_ms) == ()


def test_level_counts_once_it_has_lasted_and_is_told_from_its_first_edge() -> None:
    machine = watch()
    quiet(machine)
    assert machine.receive({1: True}, 100) == ()
    assert machine.receive({1: True}, 100 + SETTLE_MS - 1) == ()
    assert machine.receive({1: True}, 100 + SETTLE_MS) == (PASSED,)
    assert machine.receive({1: True}, 1_000) == ()


def test_bouncing_is_told_once() -> None:
    machine = watch()
    quiet(machine)
    told = [
        event
        for at_ms, is_high in ((80, True), (85, False), (90, True), (95, False), (100, True))
        for event in machine.receive({1: is_high}, at_ms)
    ]
    assert told == []
    assert machine.receive({1: True}, 130) == (PASSED,)


def test_contact_that_opens_is_active_where_it_is_low() -> None:
    machine = watch()
    quiet(machine)
    machine.receive({2: False}, 200)
    expected = event(Contact.RELEASE, is_active=True, at_ms=200)
    assert machine.receive({2: False}, 200 + SETTLE_MS) == (expected,)


def test_contact_that_is_active_at_the_start_is_told() -> None:
    machine = watch()
    machine.receive({1: True, 2: True}, 100)
    assert machine.receive({1: True, 2: True}, 100 + SETTLE_MS) == (PASSED,)


def test_contact_that_went_back_while_the_device_was_away_is_told_then() -> None:
    machine = watch()
    machine.receive({1: True, 2: True}, 100)
    assert machine.receive({1: True, 2: True}, 100 + SETTLE_MS) == (PASSED,)
    machine.lose()
    assert machine.receive({1: False, 2: True}, 5_000) == ()
    back = event(Contact.PASSAGE, is_active=False, at_ms=5_000)
    assert machine.receive({1: False, 2: True}, 5_000 + SETTLE_MS) == (back,)


def test_contact_that_is_as_it_was_when_the_device_comes_back_is_not_told_again() -> None:
    machine = watch()
    machine.receive({1: True, 2: True}, 100)
    machine.receive({1: True, 2: True}, 100 + SETTLE_MS)
    machine.lose()
    machine.receive({1: True, 2: True}, 5_000)
    assert machine.receive({1: True, 2: True}, 6_000) == ()


def test_two_contacts_change_at_once() -> None:
    machine = watch()
    quiet(machine)
    machine.receive({1: True, 2: False}, 100)
    assert len(machine.receive({1: True, 2: False}, 200)) == 2
