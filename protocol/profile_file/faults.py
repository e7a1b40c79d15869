"""What is wrong with a file, and how it is told."""

from dataclasses import dataclass

# What is shown of a wrong value: enough to find it in its file.
_SHOWN_CHARACTERS_MAX = 40
_NUMBER_MAX = 10**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a file."""

    path: str  # limits.upper_count, hours[1].from; empty: the file itself
    en: str
    zh: str

    def __str__(self) -> str:
        """Return it as one line, in English."""
        return f"{self.path}: {self.en}" if self.path else self.en


def wrong(path: str, en: str, zh: str, value: object) -> Fault:
    """Return what is wrong with a value, and what it is."""
    told = _written(value)
    return Fault(path=path, en=f"{en}, and is {told}", zh=f"{zh}，现在是 {told}")


def shown(text: str) -> str:
    """Return a text of a file short, and without what could be taken for a command."""
    is_short = len(text) <= _SHOWN_CHARACTERS_MAX
    short = text if is_short else text[:_SHOWN_CHARACTERS_MAX] + "…"
    return "".join(letter if letter.isprintable() else "?" for letter in short)


def _written(value: object) -> str:
    """Return a value as its file has it, if it is short."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return shown(f'"{value}"')
        case int() if abs(value) > _NUMBER_MAX:
            return "a number far too large"  # one of thousands of digits can't even be written
        case list():
            return f"[ ] of {len(value)}"
        case dict():
            return "{ }"
        case _:
            return shown(str(value))
