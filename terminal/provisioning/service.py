"""What programs at the counter are told by a machine that is no terminal yet: that it is none."""

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from terminal.local.port import LaneView
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.metrics.metric import Family
from terminal.provisioning.telling import trouble
from terminal.selling.requests import ScanRequest
from terminal.settings import LaneSettings


class UnenrolledService:
    """Satisfies `LocalService`: every lane is out of service, and nothing was ever asked here."""

    def __init__(
        self, lanes: Sequence[LaneSettings], diagnose: Callable[[], Mapping[str, object]]
    ) -> None:
        self._lanes, self._diagnose = lanes, diagnose

    async def lanes(self) -> tuple[LaneView, ...]:
        """Return every lane, out of service."""
        return tuple(_view(lane) for lane in self._lanes)

    async def arm(self, request: ScanRequest) -> NoReturn:
        """Refuse.

        Raises:
            RequestRefused: LANE_UNKNOWN, LANE_OUT_OF_SERVICE.
        """
        self._refuse(request.lane)

    async def request(self, client: str, key: str) -> NoReturn:
        """Refuse: no request was ever taken here.

        Raises:
            RequestRefused: REQUEST_UNKNOWN.
        """
        del client, key
        raise RequestRefused(LocalProblem.REQUEST_UNKNOWN, "no such request was made here")

    async def abort(self, client: str, key: str, *, not_handed_over: bool = False) -> NoReturn:
        """Refuse, as `request`."""
        del not_handed_over
        await self.request(client, key)

    async def reverse(self, client: str, key: str, reversal_key: str) -> NoReturn:
        """Refuse, as `request`."""
        del reversal_key
        await self.request(client, key)

    async def print_receipt(self, client: str, key: str) -> NoReturn:
        """Refuse, as `request`."""
        await self.request(client, key)

    async def totals(self, lane: str) -> NoReturn:
        """Refuse.

        Raises:
            RequestRefused: LANE_UNKNOWN, LANE_OUT_OF_SERVICE.
        """
        self._refuse(lane)

    async def diagnosis(self) -> Mapping[str, object]:
        """Return what `scan-terminal status --json` prints."""
        return self._diagnose()

    async def figures(self) -> Sequence[Family]:
        """Return nothing: nothing was counted."""
        return ()

    async def emergency(self, client: str, lane: str, *, is_open: bool) -> NoReturn:
        """Refuse: no gate is driven.

        Raises:
            RequestRefused: LANE_UNKNOWN, LANE_OUT_OF_SERVICE.
        """
        del client, is_open
        self._refuse(lane)

    def _refuse(self, lane: str) -> NoReturn:
        if lane not in {each.name for each in self._lanes}:
            raise RequestRefused(LocalProblem.LANE_UNKNOWN, f"no lane is called {lane}")
        raise RequestRefused(LocalProblem.LANE_OUT_OF_SERVICE, f"lane {lane}: {trouble()}")


def _view(lane: LaneSettings) -> LaneView:
    return LaneView(name=lane.name, profile=lane.profile, state="out-of-service", trouble=trouble())
