"""What the centre knows of its terminals, from the journals alone."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from central.records import StoredEntry
from central.store.store import Store
from verifier.model import Verdict
from verifier.policy import EntryType

# Enough to begin an enquiry with; the rest is in `report --entries`.
DOUBLED_SHOWN_MAX = 100

Place = tuple[str, int, int]  # terminal, epoch, seq


class Report:
    """Counts over every entry; a presentation granted twice is told with its places."""

    def __init__(self, store: Store) -> None:
        self._terminals = store.terminals.all()
        self._entries: Counter[str] = Counter()
        self._verdicts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._granted: defaultdict[str, list[Place]] = defaultdict(list)
        for entry in store.journals.entries():
            self._count(entry)

    def _count(self, entry: StoredEntry) -> None:
        self._entries[entry.terminal] += 1
        match json.loads(entry.line):
            case {"type": EntryType.REFUSALS.value, "counts": dict() as counts}:
                self._count_refusals(counts)
            case {"verdict": str() as verdict, **fields}:
                self._verdicts[verdict] += 1
                self._count_presentation(entry, verdict, fields)

    def _count_refusals(self, counts: Mapping[object, object]) -> None:
        """Count the presentations that were refused before anything was proven."""
        for reason, count in counts.items():
            if isinstance(reason, str) and isinstance(count, int):
                self._verdicts[Verdict.DENY.value] += count
                self._reasons[reason] += count

    def _count_presentation(
        self, entry: StoredEntry, verdict: str, fields: Mapping[object, object]
    ) -> None:
        reason, presentation = fields.get("reason"), fields.get("presentation")
        if isinstance(reason, str):
            self._reasons[reason] += 1
        granted = verdict == Verdict.GRANT.value and fields.get("type") != EntryType.ANNUL.value
        if granted and isinstance(presentation, str):
            self._granted[presentation].append((entry.terminal, entry.epoch, entry.seq))

    def terminals(self) -> Iterator[dict[str, object]]:
        """Return each terminal as the members of a JSON object, by id."""
        for terminal in self._terminals:
            yield {
                "terminal": terminal.terminal,
                "epoch": terminal.epoch,
                "acked": terminal.acked,
                "entries": self._entries[terminal.terminal],
                "last_seen": terminal.last_seen_at,
                "status": terminal.state.value,
            }

    def totals(self) -> dict[str, object]:
        """Return the sums as the members of a JSON object.

        `doubled` is the number of presentations granted more than once, on one terminal or on
        several; two terminals without network can't prevent it, so it is found here.
        """
        return {
            "terminals": len(self._terminals),
            "entries": self._entries.total(),
            "verdicts": dict(sorted(self._verdicts.items())),
            "reasons": dict(sorted(self._reasons.items())),
            "doubled": sum(len(places) > 1 for places in self._granted.values()),
            "doubled_at": dict(self.doubled()),
        }

    def doubled(self) -> list[tuple[str, list[Place]]]:
        """Return presentations granted more than once, and where; DOUBLED_SHOWN_MAX at most."""
        found = [(name, places) for name, places in self._granted.items() if len(places) > 1]
        return sorted(found)[:DOUBLED_SHOWN_MAX]


def entries(store: Store) -> Iterator[dict[str, object]]:
    """Return each stored entry as the members of a JSON object, in order."""
    for entry in store.journals.entries():
        yield {
            "terminal": entry.terminal,
            "epoch": entry.epoch,
            "seq": entry.seq,
            "line": json.loads(entry.line),
        }
