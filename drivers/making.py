"""What others bring as a driver: an object that has a quality card and makes it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar, runtime_checkable

from drivers.base import (
    AnswerLine,
    Contact,
    Contacts,
    Gate,
    Indicator,
    Printer,
    Scanner,
)
from drivers.quality import QualityCard

# A TOML table as it is read: strings, numbers, booleans, dates, lists and tables of them.
Settings = Mapping[str, Any]

Made_co = TypeVar(
    "Made_co",
    bound=Scanner | Gate | AnswerLine | Contacts | Indicator | Printer,
    covariant=True,
)


class DriverMaker(Protocol[Made_co]):
    """What an entry point names; `Made_co` is what stands for one part of a lane."""

    @property
    def card(self) -> QualityCard:
        """How far the driver is to be trusted."""
        ...

    def make(self, settings: Settings, *, monotonic_ms: Callable[[], int]) -> Made_co:
        """Return the driver, not started; touches no device yet.

        Args:
            settings: the table `settings` of the lane's device.
            monotonic_ms: the clock of `ScannedCode.seen_ms` and `read_ms`.

        Raises:
            ValueError: the settings can't be used; says which and what to do.
        """
        ...


class SimulatedDevice(Protocol):
    """A device that is not there, as the conformance kit handles it."""

    settings: Settings  # of a driver that finds it
    missing: Settings  # of a driver that finds nothing

    def unplug(self) -> None:
        """Pull it out."""
        ...

    def plug(self) -> None:
        """Put it back."""
        ...


class SimulatedScanner(SimulatedDevice, Protocol):
    """A scanner before which codes can be held."""

    def show(self, payload: bytes) -> None:
        """Hold a code before it, in place of what was there, until `hide`."""
        ...

    def hide(self) -> None:
        """Take away what is held before it."""
        ...


class SimulatedGate(SimulatedDevice, Protocol):
    """A gate whose openings can be counted."""

    def openings(self) -> int:
        """Return how often it opened so far."""
        ...

    def is_open(self) -> bool:
        """Return whether it is open now."""
        ...


class SimulatedContacts(SimulatedDevice, Protocol):
    """Contacts that can be touched; none is active at first."""

    contacts: Sequence[Contact]  # that it has, one at least

    def touch(self, contact: Contact, *, is_active: bool) -> None:
        """Make a contact active or inactive, also while it is unplugged; returns at once."""
        ...


class SimulatedIndicator(SimulatedDevice, Protocol):
    """Lights or sound that can be seen or heard."""

    def seen(self) -> str:
        """Return what is seen or heard now, in words; empty: dark and silent."""
        ...


class SimulatedPrinter(SimulatedDevice, Protocol):
    """A printer whose paper can be read."""

    def printed(self) -> str:
        """Return the text of all that was printed so far."""
        ...


@runtime_checkable
class Simulating(Protocol):
    """A maker that brings its own simulator: the kit then checks much more."""

    def simulate(self) -> AbstractContextManager[Any]:
        """Return what simulates the part: SimulatedScanner and so on; entered for one check each."""
        ...
