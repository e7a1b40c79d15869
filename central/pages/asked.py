"""What a page asked, and how its members are read."""

from collections.abc import Mapping
from dataclasses import dataclass

from central.centre import Centre
from central.operators.values import Operator
from central.pages.answers import PageCode, PageRefused
from central.pages.fleet import Fleet
from central.store.store import Store
from verifier.model import UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request by somebody who has signed in and may make it."""

    centre: Centre
    fleet: Fleet
    who: Operator
    now: UnixSeconds
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, object]

    @property
    def store(self) -> Store:
        """Return the centre's store."""
        return self.centre.store

    def text(self, name: str, longest: int, *, shortest: int = 1) -> str:
        """Return a text of the body.

        Raises:
            PageRefused: there is none, or it is too long.
        """
        value = self.body.get(name)
        if not isinstance(value, str) or not shortest <= len(value.strip()) <= longest:
            raise malformed(f"{name} is a text of {shortest} to {longest} characters")
        return checked(value.strip())

    def number(self, name: str, *, default: int, largest: int, smallest: int = 0) -> int:
        """Return a number of the query.

        Raises:
            PageRefused: it is none, or out of bounds.
        """
        text = self.query.get(name, str(default))
        digits = text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX
        if not digits or not smallest <= int(text) <= largest:
            raise malformed(f"{name} is a number from {smallest} to {largest}")
        return int(text)


# Of a number of 63 bits.
_DIGITS_MAX = 19


def checked(text: str) -> str:
    """Return a text that every database takes.

    Raises:
        PageRefused: it has an octet 0, or half of a pair of UTF-16.
    """
    if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise malformed("that is no text")
    return text


def malformed(detail: str) -> PageRefused:
    """Return the refusal of what is not in form."""
    return PageRefused(PageCode.MALFORMED, detail)
