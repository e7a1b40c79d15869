"""Shapes of a file's values: each reads one, says what is wrong with it, and gives its schema.

What `read` takes is what `schema` (JSON Schema 2020-12) takes: one source for both. A fault is told
with its path, in both languages, in words that say what to write instead.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Protocol

from protocol.profile_file.faults import Fault, shown, wrong

# A reference to another page, in brackets.
_LINK = re.compile(r" \(\[[^]]+\]\([^)]+\)(, \"[^\"]+\")?\)")


class Shape(Protocol):
    """What a value must be."""

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        """Return what `value` stands for; where it is none, None, and say so in `faults`."""

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of the same values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of some words."""

    members: Mapping[str, object]

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        """Return what `value` stands for."""
        if isinstance(value, str) and value in self.members:
            return self.members[value]
        words = ", ".join(f'"{word}"' for word in self.members)
        faults.append(wrong(path, f"must be one of {words}", f"应为下列之一：{words}", value))
        return None

    def schema(self) -> dict[str, object]:
        """Return its JSON Schema."""
        return {"enum": list(self.members)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A whole number, both ends included.

    One with a point is none, though JSON Schema can't tell 10.00 from 10: whoever writes it means
    ten of the large unit.
    """

    least: int
    most: int
    step: int = 1  # it is so many times a whole number
    en: str = ""  # what it counts, where that is easily taken for something else
    zh: str = ""

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        """Return what `value` stands for."""
        match value:
            case bool():
                pass
            case int() if self.least <= value <= self.most and value % self.step == 0:
                return value
            case _:
                pass
        span, kind = f"{self.least} to {self.most}", f"{self.least} 到 {self.most} 的整数"
        en, zh = f"must be a whole number, {span}{self.en}", f"应为 {kind}{self.zh}"
        faults.append(wrong(path, en, zh, value))
        return None

    def schema(self) -> dict[str, object]:
        """Return its JSON Schema."""
        told = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return told | ({} if self.step == 1 else {"multipleOf": self.step})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Yes or no."""

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        """Return what `value` stands for."""
        if isinstance(value, bool):
            return value
        faults.append(wrong(path, "must be true or false", "应为 true 或 false", value))
        return None

    def schema(self) -> dict[str, object]:
        """Return its JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text without certain letters, and where there is a pattern of a form."""

    en: str  # what it must be
    zh: str
    most: int
    least: int = 1
    never: str = ""  # pattern of one letter that must not stand in it
    pattern: str = ""  # of the whole; of fixed length, for `$` means two things

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        """Return what `value` stands for."""
        if isinstance(value, str) and self._is_one(value):
            return value
        faults.append(wrong(path, f"must be {self.en}", f"应为{self.zh}", value))
        return None

    def _is_one(self, value: str) -> bool:
        return (
            self.least <= len(value) <= self.most
            and not (self.never and re.search(self.never, value))
            and bool(re.fullmatch(self.pattern, value) if self.pattern else True)
        )

    def schema(self) -> dict[str, object]:
        """Return its JSON Schema."""
        told: dict[str, object] = {
            "type": "string", "minLength": self.least, "maxLength": self.most,
        }  # fmt: skip
        if self.never:
            told["not"] = {"pattern": self.never}
        return told | ({"pattern": f"^{self.pattern}$"} if self.pattern else {})


_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
_WHEN = Text(en='a time such as "08:30"', zh='时刻，例如 "08:30"', least=5, most=5, pattern=_TIME)
_UNTIL = Text(
    en='a time such as "17:30", "24:00" at the latest',
    zh='时刻，例如 "17:30"，最晚 "24:00"',
    least=5, most=5, pattern=f"({_TIME}|24:00)",
)  # fmt: skip
_DAY = Text(
    en='a date in quotes, such as "2026-10-01"',
    zh='带引号的日期，例如 "2026-10-01"',
    least=10, most=10, pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfDay:
    """A time of the local day, read as minutes since midnight."""

    is_end: bool = False  # 24:00 is one

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        """Return what `value` stands for."""
        text = (_UNTIL if self.is_end else _WHEN).read(value, path, faults)
        return None if text is None else int(text[:2]) * 60 + int(text[3:])

    def schema(self) -> dict[str, object]:
        """Return its JSON Schema."""
        return (_UNTIL if self.is_end else _WHEN).schema()


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A date of the calendar (RFC 3339, full-date)."""

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        """Return what `value` stands for."""
        text = _DAY.read(value, path, faults)
        if text is None:
            return None
        try:
            date.fromisoformat(text)
        except ValueError:
            faults.append(wrong(path, "no calendar has this day", "日历上没有这一天", value))
            return None
        return text

    def schema(self) -> dict[str, object]:
        """Return its JSON Schema."""
        return _DAY.schema() | {"format": "date"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Several values of one shape, at least one."""

    item: Shape
    most: int
    make: Callable[[list[Any]], object] = tuple

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        """Return what `value` stands for."""
        if not isinstance(value, list) or not 1 <= len(value) <= self.most:
            en = f"must be a list in [ ] of 1 to {self.most}"
            zh = f"应为 [ ] 中的列表，1 到 {self.most} 项"
            faults.append(
                wrong(path, f"{en}; leave the key out for none", f"{zh}；没有则删去此项", value)
            )
            return None
        known = len(faults)
        read = [self.item.read(each, f"{path}[{n}]", faults) for n, each in enumerate(value)]
        return self.make(read) if len(faults) == known else None

    def schema(self) -> dict[str, object]:
        """Return its JSON Schema."""
        return {
            "type": "array", "items": self.item.schema(), "minItems": 1, "maxItems": self.most,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of a table."""

    shape: Shape
    says: str = ""  # what it means, for a person who writes the file
    is_required: bool = False
    attribute: str = ""  # of the value; empty: called as the key

    def schema(self) -> dict[str, object]:
        """Return its shape's schema with what it means, in plain letters for an editor."""
        says = _LINK.sub("", self.says).replace("`", "")
        return self.shape.schema() | ({"description": says} if says else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Keys and values, each key known."""

    make: Callable[..., object]
    fields: Mapping[str, Field]

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        """Return what `value` stands for."""
        if not isinstance(value, dict):
            faults.append(wrong(path, "must be a table in { }", "应为 { } 中的表", value))
            return None
        known = len(faults)
        read = self.read_fields(value, path, faults)
        return self.make(**read) if len(faults) == known else None

    def read_fields(
        self, value: Mapping[str, object], path: str, faults: list[Fault]
    ) -> dict[str, Any]:
        """Return what the fields that stand in `value` mean, by their attributes."""
        dot = f"{path}." if path else ""
        unknown = [key for key in value if key not in self.fields]
        faults.extend(self._unknown(f"{dot}{shown(key)}", key) for key in unknown)
        faults.extend(
            Fault(path=f"{dot}{key}", en="is missing: write it", zh="缺少此项，请补上")
            for key, field in self.fields.items()
            if field.is_required and key not in value
        )
        return {
            field.attribute or key: field.shape.read(value[key], f"{dot}{key}", faults)
            for key, field in self.fields.items()
            if key in value
        }

    def _unknown(self, path: str, key: str) -> Fault:
        near = get_close_matches(key, self.fields, n=1)
        en = f"; did you mean {near[0]}?" if near else "; take it out"
        zh = f"，是否想写 {near[0]}？" if near else "，请删去"
        return Fault(path=path, en=f"no setting is called so{en}", zh=f"没有这个设置{zh}")

    def schema(self) -> dict[str, object]:
        """Return its JSON Schema."""
        required = [key for key, field in self.fields.items() if field.is_required]
        return {
            "type": "object",
            "properties": {key: field.schema() for key, field in self.fields.items()},
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }
