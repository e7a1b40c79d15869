"""Who comes to the posts, with what in hand, and what should happen to them."""

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from simulator.centre import Centre
from simulator.phone import Phone
from simulator.surfaces import Surface
from verifier.model import UnixSeconds

# A phone that comes back to a lane sooner counts as still in view (`same_holder_ms`).
PHONES_A_POST = 10
# Between these ages a photograph of another lane's code is refused as a replay; older ones
# are refused for their age, and younger ones may be faster than the one they were taken of.
PHOTOGRAPH_AGE_S_MIN, PHOTOGRAPH_AGE_S_MAX = 1, 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What somebody wants to pay for at a counter that sells."""

    amount_minor: int
    is_dear: bool = False  # more than a counter sells without asking the centre
    is_unheard: bool = False  # the till does not hear that its lane is armed
    is_returned: bool = False  # it is brought back at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One presentation before it happens: what is shown, and what must come of it."""

    holder: str
    text: str
    surface: Surface
    verdict: str
    reason: str | None
    passes: bool = True  # at a gate, once it is open
    purchase: Purchase | None = None


class Album:
    """Photographs of codes that were granted, for those who try to use them again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: list[tuple[UnixSeconds, str, str]] = []

    def take(self, now: UnixSeconds, post: str, text: str) -> None:
        """Photograph a code that was granted at `post`."""
        with self._lock:
            self._taken.append((now, post, text))

    def pick(self, now: UnixSeconds, post: str) -> str | None:
        """Return a photograph from another post that is neither too fresh nor too old."""
        with self._lock:
            for taken in self._taken:
                age_s = now - taken[0]
                fits = PHOTOGRAPH_AGE_S_MIN <= age_s <= PHOTOGRAPH_AGE_S_MAX
                if fits and taken[1] != post:
                    self._taken.remove(taken)
                    return taken[2]
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The people of one post."""

    post: str
    phones: list[Phone]
    revoked: Phone
    expired: Phone
    limited: Phone  # its card lacks what the post asks for
    printed: str
    album: Album
    now: Callable[[], UnixSeconds]
    has_gate: bool  # which some of them do not go through

    def is_over(self, number: int) -> bool:
        """Return whether every kind has come, after so many visits."""
        return number >= VISITS_A_ROUND + self.has_gate

    def went(self, visit: Visit) -> None:
        """Note that a visit is over; nobody here waits for another's."""

    def visits(self) -> Iterator[Visit]:
        """Yield visits without end: each kind comes round, good citizens in between."""
        phones = _forever(self.phones)
        yield self._good(next(phones))
        yield self._visit("printed card", self.printed, "refer", "P.STA", Surface.CARD)
        while True:
            yield self._good(next(phones))
            yield self._photograph() or self._good(next(phones))
            yield self._visit("revoked card", self._drawn(self.revoked), "deny", "R.REV")
            yield self._good(next(phones))
            forged = self._drawn(self.phones[0].with_forged_card())
            yield self._visit("forged card", forged, "deny", "S.ISS")
            yield self._visit("expired card", self._drawn(self.expired), "deny", "T.EXP")
            yield self._good(next(phones))
            inner = self.phones[0].inner_part()
            yield self._visit("inner part", inner, "deny", "D.CNF", Surface.CARD)
            yield self._visit("other card", self._drawn(self.limited), "deny", "P.CAP")
            yield self._good(next(phones))
            yield self._visit("printed again", self.printed, "deny", "P.RPS", Surface.CARD)
            if self.has_gate:
                yield replace(self._good(next(phones)), holder="turns back", passes=False)

    def _good(self, phone: Phone) -> Visit:
        return self._visit("phone", self._drawn(phone), "grant", None)

    def _photograph(self) -> Visit | None:
        text = self.album.pick(self.now(), self.post)
        return None if text is None else self._visit("photograph", text, "deny", "P.RPL")

    def _drawn(self, phone: Phone) -> str:
        return phone.draw(self.now())

    def _visit(
        self,
        holder: str,
        text: str,
        verdict: str,
        reason: str | None,
        surface: Surface = Surface.PHONE,
    ) -> Visit:
        return Visit(holder=holder, text=text, surface=surface, verdict=verdict, reason=reason)


# How many visits bring every kind of citizen once, but for who turns back at a gate.
VISITS_A_ROUND = 13


def _forever(phones: list[Phone]) -> Iterator[Phone]:
    while True:
        yield from phones


def gather(
    centre: Centre, posts: list[str], now: Callable[[], UnixSeconds], *, gates: Collection[str]
) -> list[Crowd]:
    """Issue the cards of every post's people, and revoke those that must be."""
    count, album = len(posts), Album()
    phones = centre.phones(count * PHONES_A_POST)
    revoked, expired = centre.phones(count), centre.expired_phones(count)
    limited, printed = centre.phones(count, capabilities="library"), centre.printed_cards(count)
    for phone in revoked:
        centre.revoke(phone)
    return [
        Crowd(
            post=post,
            phones=phones[place * PHONES_A_POST : (place + 1) * PHONES_A_POST],
            revoked=revoked[place],
            expired=expired[place],
            limited=limited[place],
            printed=printed[place],
            album=album,
            now=now,
            has_gate=post in gates,
        )
        for place, post in enumerate(posts)
    ]
