"""Whether a lane can serve, and in a technician's words why not."""

import logging
from collections.abc import Mapping

from drivers.base import Condition, Counting, DeviceReport
from terminal.desk import Desk
from terminal.lane_devices import Devices, Part
from terminal.lanes.emergency import Emergency
from verifier.profile import Binding, ConsumeOn, Profile

log = logging.getLogger(__name__)


class Health:
    """One lane's: what its devices say, and what it misses.

    Args:
        lane: its name.
        profile_name: as set.
        devices: what it is connected to.
        desk: journal and trust.
        emergency: who wants it open.
    """

    def __init__(
        self, lane: str, profile_name: str, devices: Devices, desk: Desk, emergency: Emergency
    ) -> None:
        self._conditions: dict[tuple[Part, int], DeviceReport] = {}
        self._lane, self._profile_name = lane, profile_name
        self._devices, self._desk, self._emergency = devices, desk, emergency
        self._told = ""
        self.is_occupied = False  # by somebody, as the passage contact says now
        self._is_stuck = False
        self.is_owing = False  # a grant that the journal has not taken back yet

    @property
    def profile(self) -> Profile | None:
        """Return the rules it can serve by now; None: something that it needs is missing."""
        profile = self._desk.profile(self._profile_name)
        if profile is None or self.is_owing or self._desk.writer.fault is not None:
            return None
        return profile if self._is_equipped(profile) else None

    @property
    def conditions(self) -> tuple[tuple[Part, DeviceReport], ...]:
        """Return what each device said last."""
        return tuple((part, report) for (part, _), report in self._conditions.items())

    def note(self, part: Part, report: DeviceReport, number: int = 0) -> None:
        """Take what a device says of itself; of several of a kind, the one of this number."""
        self._conditions[part, number] = report
        level = logging.WARNING if report.condition is Condition.DOWN else logging.INFO
        log.log(
            level,
            "lane %s: %s %s %s",
            self._lane,
            report.device,
            report.condition.value,
            report.detail,
        )

    def tell_occupied(self, *, is_occupied: bool) -> None:
        """Take what the passage contact says; one that lets go is good again."""
        self.is_occupied = is_occupied
        self._is_stuck = self._is_stuck and is_occupied

    def tell_stuck(self) -> None:
        """Take that the passage contact said the same while somebody was to go through."""
        self._is_stuck = True

    def is_down(self, part: Part) -> bool:
        """Return whether a device can't be heard of now."""
        report = self._conditions.get((part, 0))
        return report is None or report.condition is not Condition.UP

    def tell(self, trouble: str) -> None:
        """Log what keeps the lane out of service, once; empty: nothing does."""
        if trouble and trouble != self._told:
            log.warning("lane %s: out of service: %s", self._lane, trouble)
        self._told = trouble

    @property
    def trouble(self) -> str:
        """Return why the lane does not serve, or what is down; empty when all is well."""
        if self._emergency.is_on:
            return (
                f"held open for an emergency ({self._emergency.by}); when it is over:"
                " `scan-terminal emergency close`, or set the release contact back"
            )
        if self._desk.writer.fault is not None:
            return str(self._desk.writer.fault)
        if self.is_owing:
            return (
                "a grant that nobody used is not taken back yet: look at the disk's load and health"
            )
        if self._desk.trust is None:
            return "no trust list from the centre yet; see `scan-terminal sync --once`"
        profile = self._desk.profile(self._profile_name)
        if profile is None:
            known = ", ".join(sorted(self._desk.trust.profiles)) or "none"
            return (
                f"no profile {self._profile_name} from the centre (it publishes: {known}); correct"
                " the lane's profile in the settings, or publish it"
            )
        return self._misfit(profile) or self._down()

    @property
    def counts(self) -> Mapping[str, int]:
        """What befell the scanner, by name; empty where it does not count."""
        scanner = self._devices.scanner
        return scanner.counts() if isinstance(scanner, Counting) else {}

    def _is_equipped(self, profile: Profile) -> bool:
        """Return whether every device that the lane can't serve without is UP, and fits."""
        is_awaited = profile.consume_on is ConsumeOn.PASSAGE
        needed = self._devices.essential(profile.challenge, is_passage_awaited=is_awaited)
        return not self._misfit(profile) and not any(self.is_down(part) for part in needed)

    def _misfit(self, profile: Profile) -> str:
        """Return what the profile needs that this lane does not have at all."""
        if profile.challenge is Binding.REQUIRED and not shows_challenges(self._devices):
            return (
                f"profile {profile.name} asks for a challenge, and this lane has no line to show"
                " it by; give the lane `answers` in the settings, or another profile"
            )
        if profile.consume_on is ConsumeOn.PASSAGE and not self._devices.may_tell_passages:
            return (
                f"profile {profile.name} counts a grant once somebody went through, and this lane"
                " has no passage contact; give it `contacts` with an input for `passage` in the"
                " settings, or another profile"
            )
        if profile.consume_on is ConsumeOn.PASSAGE and self._is_stuck:
            return (
                "the passage contact says without end that somebody goes through: take away what"
                " covers it, or look at its cable and at `inverted` in the settings"
            )
        return ""

    def _down(self) -> str:
        told = self._conditions.values()
        down = (each.detail for each in told if each.condition is Condition.DOWN)
        return "; ".join(dict.fromkeys(down))  # a board may be gate, contacts and lamps at once


def shows_challenges(devices: Devices) -> bool:
    """Return whether the program behind the lane's answers can show what is to be answered."""
    return devices.answers is not None and devices.form.shows_challenges
