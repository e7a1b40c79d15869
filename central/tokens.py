"""Operators' tokens: who may read what, shown once and kept as a digest."""

import re
from hashlib import sha256
from hmac import compare_digest

from central.errors import BadRequest, NotFound, Refused
from central.records import Scope, Token
from central.store.store import Store
from protocol.keys import random_octets, to_base64url
from protocol.problems import Problem, ProblemCode
from verifier.model import UnixSeconds

# One for each program and person that reads; far more are forgotten ones.
TOKENS_MAX = 100
DAYS_DEFAULT = 90
DAYS_MAX = 3_650

_PREFIX = "scan-central"
_ID_OCTETS = 8
_SECRET_OCTETS = 32  # not to be guessed, so a plain digest keeps it
_FORM = re.compile(rf"{_PREFIX}\.([0-9a-f]{{16}})\.[A-Za-z0-9_-]{{43}}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DAY_S = 86_400


def make_token(
    store: Store, name: str, scopes: frozenset[Scope], *, days: int, now: UnixSeconds
) -> tuple[str, Token]:
    """Return a new token as its holder sends it, which is kept nowhere, and what is kept of it.

    Raises:
        BadRequest: no name, no scope, or too many tokens.
    """
    if _NAME.fullmatch(name) is None:
        raise BadRequest(f"{name!r} is no token's name: 1 to 64 of A-Z a-z 0-9 . _ -")
    if not scopes or not 1 <= days <= DAYS_MAX:
        raise BadRequest(f"a token has a scope, and 1 to {DAYS_MAX} days")
    store.tokens.forget_ended(now)
    if len(store.tokens.all()) >= TOKENS_MAX:
        raise BadRequest(f"there are {TOKENS_MAX} tokens: end one with scan-central token end ID")
    token_id = random_octets(_ID_OCTETS).hex()
    text = f"{_PREFIX}.{token_id}.{to_base64url(random_octets(_SECRET_OCTETS))}"
    token = Token(
        token_id=token_id,
        digest=_digest(text),
        name=name,
        scopes=scopes,
        created_at=now,
        expires_at=UnixSeconds(now + days * _DAY_S),
    )
    store.tokens.add(token)
    return text, token


def end_token(store: Store, token_id: str) -> None:
    """Let a token open nothing any more.

    Raises:
        NotFound: there is none of that id.
    """
    if not store.tokens.end(token_id):
        raise NotFound(f"no token has the id {token_id!r}: see scan-central token list")


def check_token(store: Store, authorization: str, scope: Scope, *, now: UnixSeconds) -> None:
    """Let the holder of a token for `scope` pass (RFC 6750, section 2.1).

    Args:
        store: where tokens are kept.
        authorization: the header of the request, empty where there is none.
        scope: what is asked for.
        now: by this machine's clock.

    Raises:
        Refused: none, an unknown or ended one, or one for something else.
    """
    scheme, _, text = authorization.partition(" ")
    match = _FORM.fullmatch(text) if scheme.lower() == "bearer" else None
    token = None if match is None else store.tokens.get(match[1])
    held = b"" if token is None else token.digest
    if not compare_digest(held, _digest(text)) or token is None or now >= token.expires_at:
        detail = "this wants the token of an operator: scan-central token make"
        raise Refused(Problem(code=ProblemCode.TOKEN, detail=detail))
    if scope not in token.scopes:
        detail = f"the token is not for {scope.value}"
        raise Refused(Problem(code=ProblemCode.SCOPE, detail=detail))


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
