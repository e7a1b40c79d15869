"""What the centre keeps of its operators, as values."""

from dataclasses import dataclass, field
from enum import Enum

from verifier.model import UnixSeconds


class OperatorRole(Enum):
    """What an operator may do; each may what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def may(self, least: "OperatorRole") -> bool:
        """Return whether this role is enough where `least` is asked for."""
        order = list(OperatorRole)
        return order.index(self) >= order.index(least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person who may sign in."""

    name: str
    role: OperatorRole
    password: str = field(repr=False)  # its digest, with salt and cost
    created_at: UnixSeconds
    changed_at: UnixSeconds  # of role or password


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that has signed in."""

    digest: bytes = field(repr=False)  # of its cookie, which is kept nowhere
    operator: str
    begun_at: UnixSeconds
    used_at: UnixSeconds


class Via(Enum):
    """By which way something was done."""

    PAGE = "page"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that somebody did, or tried."""

    who: str  # an operator; of a command the system's user
    via: Via
    what: str  # a word of docs/operators.md, "What is in the audit"
    on: str  # what it was done to
    detail: str = ""


class CaseKind(Enum):
    """What is there to be worked through."""

    DOUBLE = "double"
    REVERSAL = "reversal"


class CaseState(Enum):
    """How far the work on a case is."""

    OPEN = "open"
    CLAIMED = "claimed"
    RESOLVED = "resolved"


class CaseOutcome(Enum):
    """What came of a case."""

    MISUSE = "misuse"
    FAULT = "fault"
    HARMLESS = "harmless"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseId:
    """Which case: of a double use sector and presentation, of a reversal terminal and place."""

    kind: CaseKind
    first: str
    second: str  # a presentation, or EPOCH/SEQ


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case, and who works on it."""

    case: CaseId
    at: int  # of its last use
    uses: int
    terminals: int
    amount_minor: int | None
    currency: str
    state: CaseState
    operator: str  # who claimed or resolved it last; empty: nobody yet
    outcome: str  # of a resolved one
    note: str
    changed_at: int | None
