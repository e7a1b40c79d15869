"""Counting what visits at screens left behind, and keeping appeals for who works through them."""

from collections import Counter
from collections.abc import Sequence

from central.projectors.entry import DAY_S, HOUR_S, Entry
from central.store.visits import Appeal, Hour, RatingPlace, Visits
from protocol.visit import AppealRecord, QueryRecord, RatingRecord, TicketRecord

TICKET, OFFLINE = "ticket", "offline"


class VisitProjector:
    """Tickets and questions by lane, hour and service; ratings by day; each appeal."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def take(self, entries: Sequence[Entry]) -> None:
        """Add entries of one terminal's epoch, in order; inside a transaction."""
        hours, ratings = Counter[Hour](), Counter[RatingPlace]()
        appeals = list[Appeal]()
        for entry in entries:
            match entry.of_visit:
                case RatingRecord() as rating:
                    ratings[_place(entry, DAY_S, rating.visit.service, rating.score)] += 1
                case AppealRecord() as appeal:
                    appeals.append(_appeal(entry, appeal))
                case TicketRecord() as ticket:
                    hours[_hour(entry, TICKET, ticket.visit.service)] += 1
                case QueryRecord() as query:
                    kind = query.asked.value if query.is_answered else OFFLINE
                    hours[_hour(entry, kind, query.visit.service)] += 1
                case None:
                    pass
        self._visits.add_hours(hours)
        self._visits.add_ratings(ratings)
        self._visits.add_appeals(appeals)

    def clear(self) -> None:
        """Forget all of it; inside a transaction."""
        self._visits.clear()


def _hour(entry: Entry, kind: str, service: str) -> Hour:
    return entry.terminal, entry.lane, entry.at // HOUR_S, kind, service


def _place(entry: Entry, unit_s: int, service: str, score: int) -> RatingPlace:
    return entry.terminal, entry.lane, entry.at // unit_s, service, score


def _appeal(entry: Entry, record: AppealRecord) -> Appeal:
    return Appeal(
        terminal=entry.terminal,
        epoch=entry.epoch,
        seq=entry.seq,
        lane=entry.lane,
        at=entry.at,
        urgency=record.urgency.value,
        service=record.visit.service,
        sector=entry.sector,
        pseudonym=entry.pseudonym or "",
    )
