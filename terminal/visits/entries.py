"""Writing what a visit leaves behind, and sealing what people write themselves."""

import asyncio
import json
from dataclasses import dataclass

from offline_cache.journal import Append
from protocol.journal import Draft
from protocol.sealed import TEXT_BYTES_MAX, Sealed, seal_details
from protocol.use import Place
from protocol.visit import VisitRecord
from terminal.desk import Desk
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.selling.terms import seal_key
from terminal.selling.totals import local_day
from verifier.model import UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry of a visit that is durable."""

    place: Place
    at: UnixSeconds


class VisitEntries:
    """All lanes'; lives in the daemon's loop."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def today(self, utc_offset_min: int) -> str:
        """Return the day by a place's calendar, as in 2026-11-22."""
        return local_day(self._desk.timekeeper.read().now, utc_offset_min)

    async def write(self, lane: str, record: VisitRecord) -> Written:
        """Return where an entry stands, once it is durable.

        Raises:
            CacheFault: it could not be made durable.
        """
        clock = self._desk.timekeeper.read()
        draft = Draft(at=clock.now, clock=clock.quality, lane=lane, record=record)
        appended = await asyncio.wrap_future(
            self._desk.writer.append(Append(draft=draft, claim=None))
        )
        place = Place(epoch=self._desk.identity.epoch, seq=appended.seq)
        return Written(place=place, at=clock.now)

    def sealed(self, **texts: str) -> Sealed | None:
        """Return texts for the centre alone; None: all are empty.

        Raises:
            RequestRefused: SEAL_KEY_MISSING; MALFORMED: they are longer than an entry has room for.
        """
        told = {name: text for name, text in texts.items() if text}
        return self.sealed_always(told) if told else None

    def sealed_always(self, told: dict[str, str]) -> Sealed:
        """Return what was written for the centre alone, however little it is.

        Raises:
            RequestRefused: as `sealed`.
        """
        now, trust = self._desk.timekeeper.read().now, self._desk.trust
        key = None if trust is None else seal_key(trust.trusted.keys, now)
        if key is None:
            raise RequestRefused(LocalProblem.SEAL_KEY_MISSING)
        size = len(json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode())
        if size > TEXT_BYTES_MAX:
            raise RequestRefused(
                LocalProblem.MALFORMED, f"text and contact are above {TEXT_BYTES_MAX} octets"
            )
        return seal_details(told, key, octets_max=TEXT_BYTES_MAX)
