"""The machine that watches a driver of somebody else's: what it hands over, and how it does.

What comes in is whatever the driver gave; what goes out are codes and reports that are as they
should be, and no more of them than a lane can do with.
"""

from dataclasses import dataclass, replace

from drivers.base import Condition, Contact, ContactEvent, DeviceReport, ScannedCode
from drivers.handed_over import code_fault, contact_fault, report_fault

# A person shows a code or two a second; an engine that repeats what lies under it, fifty. A
# contact that bounces less than the contract allows changes thirty times.
CODES_A_SECOND_MAX = 50
# A device that comes and goes faster than anybody can read is told so often and no more.
REPORTS_A_SECOND_MAX = 5
# How long a fault is told at least: so long that a technician sees it, so short that one wrong
# code keeps a lane from nobody.
FAULT_MS_MIN = 1_000
# What a call may take. The contract says at once; a busy box and a slow port get some grace.
CALL_MS_MAX = 5_000
DETAIL_CHARACTERS_MAX = 300

_SECOND_MS = 1_000

Outcome = ScannedCode | ContactEvent | DeviceReport


@dataclass(slots=True)
class _Second:
    """Counts what came in the present second."""

    began_ms: int
    count: int = 0

    def add(self, now_ms: int) -> int:
        """Count one more; return how many it is in this second."""
        if now_ms - self.began_ms >= _SECOND_MS:
            self.began_ms, self.count = now_ms, 0
        self.count += 1
        return self.count


