"""People with citizen cards: on a phone that draws anew each time, or printed."""

from dataclasses import dataclass, replace

from tests.support.cards import HOLDER, holder_part, issuer_claims, issuer_part, public, text
from tests.support.desks import IDENTITY
from tests.support.trust import CITY

SENIOR, DISABLED, STUDENT, VOLUNTEER, STAFF = 1, 2, 8, 32, 64
EVERYTHING = 127
_TEN_YEARS_S = 315_360_000
_SHARD = 1 << 20  # the list that the tests' centre publishes is the second


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with a card; two with one number are one holder."""

    number: int
    types: int = 0
    capabilities: int = EVERYTHING
    is_printed: bool = False

    @property
    def status_index(self) -> int:
        return _SHARD + self.number

    @property
    def pseudonym(self) -> str:
        """Return the name under which this terminal's journal has him."""
        return IDENTITY.sector.pseudonym(CITY, self._subject)

    @property
    def _subject(self) -> bytes:
        return self.number.to_bytes(8, "big")

    def code(self, at: int) -> bytes:
        """Return what he shows at an instant."""
        claims = issuer_claims(
            exp=at - at % _TEN_YEARS_S + 2 * _TEN_YEARS_S,
            holder=None if self.is_printed else public(HOLDER),
            subject=self._subject,
            types=self.types,
            capabilities=self.capabilities,
            status=self.status_index,
        )
        issued = issuer_part(claims)
        return text(issued if self.is_printed else holder_part(issued, {6: at}))

    def on_paper(self) -> "Person":
        """Return the same holder with his card printed."""
        return replace(self, is_printed=True)


def person(number: int, types: int = 0, *, without: int = 0) -> Person:
    """Return somebody whose card may be used for all but `without`."""
    return Person(number=number, types=types, capabilities=EVERYTHING & ~without)
