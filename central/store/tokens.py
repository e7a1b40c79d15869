"""Operators' tokens, as digests."""

from central.database.engine import Database, Row
from central.records import Scope, Token
from verifier.model import UnixSeconds

_COLUMNS = "token_id, digest, name, scopes, created_at, expires_at"
_ADD = f"INSERT INTO operator_token ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608  # our own names
_ALL = f"SELECT {_COLUMNS} FROM operator_token ORDER BY created_at, token_id"  # noqa: S608  # as above
_ONE = f"SELECT {_COLUMNS} FROM operator_token WHERE token_id = ?"  # noqa: S608  # as above
_END = "DELETE FROM operator_token WHERE token_id = ? RETURNING token_id"
_FORGET = "DELETE FROM operator_token WHERE expires_at <= ?"


class Tokens:
    """What is kept of the tokens that were given out."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, token: Token) -> None:
        """Keep a new token."""
        scopes = " ".join(sorted(scope.value for scope in token.scopes))
        row = (token.token_id, token.digest, token.name, scopes)
        self._db.execute(_ADD, (*row, token.created_at, token.expires_at))

    def get(self, token_id: str) -> Token | None:
        """Return the token of that id."""
        row = self._db.row(_ONE, (token_id,))
        return None if row is None else _token(row)

    def all(self) -> list[Token]:
        """Return every token, the oldest first."""
        return [_token(row) for row in self._db.rows(_ALL)]

    def end(self, token_id: str) -> bool:
        """Let go of a token; return whether there was one."""
        return self._db.row(_END, (token_id,)) is not None

    def forget_ended(self, now: UnixSeconds) -> None:
        """Let go of the tokens whose time is over."""
        self._db.execute(_FORGET, (now,))


def _token(row: Row) -> Token:
    token_id, digest, name, scopes, created_at, expires_at = row
    return Token(
        token_id=token_id,
        digest=bytes(digest),
        name=name,
        scopes=frozenset(Scope(scope) for scope in scopes.split()),
        created_at=created_at,
        expires_at=expires_at,
    )
