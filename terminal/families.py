"""Families of codes that others bring: found by entry point, imported only when named."""

from collections.abc import Sequence
from typing import cast

from terminal.brought import CAUSE_CHARACTERS_MAX, Shelf
from terminal.errors import FamilyError
from terminal.family_guard import GuardedFamily
from verifier.formats import BUILT_IN
from verifier.formats.base import Format

GROUP = "scan_terminal.formats"


def load_families(names: Sequence[str]) -> tuple[Format, ...]:
    """Return the built-in families and, behind them, those that `names` names.

    No module of a family that is not named is imported.

    Raises:
        FamilyError: a name is built in, named twice, not installed or brought by two; or what is
            installed can't be imported or is no family.
    """
    if not names:
        return BUILT_IN
    for place, name in enumerate(names):
        if name in {family.name for family in BUILT_IN}:
            raise FamilyError(f"family {name} is built in and always there; don't name it")
        if name in names[:place]:
            raise FamilyError(f"family {name} is named twice; once is enough")
        _SHELF.point(name)  # all are looked for before any of them is imported
    return (*BUILT_IN, *(GuardedFamily(cast("Format", _SHELF.load(name))) for name in names))


def _fault(family: object, name: str) -> str:
    """Return why `family` is none; empty: it looks like one."""
    if isinstance(family, type):
        return "is a class; its entry point must name an object of it"
    for part in ("claims", "parse"):
        if not callable(getattr(family, part, None)):
            return f"has no method {part}"
    own = getattr(family, "name", None)
    if own != name:
        return "has no name" if own is None else f"calls itself {own!r}"[:CAUSE_CHARACTERS_MAX]
    return ""


_SHELF = Shelf(group=GROUP, noun="family", error=FamilyError, page="docs/families.md", fault=_fault)
