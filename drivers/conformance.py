"""The conformance kit: whether a driver keeps its Protocol, tried against its own simulator.

For makers of drivers, by `scan-terminal drivers check NAME` or from their own tests. It calls the
driver as the daemon does, but without the guard: what the guard would hide is what it looks for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from drivers.base import Condition
from drivers.conformance_bench import (
    AT_ONCE_S,
    Bench,
    Broken,
    is_stopped_before_it_is_there,
    never,
    nothing_left,
    replug,
    within,
)
from drivers.conformance_outputs import ANY, OUTPUT_CHECKS, Check
from drivers.making import Simulating
from drivers.quality import QualityCard

# A citizen's code is as long as this; a scanner that cuts it is no use.
LONG_CODE = b"CC1:" + b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:" * 8


class Outcome(Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What one check found."""

    check: str
    outcome: Outcome
    what: str  # why it failed or was skipped; empty when it passed


def check_driver(part: str, maker: Any, monotonic_ms: Callable[[], int]) -> Iterator[Checked]:
    """Yield what each check of a driver finds, as it goes.

    Args:
        part: "scanner", "gate", "answers", "contacts", "indicator" or "printer".
        maker: the driver's `DriverMaker`; where it is `Simulating`, everything is checked.
        monotonic_ms: the clock that the driver gets.
    """
    card_fault = "" if type(getattr(maker, "card", None)) is QualityCard else "has no QualityCard"
    yield _checked("card", card_fault)
    for name, check in _CHECKS[part].items():
        if not isinstance(maker, Simulating):
            what = "the driver brings no simulator (method simulate)"
            yield Checked(check=name, outcome=Outcome.SKIPPED, what=what)
            continue
        yield _checked(name, _run(part, check, maker, monotonic_ms))


def _checked(name: str, fault: str) -> Checked:
    return Checked(check=name, outcome=Outcome.FAILED if fault else Outcome.PASSED, what=fault)


def _run(part: str, check: Check, maker: Any, monotonic_ms: Callable[[], int]) -> str:
    """Return how a check fails; empty: it does not."""
    try:
        with nothing_left(), maker.simulate() as device:
            check(Bench(part, maker, device, monotonic_ms))
    except Broken as fault:
        return str(fault)
    except Exception as error:  # noqa: BLE001  # foreign code: whatever it raises is its fault
        return " ".join(f"raised {type(error).__name__}: {error}".split())
    return ""


def _delivers(bench: Bench) -> None:
    with bench.running(bench.device.settings):
        bench.wait_for(Condition.UP)
        for payload in (b"HOLDER-0007", LONG_CODE):
            bench.device.show(payload)
            bench.wait_for_code(payload, "when a code is shown")
            bench.device.hide()


def _holds(bench: Bench) -> None:
    with bench.running(bench.device.settings):
        bench.wait_for(Condition.UP)
        bench.device.show(b"HOLDER-0007")
        bench.wait_for_code(b"HOLDER-0007", "when a code is shown")
        words = "delivers a code that is held in view more than once"
        never(lambda: not bench.codes.empty(), words)


def _forgets(bench: Bench) -> None:
    with bench.running(bench.device.settings) as driver:
        bench.wait_for(Condition.UP)
        bench.device.show(b"HOLDER-0007")
        bench.wait_for_code(b"HOLDER-0007", "when a code is shown")
        within(AT_ONCE_S, "forget", driver.forget)
        bench.wait_for_code(b"HOLDER-0007", "after forget, of a code still in view,")


def _reads_on(bench: Bench) -> None:
    with bench.running(bench.device.settings):
        replug(bench)
        bench.device.show(b"HOLDER-0008")
        bench.wait_for_code(b"HOLDER-0008", "after it was unplugged and plugged in")


_CHECKS: dict[str, dict[str, Check]] = {
    "scanner": ANY
    | {
        "stop at once": is_stopped_before_it_is_there,
        "codes": _delivers,
        "one presentation": _holds,
        "forget": _forgets,
        "unplug and plug": _reads_on,
    },
    **OUTPUT_CHECKS,
}
