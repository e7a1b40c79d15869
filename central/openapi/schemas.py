"""The forms of what goes to and fro; limits are those that the code itself holds to."""

from typing import Any

from central.events import TYPE_PREFIX
from protocol.approval import AMOUNT_MAX
from protocol.checkpoint import NOTE_BYTES_MAX
from protocol.health import HEALTH_MEMBERS_MAX
from protocol.problems import ProblemCode
from protocol.query import PAYMENTS_MAX, TEXT_CHARACTERS_MAX
from verifier.profile import EntryType

Schema = dict[str, Any]

_NUMBER_MAX = (1 << 63) - 1


def text(pattern: str, **more: object) -> Schema:
    """Return the schema of a text that matches `pattern` as a whole."""
    return {"type": "string", "pattern": f"^{pattern}$", **more}


def whole(largest: int = _NUMBER_MAX, smallest: int = 0) -> Schema:
    """Return the schema of a whole number."""
    return {"type": "integer", "minimum": smallest, "maximum": largest}


def record(members: Schema, *, is_open: bool = False) -> Schema:
    """Return the schema of an object that has every one of `members`."""
    return {
        "type": "object",
        "properties": members,
        "required": sorted(members),
        "additionalProperties": is_open,
    }


TERMINAL = text("[A-Za-z0-9._-]{1,64}")
_CHAIN = text("[0-9a-f]{64}")
_BASE64URL = "[A-Za-z0-9_-]"
# Of 32 octets the last character says four bits; the others are 0 (RFC 4648, section 3.5).
_KEY = text(f"{_BASE64URL}{{42}}[AEIMQUYcgkosw048]")
_MOMENT = {**whole(), "description": "UTC seconds since 1970"}
_SIGNED = {"kid": text("[0-9a-f]{16}"), "sig": text(f"{_BASE64URL}{{86}}")}
_HEALTH: Schema = {
    "type": "object",
    "maxProperties": HEALTH_MEMBERS_MAX,
    "propertyNames": text("[a-z][a-z0-9_.-]{0,47}"),
    "additionalProperties": {
        "anyOf": [
            {"type": "string", "maxLength": 200},
            {"type": "integer", "minimum": -_NUMBER_MAX, "maximum": _NUMBER_MAX},
            {"type": "boolean"},
            {"type": "null"},
        ]
    },
}
_HELD = {
    "terminal": TERMINAL,
    "epoch": whole(),
    "acked": whole(),
    "head": _CHAIN,
    "date": _MOMENT,
}

SCHEMAS: dict[str, Schema] = {
    "Alive": record({"status": {"const": "ok"}}),
    "EnrolmentRequest": record(
        {
            "code_id": text("[0-9a-f]{16}"),
            "proof": text("[0-9a-f]{64}"),
            "public_key": _KEY,
            "seal_key": _KEY,
        }
    ),
    "Enrolment": record(
        {
            "terminal": TERMINAL,
            "epoch": whole(smallest=1),
            "public_key": _KEY,
            "sector": {"type": "string"},
            "sector_box": text(f"{_BASE64URL}+"),
            "date": _MOMENT,
            **_SIGNED,
        },
        is_open=True,
    ),
    "Acknowledgement": record({**_HELD, **_SIGNED}),
    "Telling": record(
        {"checkpoint": {"type": "string", "maxLength": NOTE_BYTES_MAX}, "health": _HEALTH}
    ),
    "CheckpointAnswer": record(
        {**_HELD, "want_upload": {"type": "boolean"}, **_SIGNED}, is_open=True
    ),
    "Quarantined": record(
        {
            "terminal": TERMINAL,
            "epoch": whole(),
            "first": whole(),
            "last": whole(),
            "head": _CHAIN,
            "date": _MOMENT,
            **_SIGNED,
        }
    ),
    "ApprovalRequest": record(
        {
            "key": text("[A-Za-z0-9_-]{16,64}"),
            "at": whole(),
            "lane": TERMINAL,
            "type": {"enum": [kind.value for kind in EntryType]},
            "sector": {**TERMINAL, "description": "The one that the terminal was given."},
            "pseudonym": text("[0-9a-f]{32}"),
            "presentation": text("[0-9a-f]{32}"),
            "amount_minor": whole(AMOUNT_MAX),
            "currency": text("[A-Z]{3}"),
        }
    ),
    "Approval": record(
        {
            "terminal": TERMINAL,
            "key": text("[A-Za-z0-9_-]{16,64}"),
            "asked": _CHAIN,
            "word": {"enum": ["approve", "decline"]},
            "reason": {"type": ["string", "null"], "pattern": "^[a-z0-9-]{1,32}$"},
            "date": _MOMENT,
            **_SIGNED,
        }
    ),
    "Query": record(
        {
            "key": text("[A-Za-z0-9_-]{16,64}"),
            "query": {"const": "subsidies"},
            "at": whole(),
            "lane": TERMINAL,
            "sector": {**TERMINAL, "description": "The one that the terminal was given."},
            "pseudonym": text("[0-9a-f]{32}"),
        }
    ),
    "QueryAnswer": record(
        {
            "terminal": TERMINAL,
            "asked": _CHAIN,
            "paid": {
                "type": "array",
                "maxItems": PAYMENTS_MAX,
                "items": record(
                    {
                        "on": text("[0-9]{4}-[0-9]{2}-[0-9]{2}"),
                        "zh": {"type": "string", "maxLength": TEXT_CHARACTERS_MAX},
                        "en": {"type": "string", "maxLength": TEXT_CHARACTERS_MAX},
                        "amount_minor": whole(AMOUNT_MAX),
                        "currency": text("[A-Z]{3}"),
                    }
                ),
            },
            "date": _MOMENT,
            **_SIGNED,
        }
    ),
    "Event": record(
        {
            "specversion": {"const": "1.0"},
            "id": text("[A-Za-z0-9._-]{1,64}/[0-9]+/[0-9]+"),
            "source": {"type": "string", "format": "uri-reference"},
            "type": {"enum": [TYPE_PREFIX + kind.value for kind in EntryType]},
            "datacontenttype": {"const": "application/json"},
            "cursor": text("[0-9]{1,19}"),
            "data": {"type": "object", "description": "the journal's line, octet by octet"},
        },
        is_open=True,  # time
    ),
    "Events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
    "TerminalHealth": record(
        {
            "terminal": TERMINAL,
            "status": {"enum": ["active", "suspended"]},
            "epoch": whole(),
            "acked": whole(),
            "known": whole(),
            "last_seen": _MOMENT,
            "told": {"type": ["integer", "null"], "minimum": 0},
            "health": {"type": "object"},
        }
    ),
    "HealthPage": record(
        {
            "terminals": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/TerminalHealth"},
            },
            "next": {"type": ["string", "null"]},
        }
    ),
    "Problem": {
        "type": "object",
        "description": "RFC 9457; its further members by code: docs/protocol.md",
        "properties": {
            "type": text("urn:scan-terminal:problem:[a-z-]+"),
            "title": {"enum": [code.value for code in ProblemCode]},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "need": whole(),
            "at": whole(),
            "evidence": {"type": "string", "description": "an acknowledgement"},
            "line": whole(),
        },
        "required": ["detail", "status", "title", "type"],
        "additionalProperties": False,
    },
}
