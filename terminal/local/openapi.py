"""The OpenAPI 3.1 document of the local interface, published as docs/local-interface.openapi.json."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from terminal.local.clients import Scope
from terminal.local.problems import CONTENT_TYPE, STATUS_OF
from terminal.local.problems import LocalProblem as P
from terminal.local.schemas import SCHEMAS, Part, problem_example
from terminal.local.views import KEY, LANE

EVENT_ID = r"[0-9a-f]{8}-(0|[1-9][0-9]{0,15})"

# Of every request, and of every one that asks the terminal itself.
_ALWAYS = (
    *(P.HOST, P.ORIGIN, P.TOKEN, P.GUESSING, P.HTTP, P.HEAD_TOO_LARGE, P.TOO_SLOW),
    *(P.TOO_FAST, P.MALFORMED, P.FAULT),
)
_ASKING = (*_ALWAYS, P.SCOPE, P.TOO_MANY, P.NO_ANSWER, P.JOURNAL_FAILED)
_WITH_BODY = (*_ASKING, P.TOO_LARGE, P.CONTENT_TYPE)

_LANE: Part = {
    "name": "lane",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": f"^{LANE}$"},
    "example": "pharmacy-1",
}
_KEY: Part = {
    "name": "key",
    "in": "path",
    "required": True,
    "description": "the Idempotency-Key under which the lane was armed",
    "schema": {"type": "string", "pattern": f"^{KEY}$"},
    "example": "till-3_20270101_000042",
}
_IDEMPOTENCY: Part = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "one for each thing that is wanted, the same with each try",
    "schema": {"type": "string", "pattern": f"^{KEY}$"},
    "example": "till-3_20270101_000042",
}
_PLACE: Part = {"schema": {"type": "string", "pattern": f"^{EVENT_ID}$"}}
_AFTER: list[Part] = [
    {
        **_PLACE,
        "name": name,
        "in": where,
        "description": "id of the event that was read last; the header counts before the query",
    }
    for name, where in (("Last-Event-ID", "header"), ("after", "query"))
]
_EVENTS_TOLD = (
    "Server-sent events, each with an id: lane, decision, request, passage, device. `reset`: what"
    " came after the id is no longer known, so ask for lanes and requests anew. `lost`: the reader"
    " was too slow; the stream ends, connect again."
)


@cache
def openapi_document() -> dict[str, Any]:
    """Return the document; not to be changed."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "scan-terminal: local interface",
            "version": "1",
            "description": "docs/local-interface.md tells how it is used.",
        },
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "schemas": SCHEMAS,
            "examples": {code.value: {"value": problem_example(code)} for code in P},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`scan-terminal client add NAME` makes one",
                }
            },
        },
    }


