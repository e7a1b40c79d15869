"""`kind = "driver"`: a scanner or whatever else of a lane that others bring by entry point."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import Field

from drivers.base import AnswerLine, Contact, Contacts, Gate, Indicator, Printer, Scanner
from drivers.clock import monotonic_ms
from drivers.making import DriverMaker
from drivers.quality import QualityCard
from terminal.brought import Shelf, cause
from terminal.devices.forms import FormTable
from terminal.devices.ports import pulse_finding
from terminal.devices.receipt_printer import ReceiptTable
from terminal.devices.table import Table
from terminal.diagnosis.finding import Finding, fail, ok
from terminal.errors import DriverUnusable

# As entry points are named; longer than any maker's name that we know.
DriverName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]

# What each part of a lane must be able to do (drivers/base.py).
METHODS: Mapping[str, tuple[str, ...]] = {
    "scanner": ("start", "forget", "stop"),
    "gate": ("start", "open", "stop"),
    "answers": ("start", "send", "stop"),
    "contacts": ("start", "stop"),
    "indicator": ("start", "show", "stop"),
    "printer": ("start", "print_lines", "stop"),
}


def _maker_fault(maker: object, _name: str) -> str:
    """Return why `maker` makes no drivers; empty: it looks as if it did."""
    if not callable(getattr(maker, "make", None)):
        return "has no method make"
    if type(getattr(maker, "card", None)) is not QualityCard:
        return "has no quality card"
    return ""


def _shelf(group: str, noun: str) -> Shelf:
    return Shelf(
        group=group,
        noun=noun,
        error=DriverUnusable,
        page="docs/own-drivers.md",
        fault=_maker_fault,
    )


SHELVES: Mapping[str, Shelf] = {
    "scanner": _shelf("scan_terminal.scanners", "scanner driver"),
    "gate": _shelf("scan_terminal.gates", "gate driver"),
    "answers": _shelf("scan_terminal.answers", "answers driver"),
    "contacts": _shelf("scan_terminal.contacts", "contacts driver"),
    "indicator": _shelf("scan_terminal.indicators", "indicator driver"),
    "printer": _shelf("scan_terminal.printers", "printer driver"),
}


def load_maker(part: str, name: str) -> DriverMaker[Any]:
    """Return what makes the driver of a part of a lane; imports it.

    Raises:
        DriverUnusable: not installed, brought by two, broken, or no maker of drivers.
    """
    return cast("DriverMaker[Any]", SHELVES[part].load(name))


def make_driver(
    part: str, name: str, settings: Mapping[str, Any], clock_ms: Callable[[], int]
) -> Any:
    """Return a driver of others, not started and not guarded.

    Raises:
        DriverUnusable: as `load_maker`; or it refuses its settings, or makes no such thing.
    """
    maker = load_maker(part, name)
    try:
        driver = maker.make(deepcopy(dict(settings)), monotonic_ms=clock_ms)
    except ValueError as error:
        raise DriverUnusable(f"driver {name} refuses its settings: {cause(error)}") from error
    lacking = [each for each in METHODS[part] if not callable(getattr(driver, each, None))]
    if lacking:
        raise DriverUnusable(
            f"driver {name} makes a {type(driver).__name__} without {' and '.join(lacking)};"
            " tell who made it (docs/own-drivers.md)"
        )
    return driver


class DriverTable(Table):
    """A device whose driver others bring."""

    part: ClassVar[str]

    kind: Literal["driver"]
    name: DriverName
    # Whatever the driver wants; it looks at them itself.
    settings: Mapping[str, Any] = Field(default_factory=dict)

    @property
    def port(self) -> str | None:
        """The device that is this lane's alone, if the driver's settings call it so too."""
        port = self.settings.get("port")
        return port if isinstance(port, str) else None

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield whether the driver can be had and takes its settings, and its grade."""
        try:
            make_driver(self.part, self.name, self.settings, monotonic_ms)
            card = load_maker(self.part, self.name).card
        except DriverUnusable as error:
            yield fail(
                "device.driver",
                check,
                str(error),
                "the lane stays out of service until it is mended",
            )
        except Exception as error:  # noqa: BLE001  # foreign code
            yield fail(
                "device.driver",
                check,
                f"driver {self.name} fails: {cause(error)}",
                "tell who made it",
            )
        else:
            yield ok(
                "device.driver", check, f"driver {self.name} is there, of grade {card.grade.value}"
            )
            if self.part == "gate" and not card.times_pulse:
                yield pulse_finding(check, self.port or self.name)

    def _guarding(self) -> dict[str, Any]:
        """Return what a guard takes; nothing is imported before the guard starts."""

        def make() -> Any:
            return make_driver(self.part, self.name, self.settings, monotonic_ms)

        package = SHELVES[self.part].package(self.name)
        return {"make": make, "package": package, "monotonic_ms": monotonic_ms}


class DriverScannerSettings(DriverTable):
    """A scanner of others."""

    part: ClassVar[str] = "scanner"

    def make(self) -> Scanner:
        """Return the driver behind its guard, not yet started nor imported."""
        from terminal.devices.guard import GuardedScanner  # noqa: PLC0415  # when there is one

        return GuardedScanner(self.name, **self._guarding())


class DriverGateSettings(DriverTable):
    """A gate of others."""

    part: ClassVar[str] = "gate"

    def make(self) -> Gate:
        """Return the driver behind its guard, not yet started nor imported."""
        from terminal.devices.guard import GuardedGate  # noqa: PLC0415  # when there is one

        return GuardedGate(self.name, **self._guarding())


class DriverAnswerSettings(DriverTable, FormTable):
    """An answer line of others."""

    part: ClassVar[str] = "answers"

    def make(self) -> AnswerLine:
        """Return the driver behind its guard, not yet started nor imported."""
        from terminal.devices.guard import GuardedAnswers  # noqa: PLC0415  # when there is one

        return GuardedAnswers(self.name, **self._guarding())


class DriverContactsSettings(DriverTable):
    """Contacts of others."""

    part: ClassVar[str] = "contacts"

    @property
    def connected(self) -> frozenset[Contact] | None:
        """Return None: only the driver knows which contacts there are."""
        return None

    def make(self) -> Contacts:
        """Return the driver behind its guard, not yet started nor imported."""
        from terminal.devices.guard import GuardedContacts  # noqa: PLC0415  # when there is one

        return GuardedContacts(self.name, **self._guarding())


class DriverIndicatorSettings(DriverTable):
    """Lights, sound or a display of others."""

    part: ClassVar[str] = "indicator"

    def make(self) -> Indicator:
        """Return the driver behind its guard, not yet started nor imported."""
        from terminal.devices.guard import GuardedIndicator  # noqa: PLC0415  # when there is one

        return GuardedIndicator(self.name, **self._guarding())


class DriverPrinterSettings(DriverTable, ReceiptTable):
    """A receipt printer of others."""

    part: ClassVar[str] = "printer"

    def make(self) -> Printer:
        """Return the driver behind its guard, not yet started nor imported."""
        from terminal.devices.guard import GuardedPrinter  # noqa: PLC0415  # when there is one

        return GuardedPrinter(self.name, **self._guarding())
