"""Journals as earlier programs left them, for this one to bring to its own tables."""

import sqlite3
from contextlib import closing

from sqlite_utils import Database, Migrations

from offline_cache.journal import Append, Appended
from offline_cache.replay import DynamicClaim
from offline_cache.schema import SCHEMA_VERSION
from offline_cache.tables import FIRST, SECOND, THIRD
from protocol.journal import extend, genesis, line_of
from tests.crash.disk import read_tree
from tests.crash.journal_life import HOLDERS, JOURNAL, City
from tests.crash.ledger import Ledger, Made, Written
from tests.crash.looking import Past, fresh_folder
from tests.support.journals import EPOCH, TERMINAL

_STEPS = (FIRST, SECOND, THIRD)
_ENTRIES = HOLDERS


def old_journal(city: City) -> Past[Ledger]:
    """Return a journal of an earlier schema, in good order, whose program was stopped."""
    version, ledger = city.random.randint(1, SCHEMA_VERSION - 1), Ledger()
    ledger.take(Made())
    with fresh_folder({}) as folder:
        with closing(sqlite3.connect(folder / JOURNAL, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL").close()
            _make(connection, version)
            _fill(connection, version, city, ledger)
        tree = read_tree(folder)
    return Past(ledger, tree, [], tree)


def _make(connection: sqlite3.Connection, version: int) -> None:
    steps = Migrations("journal")
    for number, statements in enumerate(_STEPS[:version], start=1):

        @steps(name=str(number))
        def step(database: Database, statements: tuple[str, ...] = statements) -> None:
            for statement in statements:
                database.execute(statement)

    steps.apply(Database(connection))
    connection.execute(f"PRAGMA user_version = {version}")


def _fill(connection: sqlite3.Connection, version: int, city: City, ledger: Ledger) -> None:
    """Write entries, and what they say was shown."""
    chain = genesis(TERMINAL, EPOCH)
    for seq in range(1, _ENTRIES + 1):
        request = _newcomer(city, ledger)
        line = line_of(request.draft, epoch=EPOCH, seq=seq)
        chain = extend(chain, line)
        connection.execute("INSERT INTO journal VALUES (?, ?, ?, ?)", (EPOCH, seq, line, chain))
        connection.execute(*_mark(request, seq, version))
        ledger.take(Written(request, Appended(seq=seq, draft=request.draft), EPOCH))


def _newcomer(city: City, ledger: Ledger) -> Append:
    """Return the next presentation of somebody who was not here yet."""
    while True:
        request = city.somebody()
        if request.claim and request.claim.pseudonym not in ledger.phones | ledger.cards:
            return request


def _mark(request: Append, seq: int, version: int) -> tuple[str, tuple[object, ...]]:
    """Return the statement that notes a presentation, as a version of the schema has it."""
    claim, place = request.claim, () if version == 1 else (EPOCH, seq)
    row: tuple[object, ...]
    if isinstance(claim, DynamicClaim):
        at = () if version == 1 else (request.draft.at,)
        table, row = "shown", (claim.pseudonym, claim.iat, *at, *place)
    elif claim is not None:
        table, row = "shown_static", (claim.pseudonym, claim.at, request.draft.lane, *place)
    else:
        raise ValueError("presentations are what comes by")
    marks = ", ".join("?" * len(row))
    return f"INSERT INTO {table} VALUES ({marks})", row  # noqa: S608  # our own words
