"""What a content pack says: services in categories, queues, and checklists that ask their way."""

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.model import UnixSeconds
from verifier.profile import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A heading that services stand under."""

    id: str
    name: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One line of people that tickets are numbered for."""

    id: str
    name: Phrase
    prefix: str  # of its tickets' numbers: a capital letter, no other queue's


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One thing that people come for."""

    id: str
    category: str
    name: Phrase
    keywords: tuple[str, ...] = ()  # what people type for it: short forms, initials, old names
    needs_card: bool = False
    queue: str = ""  # for which it gives tickets; empty: none
    checklist: str = ""  # of what to bring; empty: none
    subsidies: bool = False  # the centre can be asked what was paid to who showed his card
    what: Phrase | None = None  # what it is, in a sentence or two


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to bring."""

    name: Phrase
    note: Phrase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One way to answer a question."""

    id: str
    text: Phrase
    bring: tuple[str, ...] = ()  # items that it asks for
    next: str = ""  # the question that follows; empty: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of a checklist."""

    text: Phrase
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """Questions that lead to what to bring; no way through them is endless."""

    title: Phrase
    start: str
    questions: Mapping[str, Question]
    items: Mapping[str, Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPack:
    """Everything that one kind of screen offers."""

    version: int  # higher is newer
    issued_at: UnixSeconds
    categories: tuple[Category, ...]
    services: tuple[Service, ...]
    queues: tuple[Queue, ...] = ()
    checklists: Mapping[str, Checklist] | None = None
    utc_offset_min: int = 480  # tickets begin anew at midnight of this clock

    def service(self, name: str) -> Service | None:
        """Return the service of that id; None: there is none."""
        return next((each for each in self.services if each.id == name), None)

    def queue(self, name: str) -> Queue | None:
        """Return the queue of that id; None: there is none."""
        return next((each for each in self.queues if each.id == name), None)

    def checklist(self, name: str) -> Checklist | None:
        """Return the checklist of that id; None: there is none."""
        return (self.checklists or {}).get(name)