class DriverWatch:
    """Decides about one driver; whatever it gave and `now_ms` in, outcomes out.

    Args:
        name: the driver's, for the words told.
        now_ms: the present.

    Attributes:
        faults: how often the driver did what it must not.
    """

    def __init__(self, name: str, now_ms: int) -> None:
        self.faults = 0
        self._name = name
        self._own = DeviceReport(device=name, condition=Condition.STARTING, detail="")
        self._told: DeviceReport | None = None
        self._fault, self._fault_ms, self._is_final = "", now_ms, False
        self._call: tuple[str, int] | None = None  # that it has not returned from, since when
        self._codes, self._reports = _Second(now_ms), _Second(now_ms)
        self._owes_report = False
        self._active: set[Contact] = set()  # as the lane was told
        self._left_active: set[Contact] = set()  # of them, what a driver that died has told

    @property
    def trouble(self) -> str:
        """Return what is wrong with the driver itself now; empty when nothing is."""
        return self._fault

    def code(self, given: object, now_ms: int) -> tuple[Outcome, ...]:
        """Return what follows from something delivered: the code, if it is one."""
        if self._codes.add(now_ms) > CODES_A_SECOND_MAX:
            return self.bug(f"delivers more than {CODES_A_SECOND_MAX} codes a second", now_ms)
        wrong = code_fault(given, now_ms)
        if wrong or not isinstance(given, ScannedCode):
            return self.bug(f"delivered {wrong}", now_ms)
        return (*self.tick(now_ms), given)

    def contact(self, given: object, now_ms: int) -> tuple[Outcome, ...]:
        """Return what follows from a contact that was delivered: it, if it is one.

        Of a flood only what ends something is handed on: a release that was told must not last
        for ever.
        """
        is_flood = self._codes.add(now_ms) > CODES_A_SECOND_MAX
        wrong = contact_fault(given, now_ms)
        is_sound = isinstance(given, ContactEvent) and not wrong
        if is_flood:
            what = f"delivers more than {CODES_A_SECOND_MAX} contacts a second"
            outcomes = self.bug(what, now_ms)
        else:
            outcomes = self.tick(now_ms) if is_sound else self.bug(f"delivered {wrong}", now_ms)
        if isinstance(given, ContactEvent) and is_sound and self._notes(given, is_flood=is_flood):
            return (*outcomes, given)
        return outcomes

    def _notes(self, event: ContactEvent, *, is_flood: bool) -> bool:
        """Note what the lane is told of a contact; return whether it is told this."""
        self._left_active.discard(event.contact)
        if event.is_active:
            if not is_flood:
                self._active.add(event.contact)
            return not is_flood
        was_active = event.contact in self._active
        self._active.discard(event.contact)
        return was_active or not is_flood

    def report(self, given: object, now_ms: int) -> tuple[Outcome, ...]:
        """Return what follows from a report of the driver's."""
        wrong = report_fault(given)
        if wrong or not isinstance(given, DeviceReport):
            return self.bug(f"reported {wrong}", now_ms)
        self._own = replace(
            given,
            device=_line(given.device),
            detail=_line(given.detail),
        )
        return (*self._let_go(now_ms), *self.tick(now_ms))

    def bug(self, what: str, now_ms: int) -> tuple[Outcome, ...]:
        """Return what follows from something that the driver must not do."""
        return self.fault(f"driver {self._name} {what}; tell who made it", now_ms)

    def fault(self, words: str, now_ms: int, *, is_final: bool = False) -> tuple[Outcome, ...]:
        """Return what follows from a fault: the device is DOWN, for a while or for good."""
        self.faults += 1
        if not self._is_final:
            self._fault = _line(words)
            self._fault_ms, self._is_final = now_ms, is_final
        return self.tick(now_ms)

    def begins_anew(self, now_ms: int) -> tuple[Outcome, ...]:
        """Return what follows from another driver in the place of one that died."""
        self._fault, self._is_final = "", False
        self._own = DeviceReport(device=self._name, condition=Condition.STARTING, detail="")
        self._left_active = set(self._active)
        return self.tick(now_ms)

    def _let_go(self, now_ms: int) -> tuple[Outcome, ...]:
        """Return what the driver before told as active, once another is UP and says nothing of it."""
        if self._own.condition is not Condition.UP:
            return ()
        left, self._left_active = self._left_active, set()
        self._active -= left
        return tuple(
            ContactEvent(contact=contact, is_active=False, at_ms=now_ms)
            for contact in Contact
            if contact in left
        )

    def call_begins(self, what: str, now_ms: int) -> None:
        """Note that a method of the driver is called."""
        self._call = (what, now_ms)

    def call_ends(self, now_ms: int) -> tuple[Outcome, ...]:
        """Return what follows from its return."""
        self._call = None
        return self.tick(now_ms)

    def tick(self, now_ms: int) -> tuple[Outcome, ...]:
        """Return what the time asks for."""
        if self._call is not None and now_ms - self._call[1] >= CALL_MS_MAX:
            if not self._fault:
                self.faults += 1
                self._fault = f"driver {self._name} does not return from {self._call[0]}"
            self._fault_ms = now_ms
        if self._fault and not self._is_final and now_ms - self._fault_ms >= FAULT_MS_MIN:
            self._fault = ""
        wanted = self._wanted()
        self._owes_report = wanted != self._told
        if not self._owes_report:
            return ()
        if self._told is not None and self._reports.add(now_ms) > REPORTS_A_SECOND_MAX:
            return ()  # told when the second is over, if it still holds then
        self._told, self._owes_report = wanted, False
        return (wanted,)

    def due_ms(self) -> int | None:
        """Return when `tick` is to be called at the latest; None: not by the time."""
        due = []
        if self._call is not None:
            due.append(max(self._call[1] + CALL_MS_MAX, self._fault_ms + FAULT_MS_MIN))
        if self._fault and not self._is_final:
            due.append(self._fault_ms + FAULT_MS_MIN)
        if self._owes_report:
            due.append(self._reports.began_ms + _SECOND_MS)
        return min(due, default=None)

    def _wanted(self) -> DeviceReport:
        if not self._fault:
            return self._own
        return DeviceReport(device=self._own.device, condition=Condition.DOWN, detail=self._fault)


def _line(text: str) -> str:
    """Return text as one line of a log, not too long."""
    told = "".join(letter if letter.isprintable() else " " for letter in text)
    return told[:DETAIL_CHARACTERS_MAX]
