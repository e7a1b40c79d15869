"""What the conformance kit tries of gates, answer lines, contacts, indicators and printers."""

from collections.abc import Callable
from functools import partial

from drivers.base import Condition, Receipt, ReceiptLine, Shown
from drivers.conformance_bench import (
    AT_ONCE_S,
    Bench,
    Broken,
    holds_within,
    is_missing,
    is_stopped_before_it_is_there,
    never,
    replug,
    replugs,
    starts,
    until,
    within,
)

PULSE_MS = 200
RECEIPT_TEXT = "HOLDER-0007"
RECEIPT = Receipt(parts=(ReceiptLine(text=RECEIPT_TEXT),))

Check = Callable[[Bench], None]


def _opens(bench: Bench) -> None:
    with bench.running(bench.device.settings) as driver:
        bench.wait_for(Condition.UP)
        before = bench.device.openings()
        within(AT_ONCE_S, "open", lambda: driver.open(PULSE_MS))
        until(lambda: bench.device.openings() == before + 1, "does not open once")
        until(lambda: not bench.device.is_open(), "does not close after the pulse")


def _closes(bench: Bench) -> None:
    with bench.running(bench.device.settings) as driver:
        bench.wait_for(Condition.UP)
        driver.open(10_000)
        until(bench.device.is_open, "does not open")
    if bench.device.is_open():
        raise Broken("leaves the gate open at stop")


def _keeps_shut(bench: Bench) -> None:
    with bench.running(bench.device.settings) as driver:
        bench.wait_for(Condition.UP)
        bench.device.unplug()
        bench.wait_for(Condition.DOWN)
        before = bench.device.openings()
        within(AT_ONCE_S, "open", lambda: driver.open(PULSE_MS))
        bench.let_pass(PULSE_MS)  # within the pulse he stands there still
        bench.device.plug()
        bench.wait_for(Condition.UP)
        words = "opens for who stood there before it was plugged in"
        never(lambda: bench.device.openings() > before, words)


def _sends_at_once(bench: Bench) -> None:
    with bench.running(bench.device.missing) as driver:
        bench.wait_for(Condition.DOWN)
        within(AT_ONCE_S, "send", lambda: driver.send(b"{}"))


def _holds_open(bench: Bench) -> None:
    """Look at a gate that can be held; one that can't has nothing to fail in."""
    with bench.running(bench.device.settings) as driver:
        bench.wait_for(Condition.UP)
        if not callable(getattr(driver, "hold", None)):
            return
        within(AT_ONCE_S, "hold", lambda: driver.hold(is_open=True))
        until(bench.device.is_open, "does not open to be held")
        driver.open(PULSE_MS)
        if holds_within(2 * PULSE_MS / 1000, lambda: not bench.device.is_open()):
            raise Broken("closes a held gate at the end of a pulse")
        within(AT_ONCE_S, "hold", lambda: driver.hold(is_open=False))
        until(lambda: not bench.device.is_open(), "does not let a held gate close")


def _tells(bench: Bench) -> None:
    with bench.running(bench.device.settings):
        bench.wait_for(Condition.UP)
        for contact in bench.device.contacts:
            for is_active in (True, False):
                bench.device.touch(contact, is_active=is_active)
                bench.wait_for_event(contact, is_active=is_active, when="when it is touched")


def _settles(bench: Bench) -> None:
    contact = bench.device.contacts[0]
    with bench.running(bench.device.settings):
        bench.wait_for(Condition.UP)
        for is_active in (True, False) * 5:  # at once: no machine takes 30 ms for one of them
            bench.device.touch(contact, is_active=is_active)
        bench.device.touch(contact, is_active=True)
        bench.wait_for_event(contact, is_active=True, when="when it bounces")
        bench.expect_no_event("delivers the bouncing of a contact")


def _tells_what_is(bench: Bench) -> None:
    contact = bench.device.contacts[0]
    bench.device.touch(contact, is_active=True)
    with bench.running(bench.device.settings):
        bench.wait_for_event(contact, is_active=True, when="at the start")
        replug(bench, lambda: bench.device.touch(contact, is_active=False))
        bench.wait_for_event(contact, is_active=False, when="after it was unplugged")


def _shows(bench: Bench) -> None:
    with bench.running(bench.device.settings) as driver:
        bench.wait_for(Condition.UP)
        dark = bench.device.seen()
        told: set[str] = set()
        for shown in (Shown.OK, Shown.DENY):
            within(AT_ONCE_S, "show", partial(driver.show, shown, "in words"))
            until(lambda: bench.device.seen() not in {dark, *told}, "shows OK and DENY alike")
            told.add(bench.device.seen())
        for shown in Shown:
            within(AT_ONCE_S, "show", partial(driver.show, shown))
        within(AT_ONCE_S, "show", lambda: driver.show(Shown.DENY))
        until(lambda: bench.device.seen() != dark, "shows nothing for the last of many")
    if bench.device.seen():
        raise Broken("leaves something lit or sounding at stop")


def _shows_at_once(bench: Bench) -> None:
    with bench.running(bench.device.missing) as driver:
        bench.wait_for(Condition.DOWN)
        within(AT_ONCE_S, "show", lambda: driver.show(Shown.OK))


def _prints(bench: Bench) -> None:
    with bench.running(bench.device.settings) as driver:
        bench.wait_for(Condition.UP)
        within(AT_ONCE_S, "print_lines", lambda: driver.print_lines(RECEIPT))
        until(lambda: RECEIPT_TEXT in bench.device.printed(), "does not print a line")


def _prints_at_once(bench: Bench) -> None:
    with bench.running(bench.device.missing) as driver:
        bench.wait_for(Condition.DOWN)
        within(AT_ONCE_S, "print_lines", lambda: driver.print_lines(RECEIPT))


ANY: dict[str, Check] = {"missing device": is_missing, "start and stop": starts}
OUTPUT_CHECKS: dict[str, dict[str, Check]] = {
    "gate": ANY
    | {
        "opening": _opens,
        "closed at stop": _closes,
        "unplug and plug": _keeps_shut,
        "held open": _holds_open,
    },
    "answers": ANY | {"send without a device": _sends_at_once, "unplug and plug": replugs},
    "contacts": ANY
    | {
        "stop at once": is_stopped_before_it_is_there,
        "contacts": _tells,
        "bouncing": _settles,
        "unplug and plug": _tells_what_is,
    },
    "indicator": ANY
    | {"showing": _shows, "show without a device": _shows_at_once, "unplug and plug": replugs},
    "printer": ANY
    | {"printing": _prints, "print without a device": _prints_at_once, "unplug and plug": replugs},
}
