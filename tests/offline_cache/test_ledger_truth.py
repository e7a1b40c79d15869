"""The journal is the truth: whatever happens, the ledger says what the lines say.

The lines are read here by plain JSON, all that were ever written, whether or not they are erased
since; the ledger has only what is left on the disk.
"""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from offline_cache.care import Care
from offline_cache.errors import AnsweredAlready, EntryErased, ReferenceRefused
from offline_cache.journal import Append, Appended, Journal
from offline_cache.ledger import USE_HORIZON_S, KeyUsed, PassbackRule, UseClaim
from offline_cache.tables import LEDGER_TABLES
from offline_cache.upkeep import PRESSED_SHARE, Kept, Upkeep
from protocol.journal import line_of
from protocol.keys import SigningKey
from tests.support.journals import AT, EPOCH, TERMINAL, acknowledge, dynamic, static
from tests.support.uses import annulled, move, sale
from verifier.limits import CardStanding, Ceilings
from verifier.model import UnixSeconds, Verdict

CARE = Care(key=SigningKey(bytes(32)))
TABLES = ("uses", "keyed", "answered")
CARDS = ("aa", "bb")
KEYS = ("", "", "k-1", "k-2", "k-3", "k-4")
VELOCITY_S = 3_600
# More than one shows in the time that the horizon is, so that some of it is always over.
PAUSES_S = (1, 60, 3_601, 86_400, 10 * 86_400)


class BriskUpkeep(Upkeep):
    """The product's, where what may be erased need be no month old, nor 20,000 entries back."""

    def used_octets(self) -> int:
        return int(self._care.octets_max * (1 + PRESSED_SHARE) / 2)

    def _behind(self, _epoch: int, kept: Kept) -> int:
        return kept.seq - 3


class BriskJournal(Journal):
    """The product's, erasing what it can."""

    def _upkeep_from(self, through: int) -> Upkeep:
        return BriskUpkeep(self._connection, self._entries.read, self._care, through=through)


