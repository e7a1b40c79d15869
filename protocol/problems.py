"""The centre's refusals: RFC 9457 problem documents with a stable code each (docs/protocol.md)."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeGuard

CONTENT_TYPE = "application/problem+json"
# A fork's evidence is an acknowledgement, below 500 octets.
_TEXT_MAX = 2_000
_TYPE_PREFIX = "urn:scan-terminal:problem:"


class ProblemCode(Enum):
    """What the centre has against a request; the value is the last part of `type`."""

    GAP = "gap"
    FORK = "fork"
    EPOCH = "epoch"
    CLOCK = "clock"
    SIGNATURE = "signature"
    SUSPENDED = "suspended"
    TOO_LARGE = "too-large"
    ENCODING = "encoding"
    MALFORMED = "malformed"
    CODE_UNKNOWN = "code-unknown"
    CODE_USED = "code-used"
    CODE_EXPIRED = "code-expired"
    NOT_FOUND = "not-found"
    OVERLOADED = "overloaded"
    TOKEN = "token"  # noqa: S105  # a code, and no secret
    SCOPE = "scope"
    KEY_USED = "key-used"


STATUS_OF = {
    ProblemCode.GAP: 409,
    ProblemCode.FORK: 409,
    ProblemCode.EPOCH: 409,
    ProblemCode.CLOCK: 401,
    ProblemCode.SIGNATURE: 401,
    ProblemCode.SUSPENDED: 403,
    ProblemCode.TOO_LARGE: 413,
    ProblemCode.ENCODING: 415,
    ProblemCode.MALFORMED: 422,
    ProblemCode.CODE_UNKNOWN: 404,
    ProblemCode.CODE_USED: 409,
    ProblemCode.CODE_EXPIRED: 410,
    ProblemCode.NOT_FOUND: 404,
    ProblemCode.OVERLOADED: 503,
    ProblemCode.TOKEN: 401,
    ProblemCode.SCOPE: 403,
    ProblemCode.KEY_USED: 409,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One refusal: its code, words for a person, and the code's own members."""

    code: ProblemCode
    detail: str
    members: tuple[tuple[str, int | str], ...] = ()
    """`need` (gap), `at` and `evidence` (fork), `line` (malformed)."""

    @property
    def status(self) -> int:
        """Return the HTTP status that carries it."""
        return STATUS_OF[self.code]

    def document(self) -> dict[str, object]:
        """Return the members of the problem document."""
        return {
            "type": _TYPE_PREFIX + self.code.value,
            "title": self.code.value,
            "status": self.status,
            "detail": self.detail,
            **dict(self.members),
        }


def read_problem(document: object) -> Problem | None:
    """Return the problem in a decoded `application/problem+json`; None: none of ours."""
    match document:
        case {"type": str() as kind, **rest} if kind.startswith(_TYPE_PREFIX):
            code = kind.removeprefix(_TYPE_PREFIX)
        case _:
            return None
    if code not in {known.value for known in ProblemCode}:
        return None
    members = tuple(
        (name, value)
        for name in ("need", "at", "line", "evidence")
        if _is_member(value := rest.get(name))
    )
    # Nobody signs a refusal: it writes no second line into a log, and no half of a UTF-16 pair.
    said = str(rest.get("detail", ""))[:500]
    detail = "".join(letter if letter.isprintable() else "?" for letter in said)
    return Problem(code=ProblemCode(code), detail=detail, members=members)


def _is_member(value: object) -> TypeGuard[int | str]:
    if isinstance(value, str):
        return len(value) <= _TEXT_MAX and value.isprintable()
    return isinstance(value, int) and not isinstance(value, bool)
