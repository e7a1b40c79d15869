"""Operators, the browsers they have signed in with, and tries that failed."""

from dataclasses import dataclass

from central.database.engine import Database, Row
from central.operators.values import Operator, OperatorRole, Session
from verifier.model import UnixSeconds

_COLUMNS = "name, role, password, created_at, changed_at"
_ADD = f"INSERT INTO operator ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608  # our own names
_ONE = f"SELECT {_COLUMNS} FROM operator WHERE name = ?"  # noqa: S608  # as above
_ALL = f"SELECT {_COLUMNS} FROM operator ORDER BY name"  # noqa: S608  # as above
_SET_ROLE = "UPDATE operator SET role = ?, changed_at = ? WHERE name = ? RETURNING name"
_SET_PASSWORD = "UPDATE operator SET password = ?, changed_at = ? WHERE name = ? RETURNING name"  # noqa: S105  # a statement
_REMOVE = "DELETE FROM operator WHERE name = ? RETURNING name"

_SESSION = "digest, operator, begun_at, used_at"
_BEGIN = f"INSERT INTO operator_session ({_SESSION}) VALUES (?, ?, ?, ?)"  # noqa: S608  # as above
_FIND = f"SELECT {_SESSION} FROM operator_session WHERE digest = ?"  # noqa: S608  # as above
_OF = f"SELECT {_SESSION} FROM operator_session WHERE operator = ? ORDER BY begun_at, digest"  # noqa: S608  # as above
_USE = "UPDATE operator_session SET used_at = ? WHERE digest = ?"
_END = "DELETE FROM operator_session WHERE digest = ?"
_END_OF = "DELETE FROM operator_session WHERE operator = ?"
_END_OLD = "DELETE FROM operator_session WHERE begun_at < ? OR used_at < ?"

# A row that is not there can't be locked: several first tries at once would each be the first.
_MAKE_TRY = (
    "INSERT INTO sign_in_try (kind, name, failures, until, last_at) VALUES (?, ?, 0, 0, ?)"
    " ON CONFLICT (kind, name) DO NOTHING"
)
_TRY = "SELECT failures, until, last_at FROM sign_in_try WHERE kind = ? AND name = ?"
_KEEP_TRY = (
    "INSERT INTO sign_in_try (kind, name, failures, until, last_at) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (kind, name) DO UPDATE SET failures = excluded.failures,"
    " until = excluded.until, last_at = excluded.last_at"
)
_FORGET_TRY = "DELETE FROM sign_in_try WHERE kind = ? AND name = ?"
_FORGET_TRIES = "DELETE FROM sign_in_try WHERE last_at < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """What is kept of tries that failed, or are being made, by one name or from one address."""

    failures: int
    until: int  # no further try before
    last_at: int


class Operators:
    """Who may sign in, who has, and who has failed to."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, operator: Operator) -> None:
        """Keep a new operator.

        Raises:
            RowTaken: there is one of that name.
        """
        row = (operator.name, operator.role.value, operator.password)
        self._db.execute(_ADD, (*row, operator.created_at, operator.changed_at))

    def get(self, name: str) -> Operator | None:
        """Return the operator of that name."""
        row = self._db.row(_ONE, (name,))
        return None if row is None else _operator(row)

    def locked(self, name: str) -> Operator | None:
        """Return the operator, whom nobody else writes until the transaction ends."""
        row = self._db.row(_ONE + self._db.row_lock, (name,))
        return None if row is None else _operator(row)

    def all(self) -> list[Operator]:
        """Return every operator, by name."""
        return [_operator(row) for row in self._db.rows(_ALL)]

    def set_role(self, name: str, role: OperatorRole, now: UnixSeconds) -> bool:
        """Write a role; return whether there is such an operator."""
        return self._db.row(_SET_ROLE, (role.value, now, name)) is not None

    def set_password(self, name: str, digest: str, now: UnixSeconds) -> bool:
        """Write a password's digest; return whether there is such an operator."""
        return self._db.row(_SET_PASSWORD, (digest, now, name)) is not None

    def remove(self, name: str) -> bool:
        """Let go of an operator; return whether there was one."""
        return self._db.row(_REMOVE, (name,)) is not None

    def begin(self, session: Session) -> None:
        """Keep a new session."""
        row = (session.digest, session.operator, session.begun_at, session.used_at)
        self._db.execute(_BEGIN, row)

    def session(self, digest: bytes) -> Session | None:
        """Return the session of that digest."""
        row = self._db.row(_FIND, (digest,))
        return None if row is None else _session(row)

    def sessions(self, name: str) -> list[Session]:
        """Return an operator's sessions, the oldest first."""
        return [_session(row) for row in self._db.rows(_OF, (name,))]

    def use(self, digest: bytes, now: UnixSeconds) -> None:
        """Write when a session was used last."""
        self._db.execute(_USE, (now, digest))

    def end(self, digest: bytes) -> None:
        """Let go of a session, if there is one."""
        self._db.execute(_END, (digest,))

    def end_all(self, name: str) -> None:
        """Let go of all of an operator's sessions."""
        self._db.execute(_END_OF, (name,))

    def end_old(self, *, begun_before: int, used_before: int) -> None:
        """Let go of the sessions whose time is over."""
        self._db.execute(_END_OLD, (begun_before, used_before))

    def tries(self, kind: str, name: str) -> Tries | None:
        """Return what is kept of tries by a name, or from an address; locked until the end."""
        row = self._db.row(_TRY + self._db.row_lock, (kind, name))
        return None if row is None else Tries(failures=row[0], until=row[1], last_at=row[2])

    def locked_tries(self, kind: str, name: str, now: UnixSeconds) -> Tries:
        """Return the same, which nobody else writes until the transaction ends."""
        self._db.execute(_MAKE_TRY, (kind, name, now))
        return self.tries(kind, name) or Tries(failures=0, until=0, last_at=now)

    def keep_tries(self, kind: str, name: str, tries: Tries) -> None:
        """Keep what is known of tries, in the place of what was."""
        self._db.execute(_KEEP_TRY, (kind, name, tries.failures, tries.until, tries.last_at))

    def forget_tries(self, kind: str, name: str) -> None:
        """Let go of what is known of tries."""
        self._db.execute(_FORGET_TRY, (kind, name))

    def forget_old_tries(self, before: int) -> None:
        """Let go of tries whose last is older than the moment `before`."""
        self._db.execute(_FORGET_TRIES, (before,))


def _operator(row: Row) -> Operator:
    name, role, password, created_at, changed_at = row
    return Operator(
        name=name,
        role=OperatorRole(role),
        password=password,
        created_at=created_at,
        changed_at=changed_at,
    )


def _session(row: Row) -> Session:
    digest, operator, begun_at, used_at = row
    return Session(digest=bytes(digest), operator=operator, begun_at=begun_at, used_at=used_at)
