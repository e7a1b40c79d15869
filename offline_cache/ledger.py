"""What each card has used here: money, ways and clients' requests, as the journal tells them.

Its tables are the quick form of what the journal says. They change in the transaction of the
entry, and are made of it again at each opening.
"""

from dataclasses import dataclass, field

from offline_cache.errors import CacheError
from protocol.use import Place
from verifier.limits import Ceilings
from verifier.model import Verdict
from verifier.profile import Again


@dataclass(frozen=True, slots=True, kw_only=True)
class PassbackRule:
    """What becomes of a card that goes a way which its last one in the zone does not lead to."""

    zone: str
    direction: str  # `in` or `out`
    within_s: int  # how long the last way counts; 0: until it went the other way
    verdict: Verdict  # the same way again; GRANT: nobody minds
    unknown: Verdict = Verdict.GRANT  # goes out, and is not known to be in


@dataclass(frozen=True, slots=True, kw_only=True)
class UseClaim:
    """Wanted: that a use breaks no limit, whatever other lanes granted since it was weighed."""

    ceilings: Ceilings = field(default=Ceilings())  # none for what the centre approved
    passback: PassbackRule | None = None
    again_s: int = 0  # the same card by the same profile in the same zone within it; 0: no matter
    again: Again = Again.DENY


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUse:
    """The last entry that was made for a client's key."""

    place: Place
    line: bytes | None  # None: it is erased
    annulled_by: Place | None


class KeyUsed(CacheError):  # noqa: N818  # the condition is the name
    """Nothing was written: the client's key has its entry already."""

    def __init__(self, found: FoundUse) -> None:
        super().__init__(
            f"the client's key was used for entry {found.place.epoch}/{found.place.seq}; ask for"
            " the state of that request, or make another key"
        )
        self.found = found
