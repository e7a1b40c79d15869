"""What people left at screens: appeals to work through, ratings and what was asked for."""

from collections.abc import Callable, Mapping

from central.operators import appeals
from central.operators.appeals import ENDS, Place
from central.operators.cases import NOTE_MAX, CaseTaken
from central.operators.values import OperatorRole
from central.pages.answers import PageCode, PageRefused
from central.pages.asked import Asked, checked, malformed
from central.projectors.entry import DAY_S, HOUR_S
from central.projectors.visits import TICKET
from central.store.visits import Appeal, AppealState

DAYS_DEFAULT, DAYS_MAX = 7, 31
_NUMBER_END = 1 << 63


def queue(asked: Asked) -> Mapping[str, object]:
    """Return the appeals in a state, what can't wait first; without their words."""
    states = {state.value: state for state in AppealState}
    state = states.get(asked.query.get("state", AppealState.OPEN.value))
    if state is None:
        raise malformed(f"state is one of {', '.join(states)}")
    found = asked.store.visits.appeals(state)
    return {"now": asked.now, "appeals": [_members(each) for each in found]}


def one_appeal(asked: Asked) -> Mapping[str, object]:
    """Return one appeal without its words.

    Raises:
        PageRefused: there is none.
    """
    place = _place(asked.query.get("terminal"), asked.query.get("number"))
    return {"now": asked.now, **_members(_found(asked, place))}


def claim(asked: Asked) -> Mapping[str, object]:
    """Take an open appeal.

    Raises:
        PageRefused: there is none, or somebody has it.
    """
    place = _named(asked)
    return _done(asked, place, lambda: appeals.claim(asked.store, place, asked.who.name, asked.now))


def leave(asked: Asked) -> Mapping[str, object]:
    """Give an appeal back: one's own, and an admin somebody else's.

    Raises:
        PageRefused: it is somebody else's, or nobody's.
    """
    place, who = _named(asked), asked.who.name
    held = _found(asked, place).operator
    if held != who and not asked.who.role.may(OperatorRole.ADMIN):
        raise _taken(asked, place)
    return _done(
        asked, place, lambda: appeals.leave(asked.store, place, who, of=held, now=asked.now)
    )


def end(asked: Asked) -> Mapping[str, object]:
    """Write what became of an appeal.

    Raises:
        PageRefused: it is not one's own, or no end or note is given.
    """
    place, note = _named(asked), asked.text("note", NOTE_MAX)
    ends = {state.value: state for state in ENDS}
    state = ends.get(asked.text("state", 16))
    if state is None:
        raise malformed(f"state is one of {', '.join(ends)}")
    who, now = asked.who.name, asked.now
    return _done(
        asked,
        place,
        lambda: appeals.end(asked.store, place, who, state=state, note=note, now=now),
    )


def words(asked: Asked) -> Mapping[str, object]:
    """Return what somebody wrote, to the operator who works on it; it is audited.

    Raises:
        PageRefused: it is not one's own, or sealed to a key that is not here.
    """
    place, keys = _named(asked), [asked.centre.site.keys.seal]
    try:
        found = appeals.words_of(asked.store, place, asked.who.name, keys, asked.now)
    except CaseTaken as error:
        raise _taken(asked, place) from error
    except ValueError as error:
        raise PageRefused(PageCode.NOT_FOUND, str(error)) from error
    return {"words": found}


def visits(asked: Asked) -> Mapping[str, object]:
    """Return ratings by lane, day and service, and which services people took tickets for."""
    days = asked.number("days", default=DAYS_DEFAULT, largest=DAYS_MAX, smallest=1)
    today, hour = asked.now // DAY_S, asked.now // HOUR_S
    rated = asked.store.visits.ratings(range(today - days + 1, today + 1))
    wanted = asked.store.visits.services(range(hour - days * 24 + 1, hour + 1), TICKET)
    return {
        "now": asked.now,
        "ratings": [
            {
                "at": each.day * DAY_S,
                "terminal": each.terminal,
                "lane": each.lane,
                "service": each.service,
                "count": each.count,
                "mean": round(each.mean, 2),
            }
            for each in rated
        ],
        "tickets": [{"service": service, "count": count} for service, count in wanted],
    }


def _done(asked: Asked, place: Place, act: Callable[[], None]) -> Mapping[str, object]:
    try:
        act()
    except CaseTaken as error:
        raise _taken(asked, place) from error
    return _members(_found(asked, place))


def _taken(asked: Asked, place: Place) -> PageRefused:
    found = _found(asked, place)
    return PageRefused(PageCode.TAKEN, f"it is {found.state.value} by {found.operator or 'nobody'}")


def _found(asked: Asked, place: Place) -> Appeal:
    found = asked.store.visits.appeal(*place)
    if found is None:
        raise PageRefused(PageCode.NOT_FOUND, "there is no such appeal")
    return found


def _named(asked: Asked) -> Place:
    return _place(asked.body.get("terminal"), asked.body.get("number"))


def _place(terminal: object, number: object) -> Place:
    """Return the place that a terminal's name and the number told to people stand for."""
    if not isinstance(terminal, str) or not isinstance(number, str):
        raise malformed("an appeal has a terminal and a number")
    parts = number.split("-")
    digits = all(each.isascii() and each.isdigit() and len(each) < 20 for each in parts)  # 64 bits
    if len(parts) != 2 or not digits or max(map(int, parts)) >= _NUMBER_END:  # epoch, number
        raise malformed("an appeal's number is like 1-217")
    return checked(terminal), int(parts[0]), int(parts[1])


def _members(of: Appeal) -> dict[str, object]:
    return {
        "terminal": of.terminal,
        "number": of.number,
        "lane": of.lane,
        "at": of.at,
        "urgency": of.urgency,
        "service": of.service,
        "is_identified": of.pseudonym != "",
        "state": of.state.value,
        "operator": of.operator,
        "note": of.note,
        "changed": of.changed_at or None,
    }
