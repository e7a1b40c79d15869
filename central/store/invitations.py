"""Invitations to the test page, and who used them."""

from dataclasses import dataclass

from central.database.engine import Database, Row
from verifier.model import UnixSeconds

_COLUMNS = (
    "invitation_id, types, capabilities, valid_s, made_at, expires_at,"
    " used_at, public, status_index, issuer_part"
)
_ADD = (
    "INSERT INTO invitation (invitation_id, types, capabilities, valid_s, made_at, expires_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_ONE = f"SELECT {_COLUMNS} FROM invitation WHERE invitation_id = ?"  # noqa: S608  # our own names
_ALL = f"SELECT {_COLUMNS} FROM invitation ORDER BY made_at, invitation_id"  # noqa: S608  # as above
_USE = (
    "UPDATE invitation SET used_at = ?, public = ?, status_index = ?, issuer_part = ?"
    " WHERE invitation_id = ?"
)
_FORGET = "DELETE FROM invitation WHERE used_at IS NULL AND expires_at <= ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What became of an invitation."""

    used_at: UnixSeconds
    public: bytes  # the phone's Ed25519 key
    status_index: int
    issuer_part: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What is kept of one; the code itself is kept nowhere."""

    invitation_id: str
    types: int
    capabilities: int
    valid_s: int
    made_at: UnixSeconds
    expires_at: UnixSeconds
    use: Use | None = None


class Invitations:
    """The invitations."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, invitation: Invitation) -> None:
        """Keep a new one."""
        bounds = invitation.types, invitation.capabilities, invitation.valid_s
        times = invitation.made_at, invitation.expires_at
        self._db.execute(_ADD, (invitation.invitation_id, *bounds, *times))

    def locked(self, invitation_id: str) -> Invitation | None:
        """Return the one of that id, which nobody else uses until the transaction ends."""
        row = self._db.row(_ONE + self._db.row_lock, (invitation_id,))
        return None if row is None else _invitation(row)

    def all(self) -> list[Invitation]:
        """Return every one, the oldest first."""
        return [_invitation(row) for row in self._db.rows(_ALL)]

    def use(self, invitation_id: str, use: Use) -> None:
        """Note who used it; inside a transaction."""
        row = (use.used_at, use.public, use.status_index, use.issuer_part)
        self._db.execute(_USE, (*row, invitation_id))

    def forget_ended(self, now: UnixSeconds) -> None:
        """Let go of those that nobody used in time."""
        self._db.execute(_FORGET, (now,))


def _invitation(row: Row) -> Invitation:
    invitation_id, types, capabilities, valid_s, made_at, expires_at, *used = row
    used_at, public, status_index, issuer_part = used
    use = None
    if used_at is not None:
        use = Use(
            used_at=used_at,
            public=bytes(public),
            status_index=status_index,
            issuer_part=bytes(issuer_part),
        )
    return Invitation(
        invitation_id=invitation_id,
        types=types,
        capabilities=capabilities,
        valid_s=valid_s,
        made_at=made_at,
        expires_at=expires_at,
        use=use,
    )
