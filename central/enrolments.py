"""Enrolment, the centre's side: an operator's one-time code turns a machine into a terminal."""

import re
from dataclasses import dataclass
from hmac import compare_digest

from central.centre import Centre
from central.errors import BadRequest, Refused
from central.marks import marks_of
from central.records import EnrolmentCode
from central.site import Site
from central.store.store import Store
from protocol.enrolment import (
    CODE_LIFETIME_S,
    Before,
    Enrolment,
    EnrolmentRequest,
    code_id,
    code_octets,
    code_proof,
    enrolment_octets,
    new_code,
)
from protocol.enrolment_folder import FolderRequest
from protocol.keys import seal_to
from protocol.problems import Problem, ProblemCode
from verifier.model import UnixSeconds

# A terminal signs its requests under its name: the keyid of protocol/http_signature.py.
_TERMINAL = re.compile(r"[A-Za-z0-9._-]{1,64}")

_UNKNOWN = Problem(code=ProblemCode.CODE_UNKNOWN, detail="no such enrolment code")
_USED = Problem(code=ProblemCode.CODE_USED, detail="another machine has used this code")
_EXPIRED = Problem(
    code=ProblemCode.CODE_EXPIRED,
    detail=f"the code was good for {CODE_LIFETIME_S // 60} minutes: ask for another",
)


def allow_enrolment(store: Store, terminal: str, *, now: UnixSeconds) -> tuple[str, UnixSeconds]:
    """Return a new code that makes one machine `terminal`, and when it expires.

    Raises:
        BadRequest: `terminal` is no name.
    """
    if _TERMINAL.fullmatch(terminal) is None:
        raise BadRequest(f"{terminal!r} is no terminal's name: 1 to 64 of A-Z a-z 0-9 . _ -")
    code = new_code()
    secret = code_octets(code)
    expires_at = UnixSeconds(now + CODE_LIFETIME_S)
    store.enrolments.add(
        EnrolmentCode(
            code_id=code_id(secret), secret=secret, terminal=terminal, expires_at=expires_at
        )
    )
    return code, expires_at


def enrol(centre: Centre, request: EnrolmentRequest) -> bytes:
    """Return the answer to a request that its own key has signed.

    The same key gets the same answer again, however late: it may have lost the first.

    Raises:
        Refused: the code is unknown, used by another, or expired.
    """
    with centre.store.transaction():
        code = centre.store.enrolments.locked(request.code_id)
        if code is None or not _is_proven(code, request):
            raise Refused(_UNKNOWN)
        if code.answer is not None:
            if code.used_by != request.public:
                raise Refused(_USED)
            return code.answer
        now = centre.now()
        if now >= code.expires_at:
            raise Refused(_EXPIRED)
        return _enrolled(centre.site, centre.store, code, _Asking.of(request), now=now)


def enrol_by_folder(
    site: Site, store: Store, terminal: str, request: FolderRequest, *, now: UnixSeconds
) -> bytes:
    """Return the answer to a request that an operator has compared with the machine's fingerprint.

    The same request gets the same answer again, for as long as that machine is the terminal.

    Raises:
        BadRequest: `terminal` is no name; the machine is another terminal, or was this one and
            is it no more.
    """
    with store.transaction():
        held = store.enrolments.answered(request.public)
        if held is not None:
            current = store.terminals.locked(terminal)
            is_still = current is not None and current.public == request.public
            if held.terminal != terminal or held.answer is None or not is_still:
                raise BadRequest(
                    f"this machine's keys were used for {held.terminal} already: on the machine"
                    " make a new request (scan-terminal enrol --request) in an empty state folder"
                )
            return held.answer
        code, _ = allow_enrolment(store, terminal, now=now)
        locked = store.enrolments.locked(code_id(code_octets(code)))
        if locked is None:
            raise ValueError("a code that was just made is not there")
        asking = _Asking(public=request.public, seal=request.seal)
        return _enrolled(site, store, locked, asking, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """The keys of a machine that is let in."""

    public: bytes
    seal: bytes

    @classmethod
    def of(cls, request: EnrolmentRequest) -> "_Asking":
        return cls(public=request.public, seal=request.seal)


def _is_proven(code: EnrolmentCode, request: EnrolmentRequest) -> bool:
    expected = code_proof(code.secret, public=request.public, seal=request.seal)
    return compare_digest(expected.encode(), request.proof.encode())


def _enrolled(
    site: Site, store: Store, code: EnrolmentCode, asking: _Asking, *, now: UnixSeconds
) -> bytes:
    """Begin the terminal's next epoch; return the answer, which is kept with the code."""
    sector = site.keys.sector
    before = _before(store, code.terminal)
    epoch = store.terminals.begin_epoch(code.terminal, public=asking.public, now=now)
    enrolment = Enrolment(
        terminal=code.terminal,
        epoch=epoch,
        public=asking.public,
        sector=sector.id,
        sector_box=seal_to(asking.seal, sector.octets),
        date=now,
        before=before,
    )
    answer = enrolment_octets(enrolment, site.keys.command)
    store.enrolments.use(code.code_id, public=asking.public, answer=answer)
    return answer


def _before(store: Store, terminal: str) -> Before | None:
    """Return what is known of the epoch that ends now; None: it will be the first."""
    held = store.terminals.locked(terminal)
    if held is None or held.epoch == 0:
        return None
    return Before(
        epoch=held.epoch, acked=held.acked, head=held.head, marks=marks_of(store, terminal)
    )
