"""What stands in a content pack's file, key by key: what reads it and its JSON Schema alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from protocol.content.limits import (
    ANSWERS_MAX,
    CATEGORIES_MAX,
    CHECKLISTS_MAX,
    ITEMS_MAX,
    KEYWORD_CHARACTERS_MAX,
    KEYWORDS_MAX,
    NAME_CHARACTERS_MAX,
    QUESTION_CHARACTERS_MAX,
    QUESTIONS_MAX,
    QUEUES_MAX,
    SERVICES_MAX,
    WHAT_CHARACTERS_MAX,
)
from protocol.content.model import (
    Answer,
    Category,
    Checklist,
    ContentPack,
    Item,
    Question,
    Queue,
    Service,
)
from protocol.profile_file.faults import Fault, shown, wrong
from protocol.profile_file.shapes import Field, Flag, Listing, Shape, Table, Text, Whole
from verifier.profile import Phrase

_ID_PATTERN = "[a-z0-9][a-z0-9-]{0,31}"
# Control characters, line separators, and what turns the direction of writing round.
_NEVER = r"[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
# As codes' times (docs/cc1.md): four octets with the highest bits set; 2004 to 2106.
_MOMENT_MIN, _MOMENT_MAX = 1_073_741_824, 4_294_967_295
_VERSION_MAX = 1_000_000_000

_ID = Text(
    en="an id: small letters, digits and hyphens, 32 at most",
    zh="标识：小写字母、数字和连字符，最多 32 个",
    most=32, pattern=_ID_PATTERN,
)  # fmt: skip
_PREFIX = Text(en="one capital letter", zh="一个大写字母", most=1, pattern="[A-Z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ById:
    """Values by id, at least one."""

    item: Shape
    most: int

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        """Return what `value` stands for."""
        if not isinstance(value, dict) or not 1 <= len(value) <= self.most:
            en, zh = f"must be an object of 1 to {self.most}", f"应为对象，1 到 {self.most} 项"
            faults.append(wrong(path, en, zh, value))
            return None
        known = len(faults)
        read = {
            _ID.read(key, f"{path}.{shown(key)}", faults): self.item.read(
                each, f"{path}.{shown(key)}", faults
            )
            for key, each in value.items()
        }
        return read if len(faults) == known else None

    def schema(self) -> dict[str, object]:
        """Return its JSON Schema."""
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^{_ID_PATTERN}$"},
            "additionalProperties": self.item.schema(),
            "minProperties": 1,
            "maxProperties": self.most,
        }


def _needed(shape: Shape, says: str = "") -> Field:
    return Field(shape=shape, says=says, is_required=True)


def _words(most: int) -> Text:
    return Text(
        en=f"words of 1 to {most} letters on one line",
        zh=f"一行文字，1 到 {most} 字",
        most=most,
        never=_NEVER,
    )


def _phrase(most: int) -> Table:
    return Table(make=Phrase, fields={"zh": _needed(_words(most)), "en": _needed(_words(most))})


def _named(make: Callable[..., object]) -> Callable[..., object]:
    """Return what makes a value of `make` whose name stands in its file as zh and en."""

    def made(*, zh: str, en: str, **others: Any) -> object:
        return make(name=Phrase(zh=zh, en=en), **others)

    return made


_NAME = _words(NAME_CHARACTERS_MAX)
_NAMES: Mapping[str, Field] = {
    "zh": _needed(_NAME, "Its name in Chinese."),
    "en": _needed(_NAME, "Its name in English."),
}
_IDENTITY: Mapping[str, Field] = {"id": _needed(_ID, "What others call it by."), **_NAMES}

_CATEGORY = Table(make=_named(Category), fields=_IDENTITY)
_QUEUE = Table(
    make=_named(Queue),
    fields={**_IDENTITY, "prefix": _needed(_PREFIX, "Its tickets' numbers begin so.")},
)
_KEYWORD = _words(KEYWORD_CHARACTERS_MAX)
_SERVICE = Table(
    make=_named(Service),
    fields={
        **_IDENTITY,
        "category": _needed(_ID, "The category that it stands in."),
        "keywords": Field(
            shape=Listing(item=_KEYWORD, most=KEYWORDS_MAX),
            says="What people type for it: short forms, initials of pinyin, old names.",
        ),
        "needs_card": Field(shape=Flag(), says="The card is to be shown before anything is done."),
        "queue": Field(shape=_ID, says="The queue that it gives tickets for."),
        "checklist": Field(shape=_ID, says="The checklist of what to bring."),
        "subsidies": Field(
            shape=Flag(), says="The centre can be asked what was paid to who shows his card."
        ),
        "what": Field(shape=_phrase(WHAT_CHARACTERS_MAX), says="What it is, in a sentence or two."),
    },
)
_ITEM = Table(
    make=_named(Item),
    fields={
        **_NAMES,
        "note": Field(shape=_phrase(QUESTION_CHARACTERS_MAX), says="How it is to be."),
    },
)
_ANSWER = Table(
    make=Answer,
    fields={
        "id": _needed(_ID, "What others call it by."),
        "text": _needed(_phrase(NAME_CHARACTERS_MAX), "What stands on it."),
        "bring": Field(shape=Listing(item=_ID, most=ITEMS_MAX), says="Items that it asks for."),
        "next": Field(shape=_ID, says="The question that follows; without it the list ends."),
    },
)
_QUESTION = Table(
    make=Question,
    fields={
        "text": _needed(_phrase(QUESTION_CHARACTERS_MAX), "What is asked."),
        "answers": _needed(Listing(item=_ANSWER, most=ANSWERS_MAX), "The ways to answer it."),
    },
)
_CHECKLIST = Table(
    make=Checklist,
    fields={
        "title": _needed(_phrase(NAME_CHARACTERS_MAX), "What it is for."),
        "start": _needed(_ID, "The first question."),
        "questions": _needed(ById(item=_QUESTION, most=QUESTIONS_MAX), "Its questions, by id."),
        "items": _needed(ById(item=_ITEM, most=ITEMS_MAX), "What can be asked for, by id."),
    },
)

PACK = Table(
    make=ContentPack,
    fields={
        "version": _needed(Whole(least=1, most=_VERSION_MAX), "Higher is newer."),
        "issued_at": _needed(
            Whole(least=_MOMENT_MIN, most=_MOMENT_MAX), "When it was made: seconds since 1970, UTC."
        ),
        "utc_offset_min": Field(
            shape=Whole(least=-720, most=840),
            says="Minutes east of UTC: tickets begin anew at midnight of this clock.",
        ),
        "categories": _needed(
            Listing(item=_CATEGORY, most=CATEGORIES_MAX), "Headings, in their order."
        ),
        "queues": Field(shape=Listing(item=_QUEUE, most=QUEUES_MAX), says="Lines of people."),
        "services": _needed(
            Listing(item=_SERVICE, most=SERVICES_MAX), "What people come for, in its order."
        ),
        "checklists": Field(
            shape=ById(item=_CHECKLIST, most=CHECKLISTS_MAX), says="Checklists, by id."
        ),
    },
)
