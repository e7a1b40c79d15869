"""The conformance kit: whether a driver keeps its Protocol, tried against its own simulator.

For makers of drivers, by `scan-terminal drivers check NAME` or from their own tests. It calls the
driver as the daemon does, but without the guard: what the guard would hide is what it looks for.
"""

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from drivers.base import Condition
from drivers.conformance_bench import (
    AT_ONCE_S,
    SILENCE_S,
    Bench,
    Broken,
    holds_within,
    nothing_left,
    until,
    within,
)
from drivers.making import Simulating
from drivers.quality import QualityCard

PULSE_MS = 200

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
        part: "scanner", "gate" or "answers".
        maker: the driver's `DriverMaker`; where it is `Simulating`, everything is checked.
        monotonic_ms: the clock that the driver gets.
    """
    card_fault = "" if type(getattr(maker, "card", None)) is QualityCard else "has no QualityCard"
    yield _checked("card", card_fault)
    checks = {"scanner": _SCANNER, "gate": _GATE, "answers": _ANSWERS}[part]
    for name, check in checks.items():
        if not isinstance(maker, Simulating):
            what = "the driver brings no simulator (method simulate)"
            yield Checked(check=name, outcome=Outcome.SKIPPED, what=what)
            continue
        yield _checked(name, _run(check, maker, monotonic_ms))


def _checked(name: str, fault: str) -> Checked:
    return Checked(check=name, outcome=Outcome.FAILED if fault else Outcome.PASSED, what=fault)


def _run(check: "_Check", maker: Any, monotonic_ms: Callable[[], int]) -> str:
    """Return how a check fails; empty: it does not."""
    try:
        with nothing_left(), maker.simulate() as device:
            check(Bench(maker, device, monotonic_ms))
    except Broken as fault:
        return str(fault)
    except Exception as error:  # noqa: BLE001  # foreign code: whatever it raises is its fault
        return " ".join(f"raised {type(error).__name__}: {error}".split())
    return ""


_Check = Callable[[Bench], None]


def _missing(*, is_scanner: bool) -> _Check:
    def check(bench: Bench) -> None:
        with bench.running(bench.device.missing, is_scanner=is_scanner):
            bench.wait_for(Condition.DOWN)

    return check


def _starts(*, is_scanner: bool) -> _Check:
    def check(bench: Bench) -> None:
        with bench.running(bench.device.settings, is_scanner=is_scanner):
            bench.wait_for(Condition.UP)

    return check


def _replugs(*, is_scanner: bool) -> _Check:
    def check(bench: Bench) -> None:
        with bench.running(bench.device.settings, is_scanner=is_scanner):
            bench.wait_for(Condition.UP)
            bench.device.unplug()
            bench.wait_for(Condition.DOWN)
            bench.device.plug()
            bench.wait_for(Condition.UP)

    return check


def _is_stopped_before_it_is_there(bench: Bench) -> None:
    with bench.running(bench.device.settings):
        return  # at once: it may still be opening


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
        try:
            bench.codes.get(timeout=SILENCE_S)
        except queue.Empty:
            return
        raise Broken("delivers a code that is held in view more than once")


def _forgets(bench: Bench) -> None:
    with bench.running(bench.device.settings) as driver:
        bench.wait_for(Condition.UP)
        bench.device.show(b"HOLDER-0007")
        bench.wait_for_code(b"HOLDER-0007", "when a code is shown")
        within(AT_ONCE_S, "forget", driver.forget)
        bench.wait_for_code(b"HOLDER-0007", "after forget, of a code still in view,")


def _reads_on(bench: Bench) -> None:
    with bench.running(bench.device.settings):
        bench.wait_for(Condition.UP)
        bench.device.unplug()
        bench.wait_for(Condition.DOWN)
        bench.device.plug()
        bench.wait_for(Condition.UP)
        bench.device.show(b"HOLDER-0008")
        bench.wait_for_code(b"HOLDER-0008", "after it was unplugged and plugged in")


def _opens(bench: Bench) -> None:
    with bench.running(bench.device.settings, is_scanner=False) as driver:
        bench.wait_for(Condition.UP)
        before = bench.device.openings()
        within(AT_ONCE_S, "open", lambda: driver.open(PULSE_MS))
        until(lambda: bench.device.openings() == before + 1, "does not open once")
        until(lambda: not bench.device.is_open(), "does not close after the pulse")


def _closes(bench: Bench) -> None:
    with bench.running(bench.device.settings, is_scanner=False) as driver:
        bench.wait_for(Condition.UP)
        driver.open(10_000)
        until(bench.device.is_open, "does not open")
    if bench.device.is_open():
        raise Broken("leaves the gate open at stop")


def _keeps_shut(bench: Bench) -> None:
    with bench.running(bench.device.settings, is_scanner=False) as driver:
        bench.wait_for(Condition.UP)
        bench.device.unplug()
        bench.wait_for(Condition.DOWN)
        before = bench.device.openings()
        within(AT_ONCE_S, "open", lambda: driver.open(PULSE_MS))
        bench.let_pass(PULSE_MS)  # within the pulse he stands there still
        bench.device.plug()
        bench.wait_for(Condition.UP)
        if holds_within(SILENCE_S, lambda: bench.device.openings() > before):
            raise Broken("opens for who stood there before it was plugged in")


def _sends_at_once(bench: Bench) -> None:
    with bench.running(bench.device.missing, is_scanner=False) as driver:
        bench.wait_for(Condition.DOWN)
        within(AT_ONCE_S, "send", lambda: driver.send(b"{}"))


_SCANNER: dict[str, _Check] = {
    "missing device": _missing(is_scanner=True),
    "start and stop": _starts(is_scanner=True),
    "stop at once": _is_stopped_before_it_is_there,
    "codes": _delivers,
    "one presentation": _holds,
    "forget": _forgets,
    "unplug and plug": _reads_on,
}
_GATE: dict[str, _Check] = {
    "missing device": _missing(is_scanner=False),
    "start and stop": _starts(is_scanner=False),
    "opening": _opens,
    "closed at stop": _closes,
    "unplug and plug": _keeps_shut,
}
_ANSWERS: dict[str, _Check] = {
    "missing device": _missing(is_scanner=False),
    "start and stop": _starts(is_scanner=False),
    "send without a device": _sends_at_once,
    "unplug and plug": _replugs(is_scanner=False),
}
