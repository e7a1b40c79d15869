"""Marks: what a terminal's journal says was shown and used, for a terminal that begins on an empty disk."""

import json
from collections.abc import Mapping
from contextlib import suppress

from central.store.store import Store
from protocol.snapshot import (
    MARKS_MAX,
    USES_MAX,
    CardMark,
    KeyMark,
    Marks,
    PhoneMark,
    UseMark,
    read_marks,
)
from protocol.use_marks import answers, is_used, marks_of_entry
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
    used = _Used()
    for line in store.histories.newest(terminal, ENTRIES_READ_MAX):
        entry = json.loads(line)
        used.take(entry)
        if len(phones) + len(cards) >= MARKS_MAX:
            continue
        left = _left_by(entry)
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
    return Marks(
        phones=tuple(phones.values()),
        cards=tuple(cards.values()),
        uses=tuple(used.uses),
        keys=tuple(used.keys.values()),
    )


class _Used:
    """The newest uses that nothing has taken back, and the last entry of each key."""

    def __init__(self) -> None:
        self.uses: list[UseMark] = []
        self.keys: dict[str, KeyMark] = {}
        self._answered: set[tuple[int, int]] = set()

    def take(self, entry: Mapping[str, object]) -> None:
        """Take the next older entry; what a terminal wrote that is nothing of ours leaves none."""
        with suppress(ValueError):
            place = answers(entry)
            if place is not None:
                self._answered.add(place)
            if is_used(entry):
                self._note(*marks_of_entry(entry))

    def _note(self, use: UseMark | None, key: KeyMark | None) -> None:
        left = Marks(uses=() if use is None else (use,), keys=() if key is None else (key,))
        read_marks(left.members())  # or no terminal could read its enrolment, and begin anew
        if key is not None and len(self.keys) < USES_MAX:
            self.keys.setdefault(key.digest, key)
        is_standing = use is not None and (use.epoch, use.seq) not in self._answered
        if use is not None and is_standing and len(self.uses) < USES_MAX:
            self.uses.append(use)


def _left_by(entry: object) -> Marks:
    """Return the mark that an entry leaves, if it does and is in form."""
    try:
        match entry:
            case {"verdict": verdict} if verdict not in _ACCEPTED:
                return Marks()
            case {"reference": _}:  # an override: the card was shown for the referral
                return Marks()
            case {"pseudonym": name, "iat": None, "at": at, "lane": lane}:
                return read_marks({"phones": [], "cards": [[name, at, lane]]})
            case {"pseudonym": name, "iat": iat, "at": at}:
                return read_marks({"phones": [[name, iat, at]], "cards": []})
    except ValueError:  # a terminal wrote something else under these names: nothing of ours
        return Marks()
    return Marks()
