"""Invitations: what bounds who gets a test card, which, and for how long."""

import hashlib
from dataclasses import replace

from central.cards import CardClaims, issuer_part
from central.errors import BadRequest, Refused
from central.operators.audit import record
from central.operators.values import Act, Via
from central.site import Site
from central.store.invitations import Invitation, Use
from central.store.store import Store
from protocol.enrolment import code_octets, new_code
from protocol.keys import random_octets
from protocol.problems import Problem, ProblemCode
from verifier.model import SUBJECT_BYTES, UnixSeconds

# A commissioning crew has some phones; far more invitations at once are a mistake.
INVITATIONS_MAX = 200
# A day's work; a test card that outlives its week is one that nobody watches.
HOURS_DEFAULT, HOURS_MAX = 24, 168
# Whoever is invited stands beside whoever invites.
INVITATION_S = 3_600
# The terminal that is tried first may have a clock that is some minutes behind.
BEGINS_BEFORE_S = 300
# Every test card's subject begins with it: they can be told from citizens', whose are random.
TEST_SUBJECT = b"TEST"

_HOUR_S = 3_600


def invitation_id(code: str) -> str:
    """Return the name of a typed code, which does not give it away.

    Raises:
        ValueError: no such code.
    """
    return hashlib.sha256(b"st-invite-1\0" + code_octets(code)).hexdigest()[:32]


def invite(
    store: Store, *, types: int, capabilities: int, hours: int, now: UnixSeconds
) -> tuple[str, Invitation]:
    """Return a new one-time code, which is kept nowhere, and what is kept of it.

    Raises:
        BadRequest: too long, or too many wait already.
    """
    if not 1 <= hours <= HOURS_MAX:
        raise BadRequest(f"a test card is good for 1 to {HOURS_MAX} hours")
    store.invitations.forget_ended(now)
    if sum(one.use is None for one in store.invitations.all()) >= INVITATIONS_MAX:
        raise BadRequest(f"{INVITATIONS_MAX} invitations wait already; they end within an hour")
    code = new_code()
    made = Invitation(
        invitation_id=invitation_id(code),
        types=types,
        capabilities=capabilities,
        valid_s=hours * _HOUR_S,
        made_at=now,
        expires_at=UnixSeconds(now + INVITATION_S),
    )
    store.invitations.add(made)
    return code, made


def redeem(site: Site, store: Store, name: str, public: bytes, *, now: UnixSeconds) -> Invitation:
    """Return the invitation with the test card that the phone of this key holds by it.

    The same key gets the same card again: it may have lost the answer.

    Args:
        site: the test issuer.
        store: its open store.
        name: the invitation's id.
        public: the phone's key, proven to be one.
        now: when.

    Raises:
        Refused: unknown, ended, or used by another phone.
    """
    with store.transaction():
        held = store.invitations.locked(name)
        if held is None:
            raise _refused(ProblemCode.CODE_UNKNOWN, "no such invitation")
        if held.use is not None:
            if held.use.public != public:
                raise _refused(ProblemCode.CODE_USED, "another phone has used this invitation")
            return held
        if now >= held.expires_at:
            raise _refused(ProblemCode.CODE_EXPIRED, "the invitation has ended: ask for another")
        use = _issued(site, store, held, public, now)
        store.invitations.use(name, use)
        detail = f"card {use.status_index}, to {now + held.valid_s}"
        record(
            store,
            Act(who="phone", via=Via.PAGE, what="test-card.issue", on=name, detail=detail),
            now,
        )
        return replace(held, use=use)


def _issued(site: Site, store: Store, held: Invitation, public: bytes, now: UnixSeconds) -> Use:
    subject = TEST_SUBJECT + random_octets(SUBJECT_BYTES - len(TEST_SUBJECT))
    (index,) = store.cards.allot([subject], now)
    claims = CardClaims(
        not_before=UnixSeconds(now - BEGINS_BEFORE_S),
        expires_at=UnixSeconds(now + held.valid_s),
        subject=subject,
        types=held.types,
        capabilities=held.capabilities,
        status_index=index,
    )
    part = issuer_part(claims=claims, key=site.keys.card, holder_key=public)
    return Use(used_at=now, public=public, status_index=index, issuer_part=part)


def _refused(code: ProblemCode, detail: str) -> Refused:
    return Refused(Problem(code=code, detail=detail))
