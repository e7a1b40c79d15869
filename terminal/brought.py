"""What others bring by entry point: found by name, imported only then, and told in one line."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from terminal.errors import TerminalError

# What a broken import says may be a page; its beginning names the module.
CAUSE_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One kind of thing that others bring."""

    group: str  # of entry points
    noun: str  # as messages call one: "family"
    error: type[TerminalError]
    page: str  # of docs, that says how to make one
    fault: Callable[[object, str], str]  # why an object is none of these; empty: it looks like one

    def names(self) -> tuple[str, ...]:
        """Return the names of all that are installed, each once; imports nothing."""
        return tuple(sorted(entry_points(group=self.group).names))

    def point(self, name: str) -> EntryPoint:
        """Return the one entry point of that name; imports nothing.

        Raises:
            TerminalError: of the kind `error`: not installed, or brought by two.
        """
        installed = entry_points(group=self.group)
        found = installed.select(name=name)
        if len(found) > 1:
            both = " and ".join(sorted(distribution(point) for point in found))
            raise self.error(f"{self.noun} {name} is brought by {both}; uninstall all but one")
        for point in found:
            return point
        known = ", ".join(sorted(installed.names)) or "none"
        raise self.error(
            f"{self.noun} {name} is not installed (installed: {known}); correct the name, or"
            " install what brings it beside scan-terminal"
        )

    def package(self, name: str) -> str:
        """Return the top module that something comes from; empty: none is installed."""
        points = entry_points(group=self.group, name=name)
        return next((point.module.partition(".")[0] for point in points), "")

    def bringers(self, name: str) -> str:
        """Return the packages that bring something of that name."""
        points = entry_points(group=self.group, name=name)
        return " and ".join(sorted(distribution(point) for point in points)) or "nobody"

    def load(self, name: str) -> object:
        """Return the object behind a name, if it is by its looks what it should be.

        Raises:
            TerminalError: of the kind `error`: as `point`; it can't be imported, or is no such
                thing.
        """
        point = self.point(name)
        brought = f"{self.noun} {point.name}, brought by {distribution(point)},"
        try:
            found: object = point.load()
            fault = self.fault(found, point.name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # foreign code, and native panics are no Exception
            why = cause(error)
            raise self.error(f"{brought} can't be loaded ({why}); tell who made it") from error
        if fault:
            raise self.error(f"{brought} {fault}; tell who made it ({self.page})")
        return found


def cause(error: BaseException) -> str:
    """Return what an exception is and says, in one line that is not too long."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:CAUSE_CHARACTERS_MAX]


def distribution(point: EntryPoint) -> str:
    """Return the name of the package that brings an entry point."""
    return "an unnamed package" if point.dist is None else point.dist.name
