"""What the centre keeps, as values."""

from dataclasses import dataclass
from enum import Enum

from verifier.model import UnixSeconds


class TerminalState(Enum):
    """Whether the centre takes a terminal's uploads."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A terminal as the centre knows it."""

    terminal: str
    public: bytes
    epoch: int
    acked: int
    head: bytes
    state: TerminalState
    last_seen_at: UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentCode:
    """A one-time code, and who used it."""

    code_id: str
    secret: bytes
    terminal: str
    expires_at: UnixSeconds
    used_by: bytes | None = None
    answer: bytes | None = None  # there whenever `used_by` is


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """One line of one terminal's journal."""

    terminal: str
    epoch: int
    seq: int
    line: bytes


class Scope(Enum):
    """What a token lets its holder read."""

    EVENTS = "events"
    HEALTH = "health"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is kept of a token."""

    token_id: str
    digest: bytes
    name: str
    scopes: frozenset[Scope]
    created_at: UnixSeconds
    expires_at: UnixSeconds
