"""Shows a lane's challenges by its answer line, where the profile asks for them."""

from collections.abc import Callable

from drivers.clock import monotonic_ms
from terminal.challenge import CHALLENGE_BYTES, Challenges
from terminal.lane_devices import Devices
from terminal.lanes.health import shows_challenges
from verifier.profile import Binding, Profile


class ChallengeBoard:
    """One lane's.

    Args:
        lane: its name.
        devices: what it is connected to.
        challenges: what it has shown.
        random_octets: what the next one is made of.
    """

    def __init__(
        self,
        lane: str,
        devices: Devices,
        challenges: Challenges,
        random_octets: Callable[[int], bytes],
    ) -> None:
        self._lane, self._devices = lane, devices
        self._challenges, self._random_octets = challenges, random_octets

    def refresh(self, profile: Profile | None) -> None:
        """Show another if `profile` asks for it and it is time; None: the lane does not serve."""
        is_asked = profile is not None and profile.challenge is Binding.REQUIRED
        answers = self._devices.answers
        if not is_asked or answers is None or not shows_challenges(self._devices):
            self._challenges.close()
            return
        now_ms = monotonic_ms()
        if self._challenges.is_due(now_ms):
            shown = self._challenges.show(self._random_octets(CHALLENGE_BYTES), now_ms)
            answers.send(shown.line(self._lane, now_ms))
