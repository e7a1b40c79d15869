"""Families of codes that others bring: found by entry point, imported only when named."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, EntryPoints, entry_points

from terminal.errors import FamilyError
from terminal.family_guard import GuardedFamily
from verifier.formats import BUILT_IN
from verifier.formats.base import Format

GROUP = "scan_terminal.formats"

# What a broken import says may be a page; its beginning names the module.
_CAUSE_CHARACTERS_MAX = 200


def load_families(names: Sequence[str]) -> tuple[Format, ...]:
    """Return the built-in families and, behind them, those that `names` names.

    No module of a family that is not named is imported.

    Raises:
        FamilyError: a name is built in, named twice, not installed or brought by two; or what is
            installed can't be imported or is no family.
    """
    if not names:
        return BUILT_IN
    installed = entry_points(group=GROUP)
    for place, name in enumerate(names):
        if name in {family.name for family in BUILT_IN}:
            raise FamilyError(f"family {name} is built in and always there; don't name it")
        if name in names[:place]:
            raise FamilyError(f"family {name} is named twice; once is enough")
    points = [_point(name, installed) for name in names]
    return (*BUILT_IN, *(GuardedFamily(_loaded(point)) for point in points))


def _point(name: str, installed: EntryPoints) -> EntryPoint:
    """Return the one entry point called `name`."""
    found = installed.select(name=name)
    if len(found) > 1:
        both = " and ".join(sorted(_distribution(point) for point in found))
        raise FamilyError(f"family {name} is brought by {both}; uninstall all but one")
    for point in found:
        return point
    known = ", ".join(sorted(installed.names)) or "none"
    raise FamilyError(
        f"family {name} is not installed (installed: {known}); correct the name, or install what"
        " brings it beside scan-terminal"
    )


def _loaded(point: EntryPoint) -> Format:
    """Return the family behind an entry point, if it is one by its looks."""
    brought = f"family {point.name}, brought by {_distribution(point)},"
    try:
        family = point.load()
        fault = _fault(family, point.name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # foreign code, and native panics are no Exception
        cause = " ".join(f"{type(error).__name__}: {error}".split())[:_CAUSE_CHARACTERS_MAX]
        raise FamilyError(f"{brought} can't be loaded ({cause}); tell who made it") from error
    if fault:
        raise FamilyError(f"{brought} {fault}; tell who made it (docs/families.md)")
    loaded: Format = family
    return loaded


def _fault(family: object, name: str) -> str:
    """Return why `family` is none; empty: it looks like one."""
    if isinstance(family, type):
        return "is a class; its entry point must name an object of it"
    for part in ("claims", "parse"):
        if not callable(getattr(family, part, None)):
            return f"has no method {part}"
    own = getattr(family, "name", None)
    if own != name:
        return "has no name" if own is None else f"calls itself {own!r}"[:_CAUSE_CHARACTERS_MAX]
    return ""


def _distribution(point: EntryPoint) -> str:
    return "an unnamed package" if point.dist is None else point.dist.name
