"""The forms of what the local interface takes and says: JSON Schema, for its OpenAPI document."""

from typing import Any

from protocol.profile_file.reading import capability_names
from protocol.use import AMOUNT_MAX
from terminal.local.problem_words import document
from terminal.local.problems import STATUS_OF, LocalProblem
from terminal.local.views import CURRENCY, DEADLINE_MS_DEFAULT, KEY, LANE, REFERENCE_MAX
from terminal.selling.requests import REQUEST_MS_MAX, RequestState
from verifier.model import Verdict
from verifier.profile import Fund

Part = dict[str, Any]


def _text(pattern: str = "", **more: object) -> Part:
    return {"type": "string", **({"pattern": f"^{pattern}$"} if pattern else {}), **more}


def _whole(least: int, most: int, **more: object) -> Part:
    return {"type": "integer", "minimum": least, "maximum": most, **more}


def _or_null(schema: Part) -> Part:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: Part, *, required: tuple[str, ...] | None = None) -> Part:
    """Return a closed object; without `required` all must be there."""
    names = list(properties) if required is None else list(required)
    return {
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": False,
    }


_AMOUNT = _whole(0, AMOUNT_MAX, description="in the currency's smallest unit")
_SEQ_MAX = (1 << 53) - 1  # what every reader of JSON holds exactly (RFC 8259, 6)
_ENTRY = _object({"epoch": _whole(1, _SEQ_MAX), "seq": _whole(1, _SEQ_MAX)})

_ASKED = _object(
    {
        "amount_minor": _AMOUNT,
        "currency": _text(CURRENCY, description="ISO 4217; only with amount_minor"),
        "capability": {"enum": list(capability_names())},
        "reference": _text(
            r"[^\x00-\x1f\x7f]*",
            maxLength=REFERENCE_MAX,
            description="what it is for; kept sealed, the centre alone reads it",
        ),
        "details": {"type": "object", "description": "kept sealed, as reference"},
        "deadline_ms": _whole(
            1,
            REQUEST_MS_MAX,
            default=DEADLINE_MS_DEFAULT,
            description="how long a card is waited for",
        ),
    },
    required=(),
) | {"dependentRequired": {"amount_minor": ["currency"], "currency": ["amount_minor"]}}

_WORDS = _object({"zh": _text(), "en": _text()})

_MOMENT_MAX = (1 << 32) - 1  # as a code's times (docs/cc1.md)
_FUND = {"enum": ["", *(fund.value for fund in Fund)]}

_OUTCOME = _object(
    {
        "verdict": {"enum": [verdict.value for verdict in Verdict]},
        "reason": _or_null(_text(r"[A-Z]\.[A-Z]{3}")),
        "entry": _or_null(_ENTRY),
        "amount_minor": _or_null(_AMOUNT),
        "currency": _text(f"({CURRENCY})?"),
        "fund": _FUND | {"description": "out of what it was paid; empty: nothing was"},
        "at": _or_null(_whole(0, _MOMENT_MAX, description="of its entry, seconds since 1970, UTC")),
        "online": {"type": "boolean", "description": "the centre approved it"},
        "declined": _text(description="why the centre said no (P.DCL); empty: it did not"),
        "remaining_minor": _or_null(_AMOUNT),
        "annulled": _or_null(_ENTRY | {"description": "the entry that took it back"}),
        "words": _or_null(
            _object({"holder": _WORDS, "attendant": _WORDS})
            | {"description": "what the reason says to whom; null where there is none"}
        ),
    }
)

_LANE = _object(
    {
        "name": _text(LANE),
        "profile": _text(),
        "state": _text(),
        "trouble": _text(description="why it is out of service; empty: it is not"),
        "asked": {"type": "boolean", "description": "a request is open here, whoever's it is"},
        "held_open": {"type": "boolean"},
        "currency": _text(f"({CURRENCY})?", description="empty: no money moves here"),
        "decimals": _whole(0, 3, description="digits of the currency behind the point"),
        "fund": _FUND | {"description": "out of what is paid here; empty: no money moves"},
        "amount_max_minor": _or_null(
            _AMOUNT | {"description": "the most of one sale; null: no amount is named here"}
        ),
        "prints": {"type": "boolean", "description": "it has a receipt printer"},
    }
)

_DATE = r"\d{4}-\d{2}-\d{2}"
_DAY = _object(
    {
        "lane": _text(LANE),
        "day": _text(_DATE, description="as `today`"),
        "currency": _text(CURRENCY),
        "sales": _whole(0, _SEQ_MAX),
        "sum_minor": _whole(0, _SEQ_MAX, description="of the sales, reversed ones among them"),
        "reversals": _whole(0, _SEQ_MAX),
        "reversed_minor": _whole(0, _SEQ_MAX),
    }
)

SCHEMAS: Part = {
    "ScanAsked": _ASKED,
    "Request": _object(
        {
            "key": _text(KEY),
            "lane": _text(LANE),
            "state": {"enum": [state.value for state in RequestState]},
            "ends_in_ms": _whole(0, REQUEST_MS_MAX),
            "outcome": _or_null(_OUTCOME),
        }
    ),
    "Abort": _object({"not_handed_over": {"type": "boolean", "default": False}}, required=()),
    "Nothing": _object({}),
    "Emergency": _object({"open": {"type": "boolean"}}),
    "Lane": _LANE,
    "Lanes": _object({"lanes": {"type": "array", "items": _LANE}}),
    "Totals": _object(
        {
            "lane": _text(LANE),
            "today": _text(_DATE, description="by the profile's own clock"),
            "days": {"type": "array", "items": _DAY},
        }
    ),
    "Diagnosis": {"type": "object", "description": "as `scan-terminal status --json` prints it"},
    "Problem": _object(
        {
            "type": _text(),
            "title": _text(),
            "status": _whole(400, 599),
            "detail": _text(),
            "code": {"enum": [problem.value for problem in LocalProblem]},
            "text": _WORDS,
            "next_step": _WORDS,
        }
    ),
}


def problem_example(problem: LocalProblem) -> Part:
    """Return the document of a refusal."""
    return document(problem, STATUS_OF[problem])
