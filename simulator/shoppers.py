"""Who comes to a counter that sells: everybody who comes to other posts, and four of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from simulator.citizens import VISITS_A_ROUND, Album, Crowd, Purchase, Visit
from simulator.phone import Phone
from simulator.surfaces import Surface

SHOPPERS = 4
# Within what a counter may sell without asking (central/profiles/pharmacy.toml), and above it.
_USUAL_MINOR, _STEP_MINOR, _DEAR_MINOR = 1_250, 137, 25_000
_USUAL_KINDS = 12


@dataclass(slots=True, kw_only=True)
class Shoppers:
    """The people of a counter, each with something to pay for."""

    crowd: Crowd
    phones: list[Phone]  # SHOPPERS of them
    is_cut: Callable[[], bool]  # whether the centre can't be asked
    was_approved: bool = False  # what is dear was tried while the centre could be asked
    was_limited: bool = False  # and while it could not
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def album(self) -> Album:
        """Return the photographs that all crowds share."""
        return self.crowd.album

    def is_over(self, number: int) -> bool:
        """Return whether every kind has come, after so many visits."""
        return number >= VISITS_A_ROUND + SHOPPERS and self.was_limited

    def visits(self) -> Iterator[Visit]:
        """Yield visits without end."""
        approved, limited, unheard, returning = self.phones
        yield self._visit("dear, approved", approved, "grant", None, _dear())
        yield self._visit("answer lost", unheard, "grant", None, self._usual(is_unheard=True))
        yield self._visit("brought back", returning, "grant", None, self._usual(is_returned=True))
        for visit in self.crowd.visits():
            if self.is_cut() and not self.was_limited:
                yield self._visit("dear, offline", limited, "deny", "P.FLR", _dear())
            yield replace(visit, purchase=self._usual())

    def went(self, visit: Visit) -> None:
        """Note that a visit is over."""
        if visit.purchase is not None and visit.purchase.is_dear:
            self.was_approved |= visit.reason is None
            self.was_limited |= visit.reason is not None

    def _usual(self, *, is_unheard: bool = False, is_returned: bool = False) -> Purchase:
        amount_minor = _USUAL_MINOR + _STEP_MINOR * (next(self._numbers) % _USUAL_KINDS)
        return Purchase(amount_minor=amount_minor, is_unheard=is_unheard, is_returned=is_returned)

    def _visit(
        self, holder: str, phone: Phone, verdict: str, reason: str | None, purchase: Purchase
    ) -> Visit:
        return Visit(
            holder=holder,
            text=phone.draw(self.crowd.now()),
            surface=Surface.PHONE,
            verdict=verdict,
            reason=reason,
            purchase=purchase,
        )


def _dear() -> Purchase:
    return Purchase(amount_minor=_DEAR_MINOR, is_dear=True)