def _paths() -> Part:
    lane, request = (P.LANE_UNKNOWN,), (P.REQUEST_UNKNOWN,)
    return {
        "/openapi.json": {
            "get": _operation("Tell what there is", _json("this document", {}), _ALWAYS)
        },
        "/v1/lanes": {
            "get": _operation("Tell every lane", _told("Lanes"), _ASKING, scope=Scope.STATUS)
        },
        "/v1/lanes/{lane}": {
            "get": _operation(
                "Tell one lane", _told("Lane"), (*_ASKING, *lane), _LANE, scope=Scope.STATUS
            )
        },
        "/v1/lanes/{lane}/totals": {
            "get": _operation(
                "Tell what a lane sold and took back, today and the day before",
                _told("Totals"),
                (*_ASKING, *lane),
                _LANE,
                scope=Scope.STATUS,
            )
        },
        "/v1/lanes/{lane}/requests": {
            "post": _operation(
                "Arm a lane for one scan; the same key again changes nothing",
                _told("Request", status="201"),
                (*_WITH_BODY, *lane, P.KEY_MISSING, *_ARM),
                *(_LANE, _IDEMPOTENCY),
                scope=Scope.SALE,
                body=_body("ScanAsked", _ARM_EXAMPLE),
            )
        },
        "/v1/lanes/{lane}/emergency": {
            "post": _operation(
                "Hold a gate open, or let it go; twice is once",
                _told("Lane"),
                (*_WITH_BODY, *lane, P.NO_GATE_TO_HOLD, P.LANE_OUT_OF_SERVICE),
                _LANE,
                scope=Scope.EMERGENCY,
                body=_body("Emergency", {"open": True}),
            )
        },
        "/v1/requests/{key}": {
            "get": _operation(
                "Tell how a request stands; after a lost answer, ask here",
                _told("Request"),
                (*_ASKING, *request),
                _KEY,
                scope=Scope.SALE,
            )
        },
        "/v1/requests/{key}/abort": {
            "post": _operation(
                "Take a request back; the state says whether it was too late",
                _told("Request"),
                (*_WITH_BODY, *request, P.SALE_TOO_OLD),
                _KEY,
                scope=Scope.SALE,
                body=_body("Abort", {"not_handed_over": True}, required=False),
            )
        },
        "/v1/requests/{key}/reverse": {
            "post": _operation(
                "Annul what was granted; the same Idempotency-Key again changes nothing",
                _told("Request"),
                (*_WITH_BODY, *request, P.KEY_MISSING, *_REVERSE),
                *(_KEY, _IDEMPOTENCY),
                scope=Scope.REVERSE,
                body=_body("Nothing", {}, required=False),
            )
        },
        "/v1/requests/{key}/receipt": {
            "post": _operation(
                "Print the receipt again, marked as a copy; each time is another one",
                _told("Request"),
                (*_WITH_BODY, *request, *lane, P.NOT_GRANTED, P.NO_PRINTER),
                _KEY,
                scope=Scope.SALE,
                body=_body("Nothing", {}, required=False),
            )
        },
        "/v1/events": {
            "get": _operation(
                "Tell what happens at the lanes, as it happens",
                {"200": _stream()},
                (*_ALWAYS, P.SCOPE, P.STREAMS),
                *_AFTER,
                scope=Scope.STATUS,
            )
        },
        "/v1/diagnosis": {
            "get": _operation(
                "Tell how the terminal does", _told("Diagnosis"), _ASKING, scope=Scope.DIAGNOSIS
            )
        },
    }


_ARM = (
    *(P.LANE_TAKEN, P.LANE_OUT_OF_SERVICE, P.KEY_USED, P.REQUEST_MALFORMED),
    *(P.SEAL_KEY_MISSING, P.VALUE_STOPPED),
)
_REVERSE = (P.NOT_GRANTED, P.REVERSED_ALREADY, P.SALE_TOO_OLD, P.KEY_USED)
_ARM_EXAMPLE: Part = {
    "amount_minor": 1250,
    "currency": "CNY",
    "reference": "receipt 000042",
    "deadline_ms": 60_000,
}


def _operation(
    summary: str,
    answers: Part,
    codes: Iterable[P],
    *parameters: Part,
    scope: Scope | None = None,
    body: Part | None = None,
) -> Part:
    wanted = "Any token will do." if scope is None else f"Wants the scope `{scope.value}`."
    told: Part = {
        "summary": summary,
        "description": wanted,
        "responses": {**answers, **_problems((*codes, P.METHOD, P.NOT_FOUND))},
    }
    if parameters:
        told["parameters"] = list(parameters)
    if body is not None:
        told["requestBody"] = body
    return told


def _problems(codes: Iterable[P]) -> Part:
    """Return the refusals by their status, each with the document that is sent."""
    by_status: dict[int, list[P]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(STATUS_OF[code], []).append(code)
    return {
        str(status): {
            "description": ", ".join(code.value for code in found),
            "content": {
                CONTENT_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {
                        code.value: {"$ref": f"#/components/examples/{code.value}"}
                        for code in found
                    },
                }
            },
        }
        for status, found in sorted(by_status.items())
    }


def _told(schema: str, *, status: str = "200") -> Part:
    answer = _json(schema, {"$ref": f"#/components/schemas/{schema}"})["200"]
    if status == "201":
        answer["headers"] = {"Location": {"schema": {"type": "string"}, "required": True}}
    return {status: answer}


def _json(what: str, schema: Part) -> Part:
    return {"200": {"description": what, "content": {"application/json": {"schema": schema}}}}


def _stream() -> Part:
    return {
        "description": _EVENTS_TOLD,
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }


def _body(schema: str, example: Part, *, required: bool = True) -> Part:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}
    return {"required": required, "content": {"application/json": content}}
