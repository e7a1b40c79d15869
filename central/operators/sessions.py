"""Sessions: a browser that has signed in, known by a cookie of which a digest is kept."""

from hashlib import sha256

from central.operators.values import Operator, Session
from central.store.store import Store
from protocol.keys import random_octets, to_base64url
from verifier.model import UnixSeconds

# Whoever leaves a screen for longer than a short break signs in again.
IDLE_S = 1_800
# A shift; a cookie that was copied unnoticed is good for no longer.
ABSOLUTE_S = 43_200
# A desk, a telephone, and some that were closed without signing out.
SESSIONS_EACH_MAX = 8
# Not at each look: a page asks every few seconds, and each write is a commit.
NOTE_USE_S = 60

_SECRET_OCTETS = 32  # not to be guessed, so a plain digest keeps it


def begin_session(store: Store, operator: str, before: str, now: UnixSeconds) -> str:
    """Return the cookie of a new session; inside a transaction.

    Args:
        store: of the centre.
        operator: who has just proved who they are.
        before: the cookie that the browser sent: that session ends, if it was one. A cookie is
            never taken over, so one that somebody else has put there is worth nothing.
        now: by this machine's clock.
    """
    end_session(store, before)
    store.operators.end_old(begun_before=now - ABSOLUTE_S, used_before=now - IDLE_S)
    own = store.operators.sessions(operator)
    for each in own[: max(0, len(own) - SESSIONS_EACH_MAX + 1)]:
        store.operators.end(each.digest)
    cookie = to_base64url(random_octets(_SECRET_OCTETS))
    session = Session(digest=_digest(cookie), operator=operator, begun_at=now, used_at=now)
    store.operators.begin(session)
    return cookie


def operator_of(
    store: Store, cookie: str, now: UnixSeconds, *, is_there: bool = True
) -> Operator | None:
    """Return who has signed in by `cookie`; None: nobody, or not lately enough.

    Args:
        store: of the centre.
        cookie: as the browser sent it.
        now: by this machine's clock.
        is_there: somebody does something; not a page that asks by itself while nobody looks.
    """
    session = store.operators.session(_digest(cookie)) if cookie else None
    if session is None or not _is_good(session, now):
        return None
    operator = store.operators.get(session.operator)
    if operator is not None and is_there and now - session.used_at >= NOTE_USE_S:
        store.operators.use(session.digest, now)
    return operator


def end_session(store: Store, cookie: str) -> None:
    """Let a cookie open nothing any more."""
    if cookie:
        store.operators.end(_digest(cookie))


def form_token(cookie: str) -> str:
    """Return what a page of this session sends with each change; other sites' pages can't."""
    return sha256(b"st-operate-form-1\0" + cookie.encode()).hexdigest()


def _is_good(session: Session, now: UnixSeconds) -> bool:
    # A clock that was set back makes nothing younger than it is.
    return now < session.begun_at + ABSOLUTE_S and now < session.used_at + IDLE_S


def _digest(cookie: str) -> bytes:
    return sha256(cookie.encode()).digest()
