"""Keys that come and go, told through `judge`: overlap, and a list swapped while scanning."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.support.cards import (
    HOLDER,
    ISSUER,
    NOW,
    STRANGER,
    holder_part,
    issuer_claims,
    issuer_part,
    public,
    text,
)
from tests.support.trust import CITY, GATE, LANE, clock, jwk, keys_json, status_list
from verifier.issuer_memory import IssuerMemory
from verifier.model import UnixSeconds, Verdict
from verifier.pipeline import judge
from verifier.reasons import Reason
from verifier.trust import load_keys
from verifier.verify import Circumstances, TrustedSet

DAY = 86_400
CHANGE = NOW + 30 * DAY  # the new key begins
END = CHANGE + 60 * DAY  # the old key ends: two months of both
OLD, NEW = ISSUER, STRANGER
LISTED = {
    "old": jwk(public(OLD), nbf=NOW - DAY, exp=END),
    "new": jwk(public(NEW), nbf=CHANGE, exp=END + 365 * DAY),
}

GRANTED = (Verdict.GRANT, None)
TOO_LATE_OR_EARLY = (Verdict.DENY, Reason.KEY_OUTSIDE_WINDOW)
UNKNOWN = (Verdict.DENY, Reason.KEY_UNKNOWN)


def trusted(*entries: object) -> TrustedSet:
    """Return the trusted set that a published list makes."""
    listed = load_keys(keys_json(*entries))
    assert listed.problems == ()
    held = status_list()
    return TrustedSet(keys=listed.keys, issued_at=None, lists={(held.issuer, held.name): held})


BOTH = trusted(*LISTED.values())


def known(
    keys: TrustedSet = BOTH, *, now: int = NOW, memory: IssuerMemory | None = None
) -> Circumstances:
    return Circumstances(
        trusted=replace(keys, issued_at=UnixSeconds(now)),
        clock=clock(now),
        status_limits=GATE.status_limits,
        memory=memory,
    )


def answer(code: bytes, circumstances: Circumstances) -> tuple[Verdict, Reason | None]:
    decision = judge(code, profile=GATE, lane=LANE, known=circumstances).decision
    return decision.verdict, decision.reason


def card(key: object, *, nbf: int = NOW - DAY, exp: int = END + 300 * DAY) -> bytes:
    """Return a printed card that outlives its key."""
    return text(issuer_part(issuer_claims(nbf=nbf, exp=exp), key=key))  # type: ignore[arg-type]  # a signing key


def phone(now: int = NOW) -> bytes:
    return text(holder_part(issuer_part(issuer_claims(holder=public(HOLDER))), {6: now}))


# Overlap.


@pytest.mark.parametrize(
    ("now", "old", "new"),
    [
        (CHANGE - 1, GRANTED, TOO_LATE_OR_EARLY),
        (CHANGE, GRANTED, GRANTED),
        (END - 1, GRANTED, GRANTED),
        (END, TOO_LATE_OR_EARLY, GRANTED),
        (END + DAY, TOO_LATE_OR_EARLY, GRANTED),
    ],
    ids=["last of the old alone", "both begin", "both end", "old gone", "the day after"],
)
def test_cards_of_both_keys_pass_while_the_keys_overlap(
    now: int,
    old: tuple[Verdict, Reason | None],
    new: tuple[Verdict, Reason | None],
) -> None:
    assert answer(card(OLD), known(now=now)) == old
    assert answer(card(NEW), known(now=now)) == new


def test_memory_makes_no_key_live_longer() -> None:
    memory = IssuerMemory()
    keys = known(now=END - 1, memory=memory)
    for _ in range(2):
        assert answer(card(OLD), keys) == GRANTED
    assert len(memory) == 1
    later = replace(keys, clock=clock(END))
    assert later.trusted is keys.trusted
    assert answer(card(OLD), later) == TOO_LATE_OR_EARLY


def test_list_without_the_old_key_refuses_its_cards_before_they_end() -> None:
    after = trusted(LISTED["new"])
    assert answer(card(OLD), known(after, now=CHANGE)) == UNKNOWN
    assert answer(card(NEW), known(after, now=CHANGE)) == GRANTED


def test_key_removed_from_the_list_refuses_a_card_it_had_proven_before() -> None:
    """What was remembered is worth no more than the list it was proven by."""
    memory = IssuerMemory()
    before = known(memory=memory)
    for code in (card(OLD), phone()):
        assert answer(code, before) == GRANTED
    assert len(memory) == 2
    after = replace(before, trusted=trusted(LISTED["new"]))
    for code in (card(OLD), phone()):
        assert answer(code, after) == UNKNOWN


def test_swap_empties_the_memory_even_when_the_key_stays() -> None:
    memory = IssuerMemory()
    first = known(memory=memory)
    for number in range(5):
        assert answer(card(OLD, exp=END + number), first) == GRANTED
    assert len(memory) == 5
    second = replace(first, trusted=trusted(*LISTED.values()))
    assert answer(card(OLD), second) == GRANTED
    assert len(memory) == 1


def test_key_that_comes_back_under_another_name_is_judged_by_the_new_entry() -> None:
    memory = IssuerMemory()
    before = known(memory=memory)
    assert answer(card(OLD), before) == GRANTED
    narrowed = trusted({**LISTED["old"], "capabilities": 1})
    exceeded = (Verdict.DENY, Reason.CAPABILITIES_EXCEED_KEY)
    assert answer(card(OLD), replace(before, trusted=narrowed)) == exceeded


# Swapped while scanning.

ROUNDS = 300  # at the least; then until both sets were met
ROUNDS_MAX = 100_000


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads that change places as often as the interpreter lets them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def of_issuer(name: str, value: int) -> TrustedSet:
    """Return a set whose key, issuer and status list all say which set it is."""
    entry = {**LISTED["old"], "issuer": name, "status_lists": f"status/{name}/{{shard}}.cwt"}
    octets = bytes([value * 0b01010101]) * (1 << 18)
    held = status_list(issuer=name, name=f"status/{name}/1.cwt", octets=octets)
    keys = load_keys(keys_json(entry)).keys
    return TrustedSet(keys=keys, issued_at=UnixSeconds(NOW), lists={(name, held.name): held})


class Swapped:
    """One reference that another thread turns over, as the sync does on a terminal."""

    def __init__(self, sets: tuple[TrustedSet, ...]) -> None:
        self._sets = sets
        self.trusted = sets[0]
        self.done = False

    def turn(self) -> None:
        while not self.done:
            for each in self._sets:
                self.trusted = each


@pytest.mark.slow
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("make_code", [lambda: card(OLD), phone], ids=["static", "dynamic"])
def test_one_judgement_uses_one_set_wholly(make_code: Callable[[], bytes]) -> None:
    """A proof by one list and a status by the next would be an answer that nobody published."""
    swapped = Swapped((of_issuer(CITY, 0), of_issuer("other.example", 1)))
    expected = {(CITY, None), ("other.example", Reason.REVOKED)}
    code = make_code()

    def scan() -> set[tuple[str | None, Reason | None]]:
        memory, seen = IssuerMemory(), set()
        for turn in range(ROUNDS_MAX):
            if turn >= ROUNDS and len(seen) > 1:
                break
            circumstances = Circumstances(
                trusted=swapped.trusted,
                clock=clock(),
                status_limits=GATE.status_limits,
                memory=memory,
            )
            judged = judge(code, profile=GATE, lane=LANE, known=circumstances)
            seen.add((judged.verification.issuer, judged.decision.reason))
        return seen

    with ThreadPoolExecutor(3) as pool:
        turning = pool.submit(swapped.turn)
        try:
            found = [each.result() for each in (pool.submit(scan), pool.submit(scan))]
        finally:
            swapped.done = True
        turning.result()
    assert found == [expected, expected]
