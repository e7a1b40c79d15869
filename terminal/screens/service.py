"""The screens of a terminal, in the daemon's loop: hears what lanes do, and keeps the board true."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from drivers.base import Condition, DeviceReport
from terminal.desk import Desk
from terminal.lane_devices import Part
from terminal.lanes.machine import LaneState
from terminal.presenting import Outcome
from terminal.screens.board import ScreenBoard
from terminal.screens.composing import compose
from terminal.screens.moment import Moment, Standing
from terminal.screens.screen import NOTHING, Amount, Bilingual, Screen, View
from terminal.screens.table import Language
from terminal.sync.machine import SyncState
from terminal.wording.words import holder_words
from verifier.clock import ClockQuality
from verifier.hours import is_open
from verifier.model import Freshness, UnixSeconds, Verdict
from verifier.profile import Profile
from verifier.verify import dated_at

# Devices are found and lists are loaded in less; what takes longer is out of service, and said so.
STARTING_S = 30.0
# A city of a billion cards has a thousand lists: a look at each takes half a millisecond.
LISTS_LOOKED_AT_S = 5.0

_ANSWERS = frozenset({LaneState.OPEN, LaneState.AWAITING, LaneState.REFERRED, LaneState.SHOWING})
# Worst last.
_STATES = (Freshness.FRESH, Freshness.STALE, Freshness.EXPIRED)

Recordings = Mapping[tuple[Language, str], str]


class SeenLane(Protocol):
    """A lane, as far as its screen is concerned."""

    name: str
    profile_name: str
    on_move: Callable[[str, LaneState, Outcome | None], None] | None

    @property
    def state(self) -> LaneState:
        """Return where it stands."""

    @property
    def conditions(self) -> tuple[tuple[Part, DeviceReport], ...]:
        """Return what each device said last."""


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What is remembered of one lane."""

    lane: SeenLane
    state: LaneState = LaneState.OUT_OF_SERVICE
    outcome: Outcome | None = None
    number: int = 0
    has_served: bool = False
    shown: Screen | None = None


