"""What the local interface says no to: a code each, with the HTTP status that carries it."""

from collections.abc import Mapping
from enum import Enum

from terminal.errors import TerminalError

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:scan-terminal:local:"


class LocalProblem(Enum):
    """A refusal; the value is the last part of `type`, and never changes its meaning."""

    # of whoever asks
    HOST = "host"
    ORIGIN = "origin"
    TOKEN = "token"  # noqa: S105  # a code, and no secret
    GUESSING = "guessing"
    SCOPE = "scope"
    # of how it is asked
    HTTP = "http"
    HEAD_TOO_LARGE = "head-too-large"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    METHOD = "method"
    NOT_FOUND = "not-found"
    CONTENT_TYPE = "content-type"
    MALFORMED = "malformed"
    KEY_MISSING = "key-missing"
    TOO_FAST = "too-fast"
    STREAMS = "streams"
    # of what is asked
    LANE_UNKNOWN = "lane-unknown"
    LANE_TAKEN = "lane-taken"
    LANE_OUT_OF_SERVICE = "lane-out-of-service"
    NO_GATE_TO_HOLD = "no-gate-to-hold"
    NO_PRINTER = "no-printer"
    KEY_USED = "key-used"
    REQUEST_UNKNOWN = "request-unknown"
    REQUEST_MALFORMED = "request-malformed"
    NOT_GRANTED = "not-granted"
    REVERSED_ALREADY = "reversed-already"
    SALE_TOO_OLD = "sale-too-old"
    SEAL_KEY_MISSING = "seal-key-missing"
    VALUE_STOPPED = "value-stopped"
    # of a visit at a screen
    NO_CONTENT = "no-content"
    SERVICE_UNKNOWN = "service-unknown"
    VISIT_UNKNOWN = "visit-unknown"
    VISIT_NOT_READY = "visit-not-ready"
    NO_TICKET_HERE = "no-ticket-here"
    # of the terminal
    JOURNAL_FAILED = "journal-failed"
    TOO_MANY = "too-many"
    NO_ANSWER = "no-answer"
    FAULT = "fault"


_P = LocalProblem

# What pages of the terminal's own screens alone are told (docs/visits.md); no program meets them.
OF_VISITS = frozenset(
    {
        _P.NO_CONTENT,
        _P.SERVICE_UNKNOWN,
        _P.VISIT_UNKNOWN,
        _P.VISIT_NOT_READY,
        _P.NO_TICKET_HERE,
    }
)

STATUS_OF: Mapping[LocalProblem, int] = {
    _P.HOST: 421,  # RFC 9110, 15.5.20: not for the name that was asked
    _P.ORIGIN: 403,
    _P.TOKEN: 401,
    _P.GUESSING: 429,
    _P.SCOPE: 403,
    _P.HTTP: 400,
    _P.HEAD_TOO_LARGE: 431,
    _P.TOO_LARGE: 413,
    _P.TOO_SLOW: 408,
    _P.METHOD: 405,
    _P.NOT_FOUND: 404,
    _P.CONTENT_TYPE: 415,
    _P.MALFORMED: 422,
    _P.KEY_MISSING: 400,
    _P.TOO_FAST: 429,
    _P.STREAMS: 429,
    _P.LANE_UNKNOWN: 404,
    _P.LANE_TAKEN: 409,
    _P.LANE_OUT_OF_SERVICE: 409,
    _P.NO_GATE_TO_HOLD: 409,
    _P.NO_PRINTER: 409,
    _P.KEY_USED: 409,
    _P.REQUEST_UNKNOWN: 404,
    _P.REQUEST_MALFORMED: 422,
    _P.NOT_GRANTED: 409,
    _P.REVERSED_ALREADY: 409,
    _P.SALE_TOO_OLD: 410,
    _P.SEAL_KEY_MISSING: 409,
    _P.VALUE_STOPPED: 409,
    _P.NO_CONTENT: 404,
    _P.SERVICE_UNKNOWN: 404,
    _P.VISIT_UNKNOWN: 404,
    _P.VISIT_NOT_READY: 409,
    _P.NO_TICKET_HERE: 409,
    _P.JOURNAL_FAILED: 503,
    _P.TOO_MANY: 503,
    _P.NO_ANSWER: 504,
    _P.FAULT: 500,
}


class RequestRefused(TerminalError):  # noqa: N818  # the condition is the name
    """The terminal says no to a program; `detail` is for its programmer, and names nobody."""

    def __init__(
        self, problem: LocalProblem, detail: str = "", *, retry_after_s: int | None = None
    ) -> None:
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)
        self.problem, self.detail, self.retry_after_s = problem, detail, retry_after_s

    @property
    def status(self) -> int:
        """Return the HTTP status that carries it."""
        return STATUS_OF[self.problem]
