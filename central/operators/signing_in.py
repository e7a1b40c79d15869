"""Signing in: a name, a password, and ever longer waits for whoever tries many.

A try is counted as failed before it is made, so that a hundred at once are a hundred. Names that
nobody has are counted, waited for and hashed like others: no answer says who is an operator.
"""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from central.operators.accounts import BY_ADDRESS, BY_NAME, NAME, change_password
from central.operators.audit import record
from central.operators.sessions import begin_session, operator_of
from central.operators.values import Act, Operator, Via
from central.store.operators import Tries
from central.store.store import Store
from verifier.model import UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many tries are free, and how long the waits behind them grow."""

    free: int
    wait_s_max: int

    def wait_s(self, failures: int) -> int:
        """Return how long no try is taken after so many that failed."""
        if failures < self.free:
            return 0
        return min(self.wait_s_max, WAIT_S << min(failures - self.free, 16))


# The first wait; each further failure doubles it.
WAIT_S = 30
# By a name: a hundred tries a day, however many addresses they come from. Whoever is kept out by
# somebody else's tries waits a quarter of an hour, or has an admin set the password anew.
NAME_PATIENCE = Patience(free=5, wait_s_max=900)
# From an address: an office behind one has more people who mistype.
ADDRESS_PATIENCE = Patience(free=20, wait_s_max=3_600)
# After so long without a try, what was is forgotten.
FORGET_S = 86_400


class Wait(Exception):  # noqa: N818  # the house's word for a refusal
    """No try is taken now, right or wrong."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"no further try for {wait_s} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A try that was let in, and is counted as failed until it has gone well."""

    name: str
    address: str
    known: Operator | None


def begin_try(store: Store, name: str, address: str, now: UnixSeconds) -> Try:
    """Count a try and let it in.

    Args:
        store: of the centre.
        name: as it was typed.
        address: where the browser is.
        now: by this machine's clock.

    Raises:
        Wait: there were too many by that name or from there; this one is not counted.
    """
    typed, network = name.strip().lower(), network_of(address)
    key = typed if NAME.fullmatch(typed) else ""  # no name of anybody's: all such are one
    store.operators.forget_old_tries(now - FORGET_S)
    with store.transaction():
        # Addresses before names, everywhere: who locked them the other way round would wait for us.
        counted = ((BY_ADDRESS, network, ADDRESS_PATIENCE), (BY_NAME, key, NAME_PATIENCE))
        before = [store.operators.locked_tries(kind, of, now) for kind, of, _ in counted]
        wait_s = max(tries.until for tries in before) - now
        if wait_s > 0:
            raise Wait(wait_s)
        for (kind, of, patience), tries in zip(counted, before, strict=True):
            failures = tries.failures + 1
            until = now + patience.wait_s(failures)
            kept = Tries(failures=failures, until=until, last_at=now)
            store.operators.keep_tries(kind, of, kept)
        return Try(name=key, address=address, known=store.operators.get(key))


def end_try(store: Store, tried: Try, *, went_well: bool, before: str, now: UnixSeconds) -> str:
    """Return the new session's cookie, or nothing where the password was wrong.

    Args:
        store: of the centre.
        tried: what `begin_try` let in.
        went_well: whether the password was that of the operator.
        before: the cookie that the browser sent, empty for none.
        now: by this machine's clock.
    """
    with store.transaction():
        operator = store.operators.locked(tried.name) if went_well else None
        # It may have been changed while this one was hashed: then the old one opens nothing.
        if operator is None or operator != tried.known:
            _fail(store, tried, now)
            return ""
        _take_back(store, network_of(tried.address), now)
        store.operators.forget_tries(BY_NAME, tried.name)
        cookie = begin_session(store, operator.name, before, now)
        act = Act(who=operator.name, via=Via.PAGE, what="sign-in", on=tried.address)
        record(store, act, now)
    return cookie


def end_change(store: Store, tried: Try, digest: str, *, cookie: str, now: UnixSeconds) -> str:
    """Return the new session's cookie of an operator who gave himself a new password.

    Empty: meanwhile the password or role was changed by somebody else, whose word stands, or the
    session ended.

    Args:
        store: of the centre.
        tried: what `begin_try` let in; the old password was the operator's.
        digest: of the new password.
        cookie: by which it was asked for.
        now: by this machine's clock.
    """
    with store.transaction():
        operator = store.operators.locked(tried.name)
        if operator is None or operator != tried.known or operator_of(store, cookie, now) is None:
            return ""
        _take_back(store, network_of(tried.address), now)
        change_password(store, tried.name, digest, by=tried.name, via=Via.PAGE, now=now)
        return begin_session(store, tried.name, "", now)


def _fail(store: Store, tried: Try, now: UnixSeconds) -> None:
    """Write that a try failed; a name that nobody has may be a password typed in its place."""
    who = "?" if tried.known is None else tried.known.name
    kept = store.operators.tries(BY_NAME, tried.name) or _NONE
    waits = f"locked for {kept.until - now} s" if kept.until > now else ""
    act = Act(who=who, via=Via.PAGE, what="sign-in.failed", on=tried.address, detail=waits)
    record(store, act, now)


def _take_back(store: Store, network: str, now: UnixSeconds) -> None:
    """Take back one try of an address: it went well. Others' failures there stay."""
    tries = store.operators.tries(BY_ADDRESS, network) or _NONE
    kept = Tries(failures=max(0, tries.failures - 1), until=0, last_at=now)
    store.operators.keep_tries(BY_ADDRESS, network, kept)


_NONE = Tries(failures=0, until=0, last_at=0)


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 its /64, which one customer has whole."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found)
