"""What programs ask lanes to do: one scan each, once, whoever's answer is lost on the way. Pure.

A program names its request by a key of its own. Asked again by the same key it is the same request,
and later the same answer; what the book has let go of, the journal still knows.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import sha256

from protocol.use import Place
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.presenting import Outcome
from verifier.model import Verdict
from verifier.profile import Capability

# A person who has not shown a card in 5 minutes has gone; payment terminals know no more either.
REQUEST_MS_MAX = 300_000
# Sixteen lanes at a sale in 10 s leave a program 2 minutes to ask for an answer that it lost; what
# is older, and was granted, stands in the journal.
KEPT_MAX = 256


class RequestState(Enum):
    """Where one request stands."""

    PENDING = "pending"  # nobody has shown a card yet
    IN_PROGRESS = "in-progress"  # one is being decided, or was sent to an attendant
    COMPLETED = "completed"  # there is an outcome, and it stays
    CANCELED = "canceled"  # by its program, before anything was granted; or the disk failed
    EXPIRED = "expired"  # nobody came


OPEN = frozenset({RequestState.PENDING, RequestState.IN_PROGRESS})


# Of the 16 digits of `asked`: eight bits tell other sealed content in 255 of 256 cases after a restart
# (in all before it), and leave a thief one in 256 of all that he may guess at.
_CLEAR_DIGITS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """One scan that a program wants of one lane, and what it is for."""

    client: str  # whose key it is; names of two clients never meet
    key: str  # 16 to 64 of A-Z a-z 0-9 _ -: the client's own, one for each thing it wants
    lane: str
    deadline_ms: int  # how long it stays open, 1 to REQUEST_MS_MAX
    amount_minor: int | None = None  # None: the lane's tariff says, or no money moves
    currency: str = ""  # ISO 4217; empty where no amount is named
    capability: Capability | None = None  # what the card must carry besides the profile's
    reference: str = ""  # what it is for, in the program's words; goes sealed
    details: Mapping[str, object] = field(default_factory=dict)  # a JSON object; goes sealed

    @property
    def asked(self) -> str:
        """Return 16 hex digits that tell this content from any other under the same key.

        They stand in clear in the journal: of what goes sealed only the last two speak, so that
        whoever guesses at it learns from them nothing that is worth knowing. How long a card is
        waited for is left out: who asks again may have less time left. An object's members have no
        order: many a language has another one at each start.
        """
        clear = {
            "lane": self.lane,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
            "capability": None if self.capability is None else self.capability.value,
        }
        return _digest(clear)[:_CLEAR_DIGITS] + _digest(self.sealed)[: 16 - _CLEAR_DIGITS]

    def is_same(self, other: "ScanRequest") -> bool:
        """Return whether both ask for the same thing."""
        return self.asked == other.asked and _digest(self.sealed) == _digest(other.sealed)

    @property
    def sealed(self) -> dict[str, object]:
        """Return what the centre alone may read."""
        return {"reference": self.reference, "details": self.details}


def _digest(content: Mapping[str, object]) -> str:
    octets = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return sha256(octets).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """What a program is told of its request."""

    client: str
    key: str
    lane: str
    asked: str
    state: RequestState
    ends_in_ms: int = 0  # while it is open
    outcome: Outcome | None = None  # IN_PROGRESS: it was referred; COMPLETED: how it ended


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """One request of the book."""

    request: ScanRequest
    state: RequestState
    ends_ms: int  # monotonic: of waiting for a card, or for an attendant
    outcome: Outcome | None = None
    is_committing: bool = False  # its entry may be on the disk: nobody calls it back
    is_doubtful: bool = False  # the disk failed meanwhile: only the journal, mended, knows


class Requests:
    """The book of one terminal. Not for two threads at once: it lives in the daemon's loop.

    `now_ms` is monotonic throughout.
    """

    def __init__(self, *, kept_max: int = KEPT_MAX) -> None:
        self._kept: dict[tuple[str, str], _Kept] = {}  # by client and key, the oldest first
        self._kept_max = kept_max
        self.on_change: Callable[[RequestView], None] = _tell_nobody  # called at each new state

    def arm(self, request: ScanRequest, now_ms: int) -> RequestView:
        """Return the request as it stands under its key: a new one waits for a card from here on.

        Raises:
            RequestRefused: KEY_USED for other content, LANE_TAKEN by another request, TOO_MANY.
            ValueError: its deadline is out of place: the door checks that.
        """
        if not 0 < request.deadline_ms <= REQUEST_MS_MAX:
            raise ValueError(f"deadline_ms is not 1 to {REQUEST_MS_MAX}")
        self.expire(now_ms)
        known = self._kept.get((request.client, request.key))
        if known is not None:
            if not request.is_same(known.request):
                raise refuse_other()
            return _view(known, now_ms)
        if self._open(request.lane) is not None:
            raise RequestRefused(
                LocalProblem.LANE_TAKEN,
                "another request is open at this lane: wait for its end, or abort it",
            )
        self._make_room()
        kept = _Kept(
            request=request, state=RequestState.PENDING, ends_ms=now_ms + request.deadline_ms
        )
        self._put(kept)
        return _view(kept, now_ms)

    def get(self, client: str, key: str, now_ms: int) -> RequestView | None:
        """Return how a request stands; None: the book knows none, the journal may."""
        self.expire(now_ms)
        kept = self._kept.get((client, key))
        return None if kept is None else _view(kept, now_ms)

    def open_for(self, lane: str, now_ms: int) -> ScanRequest | None:
        """Return what the next card at `lane` is for; None: nothing is asked."""
        self.expire(now_ms)
        kept = self._open(lane)
        return None if kept is None or kept.state is not RequestState.PENDING else kept.request

    def is_open_at(self, lane: str) -> bool:
        """Return whether a request waits at `lane`, or is being decided."""
        return self._open(lane) is not None

    def begin(self, request: ScanRequest) -> bool:
        """Note that a card is being decided; False: it is not waiting for one any more."""
        kept = self._kept.get((request.client, request.key))
        if kept is None or kept.state is not RequestState.PENDING:
            return False
        self._put(replace(kept, state=RequestState.IN_PROGRESS))
        return True

    def release(self, request: ScanRequest) -> None:
        """Let a request wait on, for another card or still for an attendant: nothing was written."""
        kept = self._kept.get((request.client, request.key))
        if kept is None or kept.state is not RequestState.IN_PROGRESS:
            return
        is_referred = kept.outcome is not None
        state = RequestState.IN_PROGRESS if is_referred else RequestState.PENDING
        self._put(replace(_settled(kept), state=state))

    def commit(self, request: ScanRequest) -> bool:
        """Note that the entry goes to the disk now; False: it was aborted, nothing may be written.

        From here on an abort comes too late.
        """
        kept = self._kept.get((request.client, request.key))
        if kept is None or kept.state is not RequestState.IN_PROGRESS:
            return False
        self._put(replace(kept, is_committing=True))
        return True

    def refer(self, request: ScanRequest, outcome: Outcome, *, ends_ms: int) -> None:
        """Note that its card was sent to an attendant, who may grant it until `ends_ms`."""
        kept = _settled(self._kept[request.client, request.key])
        self._put(replace(kept, outcome=outcome, ends_ms=ends_ms))

    def complete(self, request: ScanRequest, outcome: Outcome) -> None:
        """Note how it ended; its entry is durable."""
        kept = _settled(self._kept[request.client, request.key])
        self._put(replace(kept, state=RequestState.COMPLETED, outcome=outcome))

    def fail(self, request: ScanRequest) -> None:
        """Note that nothing of it was written, and nothing will be."""
        kept = _settled(self._kept[request.client, request.key])
        if kept.state in OPEN:
            self._put(replace(kept, state=RequestState.CANCELED))

    def doubt(self, request: ScanRequest) -> None:
        """Note that nobody knows whether its entry is on the disk, which failed."""
        kept = self._kept[request.client, request.key]
        self._put(replace(kept, is_doubtful=True))

    def doubtful(self) -> tuple[ScanRequest, ...]:
        """Return the requests to look up in the journal as soon as it is mended."""
        return tuple(kept.request for kept in self._kept.values() if kept.is_doubtful)

    def find(self, client: str, key: str) -> ScanRequest | None:
        """Return the request of a key; None: the book knows none."""
        kept = self._kept.get((client, key))
        return None if kept is None else kept.request

    def annul(self, client: str, key: str, by: Place) -> None:
        """Note that the entry of a request was taken back by the entry `by`."""
        kept = self._kept.get((client, key))
        if kept is not None and kept.outcome is not None:
            self._put(replace(kept, outcome=replace(kept.outcome, annulled=by)))

    def abort(self, client: str, key: str, now_ms: int) -> RequestView | None:
        """Return how the request stands now: CANCELED unless its entry was written, or is now.

        IN_PROGRESS says that it is being written: ask again how it ended. None: the book knows none.
        """
        self.expire(now_ms)
        kept = self._kept.get((client, key))
        if kept is not None and kept.state in OPEN and not kept.is_committing:
            kept = replace(kept, state=RequestState.CANCELED)
            self._put(kept)
        return None if kept is None else _view(kept, now_ms)

    def expire(self, now_ms: int) -> tuple[RequestView, ...]:
        """End what nobody came for, and what no attendant granted; return those that ended now."""
        ended = [
            replace(kept, state=_after(kept))
            for kept in self._kept.values()
            if kept.state in OPEN and now_ms >= kept.ends_ms and _after(kept) is not kept.state
        ]
        for kept in ended:
            self._put(kept)
        return tuple(_view(kept, now_ms) for kept in ended)

    def _open(self, lane: str) -> _Kept | None:
        for kept in self._kept.values():
            if kept.request.lane == lane and kept.state in OPEN:
                return kept
        return None

    def _put(self, kept: _Kept) -> None:
        name = kept.request.client, kept.request.key
        before, self._kept[name] = self._kept.get(name), kept
        if before is None or (before.state, before.outcome) != (kept.state, kept.outcome):
            self.on_change(_view(kept, kept.ends_ms))

    def _make_room(self) -> None:
        """Let go of the oldest that has ended.

        Raises:
            RequestRefused: TOO_MANY: all are open; a terminal has fewer lanes than that.
        """
        if len(self._kept) < self._kept_max:
            return
        for name, kept in self._kept.items():
            if kept.state not in OPEN:
                del self._kept[name]
                return
        raise RequestRefused(LocalProblem.TOO_MANY, f"{self._kept_max} requests are open")


def refuse_other() -> RequestRefused:
    """Return the refusal of other content under a key that was used."""
    return RequestRefused(
        LocalProblem.KEY_USED,
        "this key was used for something else: make one for each thing you want",
    )


def _tell_nobody(_: RequestView) -> None:
    """Leave it untold."""


def _settled(kept: _Kept) -> _Kept:
    """Return it with nothing of it on its way to the disk."""
    return replace(kept, is_committing=False, is_doubtful=False)


def _after(kept: _Kept) -> RequestState:
    """Return where a request goes when its time is over; one that is being decided goes on."""
    if kept.state is RequestState.PENDING:
        return RequestState.EXPIRED
    is_referred = kept.outcome is not None and kept.outcome.verdict is Verdict.REFER
    return RequestState.COMPLETED if is_referred and not kept.is_committing else kept.state


def _view(kept: _Kept, now_ms: int) -> RequestView:
    return RequestView(
        client=kept.request.client,
        key=kept.request.key,
        lane=kept.request.lane,
        asked=kept.request.asked,
        state=kept.state,
        ends_in_ms=max(0, kept.ends_ms - now_ms) if kept.state in OPEN else 0,
        outcome=kept.outcome,
    )
