"""Marks: what a terminal's journal says was shown, for a terminal that begins on an empty disk."""

import json

from central.store.store import Store
from protocol.snapshot import MARKS_MAX, CardMark, Marks, PhoneMark, read_marks
from verifier.model import Verdict

# As many as the terminal's own replay memory keeps whatever the clock says: 0.15 s to read.
ENTRIES_READ_MAX = 20_000

_ACCEPTED = frozenset({Verdict.GRANT.value, Verdict.REFER.value})


def marks_of(store: Store, terminal: str) -> Marks:
    """Return the newest marks that the entries held of a terminal leave, of every epoch.

    For each card the newest accepted presentation stands; of entries beside the journal, which a
    parted disk brought, the latest. Entries that never came home left none.
    """
    phones: dict[str, PhoneMark] = {}
    cards: dict[str, CardMark] = {}
    for line in store.histories.newest(terminal, ENTRIES_READ_MAX):
        if len(phones) + len(cards) >= MARKS_MAX:
            break
        left = _left_by(json.loads(line))
        for phone in left.phones:
            phones.setdefault(phone.pseudonym, phone)
        for card in left.cards:
            cards.setdefault(card.pseudonym, card)
    for line in store.histories.newest_aside(terminal, ENTRIES_READ_MAX):
        if len(phones) + len(cards) >= MARKS_MAX:
            break
        left = _left_by(json.loads(line))
        for phone in left.phones:
            known = phones.get(phone.pseudonym, phone)
            phones[phone.pseudonym] = max(known, phone, key=lambda mark: mark.iat)
        for card in left.cards:
            held = cards.get(card.pseudonym, card)
            cards[card.pseudonym] = max(held, card, key=lambda mark: mark.at)
    return Marks(phones=tuple(phones.values()), cards=tuple(cards.values()))


def _left_by(entry: object) -> Marks:
    """Return the mark that an entry leaves, if it does and is in form."""
    try:
        match entry:
            case {"verdict": verdict} if verdict not in _ACCEPTED:
                return Marks()
            case {"pseudonym": name, "iat": None, "at": at, "lane": lane}:
                return read_marks({"phones": [], "cards": [[name, at, lane]]})
            case {"pseudonym": name, "iat": iat, "at": at}:
                return read_marks({"phones": [[name, iat, at]], "cards": []})
    except ValueError:  # a terminal wrote something else under these names: nothing of ours
        return Marks()
    return Marks()
