"""What a terminal's journal has promised, and to whom; none of it may be lost."""

from dataclasses import dataclass, field, replace

from offline_cache.journal import Append, Appended
from offline_cache.replay import DynamicClaim
from protocol.journal import PresentationRecord, line_of
from verifier.model import Verdict


@dataclass(frozen=True, slots=True)
class Made:
    """The terminal is enrolled: it has a journal."""


@dataclass(frozen=True, slots=True)
class Written:
    """A lane was told that its entry is durable."""

    request: Append
    entry: Appended
    epoch: int


@dataclass(frozen=True, slots=True)
class Advanced:
    """A lane was told that a later proof is remembered."""

    claim: DynamicClaim


@dataclass(frozen=True, slots=True)
class Sent:
    """Entries left for the centre: it may hold them now."""

    first: int
    lines: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The centre's acknowledgement was taken."""

    acked: int
    document: bytes


Promise = Made | Written | Advanced | Sent | Acknowledged


@dataclass(slots=True)
class Ledger:
    """All promises of one epoch up to a moment."""

    lines: dict[int, bytes] = field(default_factory=dict)  # by number
    phones: dict[str, int] = field(default_factory=dict)  # iat of the last accepted proof
    cards: dict[str, int] = field(default_factory=dict)  # moment of the last accepted showing
    acked: int = 0
    document: bytes | None = None
    is_made: bool = False

    def copy(self) -> "Ledger":
        """Return one that goes its own way."""
        return replace(
            self, lines=dict(self.lines), phones=dict(self.phones), cards=dict(self.cards)
        )

    def take(self, promise: Promise) -> None:
        """Take what was promised."""
        match promise:
            case Made():
                self.is_made = True
            case Written():
                self._write(promise)
            case Advanced(claim=claim):
                self._show(claim)
            case Sent(first=first, lines=lines):
                self.lines |= dict(enumerate(lines, start=first))
            case Acknowledged(acked=acked, document=document):
                self.acked, self.document = acked, document

    def _write(self, promise: Written) -> None:
        entry, claim = promise.entry, promise.request.claim
        self.lines[entry.seq] = line_of(entry.draft, epoch=promise.epoch, seq=entry.seq)
        record = entry.draft.record
        if not isinstance(record, PresentationRecord) or record.verdict is Verdict.DENY:
            return
        if isinstance(claim, DynamicClaim):
            self._show(claim)
        elif claim is not None:
            self.cards[claim.pseudonym] = max(claim.at, self.cards.get(claim.pseudonym, 0))

    def _show(self, claim: DynamicClaim) -> None:
        self.phones[claim.pseudonym] = max(claim.iat, self.phones.get(claim.pseudonym, 0))
