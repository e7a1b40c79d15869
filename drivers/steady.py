"""A code held in view is one presentation, however often it is read."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import dist

from drivers.base import ScannedCode
from drivers.reading import Corners

# What is remembered per lane. A frame brings at most 8 codes and a code is forgotten after the
# hold-off, so this is 32 frames of nothing but fresh codes: no holder can do that by accident.
CODES_MAX = 256

# How far a code may be from where it was last seen and still be the same one, in widths of it:
# one at once, for a shaking hand, and ten more a second, which is a hand at half a metre a second.
REACH_AT_ONCE = 1.0
REACH_A_SECOND = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Octets that were read, and where."""

    payload: bytes
    corners: Corners | None = None  # None: the scanner tells no places


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A presentation that begins."""

    payload: bytes
    showing: int
    companions: tuple[bytes, ...]  # octets of the other codes in view, each once


@dataclass(frozen=True, slots=True)
class _Code:
    seen_ms: int
    was_alone: bool  # when it was handed on


@dataclass(slots=True)
class _Showing:
    """Something held before the scanner, which may be redrawn where it is."""

    number: int
    seen_ms: int
    centre: tuple[float, float] = (0.0, 0.0)
    width: float = 0.0
    # By digest, least recently seen first.
    codes: OrderedDict[bytes, _Code] = field(default_factory=OrderedDict)


class Steady:
    """Tells a new presentation from one that is still going on.

    A showing is whatever is held in one place without a pause of `hold_off_ms`: a phone that
    redraws its code there is one showing with several codes. A code is new when it was not seen
    in its showing within the hold-off, and once more when it is first alone in view after it had
    company: what a lane could not take because of its company, it can then.

    Only digests of payloads are kept: this memory lives as long as the daemon, and what a
    holder showed is none of its business.

    Args:
        hold_off_ms: how long a code must be unseen before it counts as shown again; 0 takes
            every reading for a presentation.
    """

    def __init__(self, hold_off_ms: int) -> None:
        if hold_off_ms < 0:
            raise ValueError(f"hold_off_ms is below zero: {hold_off_ms}")
        self._hold_off_ms = hold_off_ms
        self._numbers = count(1)
        self._showings: list[_Showing] = []
        self._is_to_forget = False

    def forget(self) -> None:
        """Take every code in view as new again, from any thread; the showings go on.

        Readings that are judged just now count as made before.
        """
        self._is_to_forget = True

    def receive_one(
        self, payload: bytes, *, engine: str, seen_ms: int, read_ms: int
    ) -> tuple[ScannedCode, ...]:
        """Return the code that a scanner without places has read, if it begins a presentation."""
        return tuple(
            ScannedCode(
                payload=presented.payload,
                engine=engine,
                seen_ms=seen_ms,
                read_ms=read_ms,
                showing=presented.showing,
            )
            for presented in self.receive([Sighting(payload=payload)], read_ms)
        )

    def receive(self, sightings: Sequence[Sighting], now_ms: int) -> tuple[Presented, ...]:
        """Return the presentations that begin with what was read on one frame, in its order.

        A code last seen exactly `hold_off_ms` ago is new.
        """
        self._drop_old(now_ms)
        taken = list[_Showing]()
        presented = []
        for sighting in sightings:
            digest = hashlib.blake2b(sighting.payload, digest_size=16).digest()
            showing = self._showing_of(sighting, digest, taken, now_ms)
            taken.append(showing)
            companions = _others(sighting, sightings)
            if _notice(showing, digest, now_ms, is_alone=not companions):
                presented.append(
                    Presented(
                        payload=sighting.payload, showing=showing.number, companions=companions
                    )
                )
        self._drop_most()
        return tuple(presented)

    def _showing_of(
        self, sighting: Sighting, digest: bytes, taken: list[_Showing], now_ms: int
    ) -> _Showing:
        """Return the showing that goes on with this sighting, which moves there, or a new one."""
        centre, width = _middle(sighting.corners)
        near = [
            showing
            for showing in self._showings
            if all(showing is not other for other in taken)
            and _is_near(showing, centre, max(width, showing.width), now_ms)
        ]
        # The same octets first, then whoever is nearest.
        near.sort(key=lambda showing: (digest not in showing.codes, dist(showing.centre, centre)))
        if near:
            found = near[0]
        else:
            found = _Showing(number=next(self._numbers), seen_ms=now_ms)
            self._showings.append(found)
        found.seen_ms, found.centre, found.width = now_ms, centre, width
        return found

    def _drop_old(self, now_ms: int) -> None:
        if self._is_to_forget:
            self._is_to_forget = False
            for showing in self._showings:
                showing.codes.clear()
        for showing in self._showings:
            while showing.codes:
                digest, code = next(iter(showing.codes.items()))
                if now_ms - code.seen_ms < self._hold_off_ms:
                    break
                del showing.codes[digest]
        self._showings = [
            showing for showing in self._showings if now_ms - showing.seen_ms < self._hold_off_ms
        ]

    def _drop_most(self) -> None:
        """Forget the codes and the showings longest unseen when there are too many."""
        while sum(len(showing.codes) for showing in self._showings) > CODES_MAX:
            oldest = min(
                (showing for showing in self._showings if showing.codes),
                key=lambda showing: next(iter(showing.codes.values())).seen_ms,
            )
            oldest.codes.popitem(last=False)
        if len(self._showings) > CODES_MAX:
            self._showings.sort(key=lambda showing: showing.seen_ms)
            del self._showings[:-CODES_MAX]


def _notice(showing: _Showing, digest: bytes, now_ms: int, *, is_alone: bool) -> bool:
    """Note a code of a showing; return whether it begins a presentation."""
    known = showing.codes.pop(digest, None)
    is_new = known is None or (is_alone and not known.was_alone)
    was_alone = is_alone or (known is not None and known.was_alone)
    showing.codes[digest] = _Code(seen_ms=now_ms, was_alone=was_alone)
    return is_new


def _others(sighting: Sighting, sightings: Iterable[Sighting]) -> tuple[bytes, ...]:
    payloads = dict.fromkeys(other.payload for other in sightings)
    return tuple(payload for payload in payloads if payload != sighting.payload)


def _middle(corners: Corners | None) -> tuple[tuple[float, float], float]:
    """Return the centre of a code and its width, the longer of two neighbouring sides."""
    if corners is None:
        return (0.0, 0.0), 0.0
    centre = sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4
    return centre, max(dist(corners[0], corners[1]), dist(corners[1], corners[2]))


def _is_near(showing: _Showing, centre: tuple[float, float], width: float, now_ms: int) -> bool:
    reach = width * (REACH_AT_ONCE + REACH_A_SECOND * (now_ms - showing.seen_ms) / 1000)
    return dist(showing.centre, centre) <= reach
