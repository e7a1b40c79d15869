"""What the centre knows of its terminals, from the read models (docs/reports.md)."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from central.histories import brought_aside, unrecoverable
from central.projectors.entry import HOUR_S
from central.projectors.tallies import ENTRY, INTERVAL, INTERVAL_STEPS, NOTED, REASON, VERDICT
from central.store.store import Store
from central.store.tallies import Tally
from central.store.uses import Use
from central.wording import utc
from verifier.model import UnixSeconds, Verdict
from verifier.profile import EntryType

# Enough to begin an enquiry with; the rest is in `report doubles`.
DOUBLED_SHOWN_MAX = 100

# A terminal tells before each backlog and uploads each minute; this is no pause any more.
SILENT_S = 900

_PAGE_TERMINALS = 500

Row = Mapping[str, object]
Place = tuple[str, int, int]  # terminal, epoch, seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a report is about; counts by hour are of every hour that has begun in it."""

    since: UnixSeconds
    until: UnixSeconds

    @property
    def moments(self) -> range:
        """Return the seconds."""
        return range(self.since, self.until)

    @property
    def hours(self) -> range:
        """Return the hours since 1970."""
        return range(self.since // HOUR_S, -(-self.until // HOUR_S))


# The largest number of every database.
EVER = Period(since=UnixSeconds(0), until=UnixSeconds((1 << 63) - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a report is made of."""

    store: Store
    period: Period
    now: UnixSeconds


class Report:
    """The sums over everything: what each terminal brought, and what came of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._terminals = store.terminals.all()
        self._entries = store.tallies.by_terminal(ENTRY)

    def terminals(self) -> Iterator[dict[str, object]]:
        """Return each terminal as the members of a JSON object, by id."""
        for terminal in self._terminals:
            yield {
                "terminal": terminal.terminal,
                "epoch": terminal.epoch,
                "acked": terminal.acked,
                "entries": self._entries.get(terminal.terminal, 0),
                "last_seen": terminal.last_seen_at,
                "status": terminal.state.value,
            }

    def totals(self) -> dict[str, object]:
        """Return the sums as the members of a JSON object.

        `doubled` is the number of presentations granted more than once, on one terminal or on
        several; two terminals without network can't prevent it, so it is found here.
        """
        verdicts = self._store.tallies.by_name(VERDICT, EVER.hours)
        verdicts.pop(EntryType.ANNUL.value, None)
        return {
            "terminals": len(self._terminals),
            "entries": sum(self._entries.values()),
            "verdicts": verdicts,
            "reasons": self._store.tallies.by_name(REASON, EVER.hours),
            "doubled": self._store.uses.granted_twice(),
            "doubled_at": dict(self.doubled()),
        }

    def doubled(self) -> list[tuple[str, list[Place]]]:
        """Return presentations granted more than once, and where; DOUBLED_SHOWN_MAX at most."""
        found: list[tuple[str, list[Place]]] = []
        for presentation, uses in _by_presentation(self._store):
            places = [(use.terminal, use.epoch, use.seq) for use in uses if _is_grant(use)]
            if len(places) > 1:
                found.append((presentation, places))
            if len(found) == DOUBLED_SHOWN_MAX:
                break
        return found


def passages(asked: Asked) -> Iterator[Row]:
    """Return what lanes decided, by lane and hour."""
    for (terminal, lane, hour), tallies in _by_lane_hour(asked, VERDICT):
        counts = Counter({tally.name: tally.count for tally in tallies})
        granted, annulled = counts[Verdict.GRANT.value], counts[EntryType.ANNUL.value]
        yield {
            "terminal": terminal,
            "lane": lane,
            "hour": utc(hour * HOUR_S),
            "granted": granted,
            "annulled": annulled,
            "made": granted - annulled,
            "referred": counts[Verdict.REFER.value],
            "denied": counts[Verdict.DENY.value],
        }


def refusals(asked: Asked) -> Iterator[Row]:
    """Return how often each reason was given, the most frequent first."""
    counts = asked.store.tallies.by_name(REASON, asked.period.hours)
    for reason, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        yield {"reason": reason, "count": count}


def notes(asked: Asked) -> Iterator[Row]:
    """Return what lanes saw that was no presentation, by lane and hour."""
    for (terminal, lane, hour), tallies in _by_lane_hour(asked, NOTED):
        for tally in tallies:
            yield {
                "terminal": terminal,
                "lane": lane,
                "hour": utc(hour * HOUR_S),
                "what": tally.name,
                "count": tally.count,
            }


def waiting(asked: Asked) -> Iterator[Row]:
    """Return the intervals between presentations, by lane and hour."""
    for (terminal, lane, hour), tallies in _by_lane_hour(asked, INTERVAL):
        counts = {int(tally.name): tally.count for tally in tallies}
        yield {
            "terminal": terminal,
            "lane": lane,
            "hour": utc(hour * HOUR_S),
            "intervals": sum(counts.values()),
            "half_within_s": _within(counts, 50),
            "nine_in_ten_within_s": _within(counts, 90),
        }


def behind(asked: Asked) -> Iterator[Row]:
    """Return the terminals that have entries to bring, or that were not heard of for a while."""
    place = ""
    while page := asked.store.health.page(place, _PAGE_TERMINALS):
        for each in page:
            silent_s = max(0, asked.now - each.last_seen_at)
            if each.known > each.acked or silent_s >= SILENT_S:
                yield {
                    "terminal": each.terminal,
                    "status": each.state.value,
                    "epoch": each.epoch,
                    "acked": each.acked,
                    "known": each.known,
                    "behind": each.known - each.acked,
                    "last_seen": utc(each.last_seen_at),
                    "silent_s": silent_s,
                }
        place = page[-1].terminal


def health(asked: Asked) -> Iterator[Row]:
    """Return what each terminal told of itself last."""
    place = ""
    while page := asked.store.health.page(place, _PAGE_TERMINALS):
        for each in page:
            yield {
                "terminal": each.terminal,
                "status": each.state.value,
                "last_seen": utc(each.last_seen_at),
                "told": None if each.told_at is None else utc(each.told_at),
                "health": dict(each.health),
            }
        place = page[-1].terminal


def doubles(asked: Asked) -> Iterator[Row]:
    """Return each use of the codes that were used at more than one terminal."""
    for _, uses in _by_presentation(asked.store):
        if _is_across(uses) and any(use.at in asked.period.moments for use in uses):
            for use in uses:
                yield _use_row(use)


def disputes(asked: Asked) -> Iterator[Row]:
    """Return what was taken back, and what was sold on a code that was used elsewhere as well."""
    for each in asked.store.sales.reversals(asked.period.moments):
        yield {
            "why": "reversal",
            "terminal": each.terminal,
            "epoch": each.epoch,
            "seq": each.seq,
            "lane": each.lane,
            "at": utc(each.at),
            "amount_minor": each.amount_minor,
            "currency": each.currency,
            "reference": each.reference,
            "presentation": each.presentation,
        }
    for row in doubles(asked):
        if row["amount_minor"] is not None:
            own = {name: row[name] for name in ("terminal", "epoch", "seq", "lane", "at")}
            money = {name: row[name] for name in ("amount_minor", "currency")}
            named = {"reference": "", "presentation": row["presentation"]}
            yield {"why": "double-use", **own, **money, **named}


def enrolments(asked: Asked) -> Iterator[Row]:
    """Return the enrolment codes that could still be used."""
    for terminal, code_id, expires_at in asked.store.enrolments.open(asked.now):
        yield {"terminal": terminal, "code_id": code_id, "expires": utc(expires_at)}


def missing(asked: Asked) -> Iterator[Row]:
    """Return which entries existed, or may have, on disks that nobody brought."""
    yield from unrecoverable(asked.store)


def quarantine(asked: Asked) -> Iterator[Row]:
    """Return the entries that are kept beside the journals they part from."""
    yield from brought_aside(asked.store)


def orders(asked: Asked) -> Iterator[Row]:
    """Return which terminals were ordered to erase themselves."""
    for each in asked.store.orders.all():
        yield {
            "terminal": each.terminal,
            "epoch": each.epoch,
            "order": each.order_id,
            "ordered": utc(each.ordered_at),
            "obeyed": None if each.obeyed_at is None else utc(each.obeyed_at),
        }


REPORTS: Mapping[str, Callable[[Asked], Iterator[Row]]] = {
    "passages": passages,
    "refusals": refusals,
    "notes": notes,
    "waiting": waiting,
    "behind": behind,
    "health": health,
    "doubles": doubles,
    "disputes": disputes,
    "enrolments": enrolments,
    "missing": missing,
    "quarantine": quarantine,
    "orders": orders,
}


def entries(store: Store) -> Iterator[dict[str, object]]:
    """Return each stored entry as the members of a JSON object, in order."""
    for entry in store.journals.entries():
        yield {
            "terminal": entry.terminal,
            "epoch": entry.epoch,
            "seq": entry.seq,
            "line": json.loads(entry.line),
        }


def _by_lane_hour(asked: Asked, kind: str) -> Iterator[tuple[tuple[str, str, int], list[Tally]]]:
    counted = asked.store.tallies.by_hour(kind, asked.period.hours)
    for place, tallies in groupby(counted, key=lambda each: (each.terminal, each.lane, each.hour)):
        yield place, list(tallies)


def _within(counts: Mapping[int, int], percent: int) -> int:
    """Return the step, in seconds, within which `percent` of the intervals lie."""
    wanted, seen = sum(counts.values()) * percent, 0
    for step in INTERVAL_STEPS:
        seen += counts.get(step, 0)
        if seen * 100 >= wanted:
            return step
    raise ValueError("intervals lie within the steps in which they are counted")


def _by_presentation(store: Store) -> Iterator[tuple[str, list[Use]]]:
    used = groupby(store.uses.doubles(), key=lambda use: (use.sector, use.presentation))
    for (_, presentation), uses in used:
        yield presentation, list(uses)


def _is_across(uses: list[Use]) -> bool:
    return len({use.terminal for use in uses}) > 1


def _is_grant(use: Use) -> bool:
    return use.verdict == Verdict.GRANT.value


def _use_row(use: Use) -> Row:
    return {
        "sector": use.sector,
        "presentation": use.presentation,
        "terminal": use.terminal,
        "epoch": use.epoch,
        "seq": use.seq,
        "lane": use.lane,
        "at": utc(use.at),
        "type": use.type,
        "verdict": use.verdict,
        "amount_minor": use.amount_minor,
        "currency": use.currency,
    }