@dataclass(slots=True)
class Truth:
    """What all lines that were written say, by the words of docs/protocol.md."""

    lines: dict[int, dict[str, Any]] = field(default_factory=dict)
    acked: int = 0

    def answered(self) -> dict[int, int]:
        return {
            entry["reference"]["seq"]: seq
            for seq, entry in self.lines.items()
            if "reference" in entry and (entry["type"] == "annul" or entry["verdict"] == "grant")
        }

    def granted(self, card: str | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield what was granted and not taken back, the newest first."""
        answered = self.answered()
        for seq, entry in sorted(self.lines.items(), reverse=True):
            is_of_it = card is None or entry.get("pseudonym") == card
            if is_of_it and entry.get("verdict") == "grant" and seq not in answered:
                yield seq, entry

    def standing(self, card: str, now: int) -> CardStanding:
        recent = [(seq, e) for seq, e in self.granted(card) if e["at"] > now - USE_HORIZON_S]
        sales = [entry for _, entry in recent if entry.get("amount_minor")]
        alone = list[dict[str, Any]]()
        for entry in sales:
            if "approval" in entry:
                break
            alone.append(entry)
        moves = [entry for _, entry in recent if entry.get("zone") == "hall"]
        last = moves[0] if moves else None
        taps = [e for _, e in recent if "amount_minor" in e and "zone" not in e]
        paid = [entry for entry in taps if entry["amount_minor"]]
        exposure = sum(
            entry.get("amount_minor", 0)
            for seq, entry in self.granted()
            if "approval" not in entry and seq > self.acked
        )
        return CardStanding(
            count=len(alone),
            sum_minor=sum(entry["amount_minor"] for entry in alone),
            velocity_count=sum(entry["at"] > now - VELOCITY_S for entry in sales),
            exposure_minor=exposure,
            last_direction=last["direction"] if last else "",
            last_moved_at=last["at"] if last else None,
            entered_at=last["at"] if last and last["direction"] == "in" else None,
            last_tapped_at=taps[0]["at"] if taps else None,
            last_paid_at=paid[0]["at"] if paid else None,
        )

    def last_of(self, key: str) -> int | None:
        named = [seq for seq, entry in self.lines.items() if entry.get("key") == key]
        return max(named, default=None)


class AnyLife(RuleBasedStateMachine):
    """A terminal's life, with all that a disk and a technician can do to its tables."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.truth, self.now = Truth(), int(AT)
        self.asked: dict[int, Append] = {}  # by the number that its entry got
        self.older: dict[str, list[tuple[Any, ...]]] = {}

    @initialize()
    def begin(self) -> None:
        self.journal = self.opened()

    def opened(self) -> Journal:
        return BriskJournal(self.folder / "journal.db", terminal=TERMINAL, epoch=EPOCH, care=CARE)

    def teardown(self) -> None:
        with suppress(AttributeError):
            self.journal.close()
        shutil.rmtree(self.folder)

    def note(self, request: Append, entry: Appended) -> None:
        self.truth.lines[entry.seq] = json.loads(line_of(entry.draft, epoch=EPOCH, seq=entry.seq))
        self.asked[entry.seq] = request

    def write(self, *requests: Append) -> None:
        for request, entry in zip(requests, self.journal.append_each(requests), strict=True):
            if isinstance(entry, Appended):
                self.note(request, entry)
        seqs = [seq for seq, entry in self.truth.lines.items() if entry["type"] != "snapshot"]
        assert max(seqs, default=0) <= self.journal.seq

    @rule(seconds=st.sampled_from(PAUSES_S))
    def pass_time(self, seconds: int) -> None:
        self.now += seconds

    @rule(
        card=st.sampled_from(CARDS),
        amount=st.sampled_from((0, 100, 250)),
        key=st.sampled_from(KEYS),
        approval=st.sampled_from(("", "", "a" * 16)),
        verdict=st.sampled_from((Verdict.GRANT, Verdict.GRANT, Verdict.REFER, Verdict.DENY)),
        most=st.sampled_from((None, Ceilings(count_max=2), Ceilings(exposure_minor_max=500))),
    )
    def sell(self, amount: int, key: str, verdict: Verdict, **fields: Any) -> None:
        card = fields.pop("card")
        self.now += 1
        request = sale(card, amount, key=key, verdict=verdict, at=self.now, **fields)
        last = self.truth.last_of(key) if key else None
        is_used = last is not None and (
            self.truth.lines[last]["type"] == "annul"
            or self.truth.lines[last]["verdict"] == "grant"
        )
        before = self.truth.standing(card * 16, self.now)
        (entry,) = self.journal.append_each([request])
        assert isinstance(entry, KeyUsed) == is_used
        if isinstance(entry, Appended):
            self.note(request, entry)
            self.judge(entry.seq, before, fields["most"], amount)

    def judge(self, seq: int, before: CardStanding, most: Ceilings | None, amount: int) -> None:
        if most is None or not amount or self.truth.lines[seq]["verdict"] == "refer":
            return
        is_over = (most.count_max is not None and before.count >= most.count_max) or (
            most.exposure_minor_max is not None
            and before.exposure_minor + amount > most.exposure_minor_max
        )
        if is_over:
            assert self.truth.lines[seq]["verdict"] == "deny"

    @rule(
        card=st.sampled_from(CARDS),
        direction=st.sampled_from(("in", "out")),
        is_ruled=st.booleans(),
        is_static=st.booleans(),
    )
    def go(self, card: str, direction: str, *, is_ruled: bool, is_static: bool) -> None:
        self.now += 1
        passback = PassbackRule(zone="hall", direction=direction, within_s=0, verdict=Verdict.DENY)
        claim = UseClaim(passback=passback) if is_ruled else None
        before = self.truth.standing(card * 16, self.now)
        request = move(
            card, direction, at=self.now, claim=claim, is_static=is_static, profile="gate"
        )
        (entry,) = self.journal.append_each([request])
        assert isinstance(entry, Appended)
        self.note(request, entry)
        if is_ruled and before.last_direction == direction:
            assert self.truth.lines[entry.seq]["verdict"] == "deny"

    @rule(card=st.sampled_from(CARDS))
    def pass_by(self, card: str) -> None:
        self.now += 1
        self.write(dynamic(card, iat=self.now, at=self.now), static("cc", at=self.now))

    @rule(
        card=st.sampled_from(CARDS),
        amounts=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    )
    def race(self, card: str, amounts: tuple[int, int]) -> None:
        """Two lanes weighed by the same standing; together they must not break the limit."""
        self.now += 2
        most = Ceilings(sum_minor_max=400)
        before = self.truth.standing(card * 16, self.now).sum_minor
        self.write(
            sale(card, amounts[0], at=self.now - 1, most=most),
            sale(card, amounts[1], at=self.now, most=most, lane="n-2"),
        )
        after = self.truth.standing(card * 16, self.now).sum_minor
        assert after <= max(before, 400)

    @rule(data=st.data(), key=st.sampled_from(KEYS))
    def take_back(self, data: st.DataObject, key: str) -> None:
        presented = [seq for seq in self.asked if "verdict" in self.truth.lines[seq]]
        if not presented:
            return
        seq = data.draw(st.sampled_from(presented))
        self.now += 1
        request = annulled(self.asked[seq], seq, at=self.now, key=key)
        (entry,) = self.journal.append_each([request])
        if isinstance(entry, Appended):
            assert self.truth.lines[seq]["verdict"] == "grant"
            assert seq not in self.truth.answered()
            self.note(request, entry)
        elif isinstance(entry, KeyUsed):
            assert self.truth.last_of(key) is not None
        elif isinstance(entry, EntryErased):
            assert seq <= self.journal._entries.base.seq
        elif isinstance(entry, AnsweredAlready):
            assert seq in self.truth.answered()
        else:
            assert isinstance(entry, ReferenceRefused)
            record = self.truth.lines[seq]
            assert record["verdict"] != "grant" or record.get("amount_minor") == 0

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        if self.journal.seq > self.journal.acked():
            acked = data.draw(st.integers(self.journal.acked() + 1, self.journal.seq))
            acknowledge(self.journal, acked=acked)
            self.truth.acked = acked

    @rule()
    def tidy(self) -> None:
        """Take snapshots and erase what may go."""
        for _ in range(60):
            if not self.journal.rest():
                return
        raise AssertionError("tidying up does not end")

    @rule()
    def grow_old(self) -> None:
        """Let two days pass after which the centre holds all: what is older goes, but for marks."""
        self.now += 2 * 86_400
        self.write(*(dynamic("cc", iat=self.now + more, at=self.now + more) for more in range(4)))
        self.now += 4
        acknowledge(self.journal)
        self.truth.acked = self.journal.acked()
        self.tidy()

    @rule()
    def recover(self) -> None:
        self.journal.recover()

    @rule()
    def restart(self) -> None:
        self.journal.close()
        self.journal = self.opened()

    @rule()
    def keep_a_copy_of_the_tables(self) -> None:
        read = self.journal._connection.execute
        self.older = {
            table: read(f"SELECT * FROM {table}").fetchall()  # noqa: S608  # a name of ours
            for table in TABLES
        }

    @rule(
        damage=st.sampled_from(("emptied", "lost", "put back", "altered", "invented")),
        tables=st.sets(st.sampled_from(TABLES), min_size=1),
    )
    def damage(self, damage: str, tables: set[str]) -> None:
        self.journal.close()
        with closing(sqlite3.connect(self.folder_file(), isolation_level=None)) as connection:
            connection.text_factory = bytes
            for table in tables:
                self.do_damage(connection, damage, table)
        self.journal = self.opened()

    def folder_file(self) -> Path:
        return max(self.folder.glob("journal*.db"), key=lambda path: path.stat().st_mtime_ns)

    def do_damage(self, connection: sqlite3.Connection, damage: str, table: str) -> None:
        columns = {"uses": 10, "keyed": 5, "answered": 3}[table]
        match damage:
            case "emptied":
                connection.execute(f"DELETE FROM {table}")  # noqa: S608  # a name of ours
            case "lost":
                connection.execute(f"DROP TABLE {table}")
            case "put back" if self.older:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608  # as above
                connection.executemany(
                    f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})",  # noqa: S608  # as above
                    [[_text(value) for value in row] for row in self.older[table]],
                )
            case "altered":
                column = {"uses": "amount_minor", "keyed": "at", "answered": "by_seq"}[table]
                connection.execute(f"UPDATE {table} SET {column} = {column} + 1")  # noqa: S608  # as above
            case "invented" if table == "uses":
                row = ("aa" * 16, EPOCH, 3, self.now, "hall", "gate", "in", "CNY", 7, 0)
                connection.execute("INSERT OR REPLACE INTO uses VALUES (?,?,?,?,?,?,?,?,?,?)", row)

    @invariant()
    def the_ledger_says_what_the_lines_say(self) -> None:
        for card in CARDS:
            for zone, profile in (("hall", "gate"), ("", "shop")):
                told = self.journal.card_standing(
                    card * 16,
                    currency="CNY",
                    zone=zone,
                    profile=profile,
                    at=UnixSeconds(self.now),
                    velocity_window_s=VELOCITY_S,
                )
                _compare(told, self.truth.standing(card * 16, self.now), zone)

    @invariant()
    def each_key_finds_its_last_entry(self) -> None:
        answered = self.truth.answered()
        for key in set(KEYS) - {""}:
            last, found = self.truth.last_of(key), self.journal.find_use("till", key)
            assert (None if found is None else found.place.seq) == last
            if found is not None and last is not None:
                by = None if found.annulled_by is None else found.annulled_by.seq
                if last > self.journal._entries.base.seq:
                    assert by == answered.get(last)
                    assert found.line is not None
                else:
                    assert found.line is None


def _compare(told: CardStanding, truth: CardStanding, zone: str) -> None:
    money = ("count", "sum_minor", "velocity_count", "exposure_minor")
    ways = ("last_direction", "last_moved_at", "entered_at")
    taps = ("last_tapped_at", "last_paid_at")
    for name in (*money, *(ways if zone else taps)):
        assert getattr(told, name) == getattr(truth, name), name


def _text(value: object) -> object:
    return value.decode() if isinstance(value, bytes) else value


assert set(LEDGER_TABLES) - {"uses_alone"} == set(TABLES)

AnyLife.TestCase.pytestmark = [pytest.mark.slow]  # type: ignore[attr-defined]  # of unittest
AnyLife.TestCase.settings = settings(max_examples=20, stateful_step_count=40, deadline=None)
test_the_ledger_is_what_the_journal_says = AnyLife.TestCase
