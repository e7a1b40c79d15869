"""What the centre asks of an SQL engine: the same statements, spelled once, on every one."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = tuple[Any, ...]
Values = Sequence[Any]

# The columns of a table and what stands in them, which a fast way in has to know beforehand.
Columns = Mapping[str, type[str] | type[int] | type[bytes]]

# A terminal's upload takes a few ms; whoever waits longer for its lock is told to come back.
BUSY_S = 5.0


class Database(Protocol):
    """One database; any thread may use it.

    Within `transaction` a thread has one connection to itself, and every statement of that thread
    goes there; outside, each statement is a transaction of its own. Parameters are written `?`,
    which a statement uses for nothing else.

    Every method raises StoreUnavailable where the engine can't serve just now (locked by others
    for too long, full, failing, out of reach), RowTaken where a key is there already, and CentralError where it refuses a statement.
    """

    connections: int
    """How many threads it serves at once; more would wait for each other."""

    row_lock: str
    """Ends a SELECT whose rows the transaction will write: nobody else changes them until then."""

    def transaction(self) -> AbstractContextManager[None]:
        """Do everything inside at once or not at all; it is durable when the outermost ends.

        Inside another one, what fails undoes its own part alone.
        """

    def rows(self, statement: str, values: Values = ()) -> list[Row]:
        """Return the rows of a query, or of a RETURNING."""

    def row(self, statement: str, values: Values = ()) -> Row | None:
        """Return the first row, or None."""

    def execute(self, statement: str, values: Values = ()) -> None:
        """Run a statement that returns nothing."""

    def execute_each(self, statement: str, values: Iterable[Values]) -> None:
        """Run a statement once for each of `values`; inside a transaction."""

    def copy_in(self, table: str, columns: Columns, rows: Iterable[Values]) -> None:
        """Append many rows by the engine's fastest way; inside a transaction."""

    def lock_table(self, table: str) -> None:
        """Let nobody else write `table` until the transaction ends; for rare, short work."""

    def close(self) -> None:
        """Let go of the database."""
