"""The verdict: what lanes were told beside what the centre holds."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from central.histories import unrecoverable
from central.store.store import Store
from protocol.journal import extend, genesis
from tests.simulation.ledger import Kept, Ledger
from tests.simulation.names import presentation_of


@dataclass(slots=True)
class Held:
    """What the centre holds."""

    journal: dict[tuple[str, int, int], bytes] = field(default_factory=dict)  # lines
    aside: list[tuple[str, int, int, bytes]] = field(default_factory=list)
    missing: list[dict[str, object]] = field(default_factory=list)
    chains: dict[tuple[str, int, int], bytes] = field(default_factory=dict)

    def of(self, terminal: str) -> Iterator[tuple[int, int, bytes]]:
        """Yield epoch, number and line of every entry of a terminal's journal."""
        for (name, epoch, seq), line in self.journal.items():
            if name == terminal:
                yield epoch, seq, line

    def cards(self, terminal: str) -> set[str]:
        """Return every card that a terminal's journal names."""
        lines = (json.loads(line) for _, _, line in self.of(terminal))
        return {str(line["pseudonym"]) for line in lines if "pseudonym" in line}


@dataclass(slots=True)
class Verdict:
    """How a run ended; every list holds words for a person, and is empty where all is well."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # what else must not be
    told: int = 0  # entries that lanes were told of
    home: int = 0  # of those, in the centre's journals
    aside: int = 0  # and beside them
    named: int = 0  # only on a disk that was taken away, and named by the centre
    unknown: int = 0  # the same, but the centre can't know (yet) that there was one

    @property
    def faults(self) -> list[str]:
        """Return all that is wrong."""
        return [*self.lost, *self.doubled, *self.changed, *self.wrong]


def held_by(store: Store, terminals: Sequence[str]) -> Held:
    """Read all that the centre has of `terminals`."""
    held = Held()
    for terminal, epoch, seq, line, chain in store.database.rows(
        "SELECT terminal, epoch, seq, line, chain FROM journal_entry ORDER BY terminal, epoch, seq"
    ):
        held.journal[terminal, epoch, seq] = bytes(line)
        held.chains[terminal, epoch, seq] = bytes(chain)
    for terminal in terminals:
        held.aside += [(terminal, *entry) for entry in store.histories.lines_aside(terminal)]
    held.missing = list(unrecoverable(store))
    return held


def judge(ledger: Ledger, held: Held) -> Verdict:
    """Return what is lost, doubled, changed or unnamed."""
    verdict = Verdict(told=len(ledger.told))
    verdict.changed += _broken_chains(held)
    verdict.doubled += _doubled(held)
    verdict.changed += _foreign(ledger, held)
    verdict.wrong += _false_names(ledger, held)
    aside = {(terminal, epoch, seq, line) for terminal, epoch, seq, line in held.aside}
    for kept in ledger.told.values():
        told = kept.told
        if held.journal.get(_place(kept)) == told.line:
            verdict.home += 1
        elif (kept.terminal, told.epoch, told.seq, told.line) in aside:
            verdict.aside += 1
        else:
            _judge_missing(ledger, held, kept, verdict)
    return verdict


def _judge_missing(ledger: Ledger, held: Held, kept: Kept, verdict: Verdict) -> None:
    told = kept.told
    name = f"{kept.terminal}, epoch {told.epoch}, entry {told.seq}"
    if told.presentation not in ledger.gone:
        verdict.lost.append(f"lost: {name}")
    elif any(_names(row, kept) for row in held.missing):
        verdict.named += 1
    elif ledger.can_be_named(kept, is_behind=_place(kept) not in held.journal):
        verdict.lost.append(f"only on a disk that was taken away, and not named: {name}")
    else:
        verdict.unknown += 1


def _place(kept: Kept) -> tuple[str, int, int]:
    return kept.terminal, kept.told.epoch, kept.told.seq


def _names(row: dict[str, object], kept: Kept) -> bool:
    match row:
        case {
            "terminal": terminal,
            "epoch": epoch,
            "from": int() as first,
            "to": last,
            "is_all": bool() as is_all,
        }:
            is_of = (terminal, epoch) == (kept.terminal, kept.told.epoch)
            if not is_of or kept.told.seq < first:
                return False
            return not is_all or not isinstance(last, int) or kept.told.seq <= last
        case _:
            raise ValueError(f"no row of the centre's: {row}")


def _broken_chains(held: Held) -> Iterator[str]:
    """Yield where a journal at the centre has a gap, or a line that its chain does not cover."""
    ends: dict[tuple[str, int], tuple[int, bytes]] = {}
    for (terminal, epoch, seq), line in held.journal.items():
        last, chain = ends.get((terminal, epoch), (0, genesis(terminal, epoch)))
        ends[terminal, epoch] = seq, extend(chain, line)
        if (seq, held.chains[terminal, epoch, seq]) != (last + 1, ends[terminal, epoch][1]):
            yield f"the chain at the centre is broken: {terminal}, epoch {epoch}, entry {seq}"


def _doubled(held: Held) -> Iterator[str]:
    lines = [*held.journal.values(), *(line for _, _, _, line in held.aside)]
    counts = Counter(name for line in lines if (name := presentation_of(line)))
    yield from (f"doubled: presentation {name}, {n} times" for name, n in counts.items() if n > 1)


def _foreign(ledger: Ledger, held: Held) -> Iterator[str]:
    """Yield what the centre holds that no lane was shown, or that is not what the lane was told."""
    found = [(terminal, line) for (terminal, _, _), line in held.journal.items()]
    found += [(terminal, line) for terminal, _, _, line in held.aside]
    for terminal, line in found:
        name = presentation_of(line)
        if name is None:
            continue
        told = ledger.told.get(name)
        if ledger.asked.get(name) != terminal:
            yield f"nobody showed this at {terminal}: {line!r}"
        elif told is not None and told.told.line != line:
            yield f"changed: {told.told.line!r} is {line!r} at the centre"


def _false_names(ledger: Ledger, held: Held) -> Iterator[str]:
    """Yield what is called missing of terminals that never lost a disk."""
    for row in held.missing:
        if row["terminal"] not in ledger.replaced:
            yield f"called missing, and no disk was taken away: {row}"