class ScreenService:
    """Every method runs in the daemon's loop."""

    def __init__(
        self,
        board: ScreenBoard,
        desk: Desk,
        sync_state: Callable[[], SyncState],
        *,
        recordings: Mapping[str, Recordings] | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Show nothing yet.

        Args:
            board: which lanes have a screen, and where pages read what it shows.
            desk: trust, clock and requests.
            sync_state: how the way to the centre is.
            recordings: of lanes that have any, the names of sentences that are recorded.
            now_s: monotonic.
        """
        self.board = board
        self._desk, self._sync_state, self._now_s = desk, sync_state, now_s
        self._recordings = recordings or {}
        self._seen: dict[str, _Seen] = {}
        self._began_s, self._reached_s = now_s(), now_s()
        self._lists_at, self._lists_s = UnixSeconds(0), float("-inf")

    def begin(self, lanes: Sequence[SeenLane]) -> None:
        """Take the lanes; those without a screen are passed over."""
        shown = set(self.board.lanes)
        self._seen = {lane.name: _Seen(lane=lane) for lane in lanes if lane.name in shown}
        for seen in self._seen.values():
            seen.lane.on_move = self.moved
        self.care()

    def moved(self, lane: str, state: LaneState, outcome: Outcome | None) -> None:
        """Take that a lane has come into `state`, about `outcome`; None: nothing to be told."""
        seen = self._seen.get(lane)
        if seen is None:
            return
        seen.number += state in _ANSWERS and (state, outcome) != (seen.state, seen.outcome)
        seen.state, seen.outcome = state, outcome
        self._show(seen)

    def care(self) -> None:
        """Look at what changes by itself: ages, hours, devices; and say that the daemon lives."""
        if self._sync_state() is SyncState.WORKING:
            self._reached_s = self._now_s()
        for seen in self._seen.values():
            self._show(seen)
        self.board.beat()

    def _show(self, seen: _Seen) -> None:
        profile = self._desk.profile(seen.lane.profile_name)
        seen.has_served = seen.has_served or seen.state is not LaneState.OUT_OF_SERVICE
        screen = compose(self._moment(seen, profile), self._standing(seen, profile))
        screen = replace(screen, spoken=self._spoken(screen))
        if screen != seen.shown:
            seen.shown = screen
            self.board.put(screen)

    def _moment(self, seen: _Seen, profile: Profile | None) -> Moment:
        asked = self._desk.requests.open_for(seen.lane.name, int(self._now_s() * 1_000))
        due = None
        if asked is not None and asked.amount_minor is not None:
            due = Amount(amount_minor=asked.amount_minor, currency=asked.currency)
        return Moment(
            lane=seen.lane.name,
            state=seen.state,
            profile=profile,
            outcome=seen.outcome,
            due=due,
            is_asked=asked is not None,
            number=seen.number,
        )

    def _standing(self, seen: _Seen, profile: Profile | None) -> Standing:
        desk, now_s = self._desk, self._now_s()
        reading = desk.timekeeper.read()
        lists, age_s = self._lists(profile, reading.now)
        is_offline = self._sync_state() is not SyncState.WORKING
        return Standing(
            is_starting=not seen.has_served and now_s - self._began_s < STARTING_S,
            is_open=_is_open(profile, reading.now),
            offline_s=int(now_s - self._reached_s) if is_offline else None,
            lists=lists,
            lists_age_s=age_s,
            is_clock_trusted=reading.quality is ClockQuality.TRUSTED,
            down=tuple(_down(seen.lane.conditions)),
            is_value_stopped=bool(desk.value_stop),
        )

    def _lists(self, profile: Profile | None, now: UnixSeconds) -> tuple[Freshness, int]:
        """Return how the lane's profile sees the older of keys and status lists, and its age."""
        trust = self._desk.trust
        if trust is None or profile is None or trust.trusted.issued_at is None:
            return Freshness.FRESH, 0  # a lane without lists is out of service, and says that
        if self._now_s() - self._lists_s >= LISTS_LOOKED_AT_S:
            held = (
                dated_at(each, trust.trusted, is_foreign=False)
                for each in trust.trusted.lists.values()
            )
            self._lists_at = min(held, default=trust.trusted.issued_at)
            self._lists_s = self._now_s()
        keys_s, status_s = (max(0, now - at) for at in (trust.trusted.issued_at, self._lists_at))
        found = (
            (profile.status_limits.of(status_s), status_s),
            (profile.keys_limits.of(keys_s), keys_s),
        )
        return max(found, key=lambda each: _STATES.index(each[0]))

    def _spoken(self, screen: Screen) -> Bilingual:
        """Return where the recordings of what is said are; empty: there is none."""
        names = self._recordings.get(screen.lane, {})
        said = screen.text
        if screen.view is View.GRANTED and said == NOTHING:
            usual = holder_words(Verdict.GRANT, None, None)
            said = Bilingual(zh=usual.zh, en=usual.en)
        zh, en = names.get(("zh", said.zh), ""), names.get(("en", said.en), "")
        base = f"/screen/v1/{screen.lane}/sounds"
        return Bilingual(zh=zh and f"{base}/zh/{zh}.wav", en=en and f"{base}/en/{en}.wav")


def _is_open(profile: Profile | None, now: UnixSeconds) -> bool:
    """Return whether somebody may come now; where hours only refer, an attendant says so."""
    if profile is None or profile.outside_hours is not Verdict.DENY:
        return True
    if not (profile.hours or profile.closed_on):
        return True
    return is_open(
        profile.hours,
        at=now,
        utc_offset_min=profile.utc_offset_min or 0,
        closed_on=profile.closed_on,
    )


def _down(conditions: Iterable[tuple[Part, DeviceReport]]) -> list[str]:
    return sorted({part.value for part, told in conditions if told.condition is Condition.DOWN})
