"""Every operation of the centre."""

from typing import Any

from central.events import EVENTS_DEFAULT, EVENTS_MAX
from central.health import TERMINALS_DEFAULT, TERMINALS_MAX
from central.openapi.answers import Part, answer, json_body, problems
from central.openapi.schemas import TERMINAL, text, whole
from protocol.batch import CONTENT_TYPE as NDJSON
from protocol.content_coding import Coding
from protocol.problems import ProblemCode as P

SIGNATURE, BEARER = "httpMessageSignature", "operatorToken"

# What any signed request may be told.
_SIGNED = (P.SIGNATURE, P.CLOCK, P.SUSPENDED, P.TOO_LARGE)
_WITH_BODY = (*_SIGNED, P.ENCODING, P.MALFORMED)

_HEADERS: list[Part] = [
    {
        "name": "Signature-Input",
        "in": "header",
        "required": True,
        "description": "RFC 9421, label st; docs/protocol.md, Requests",
        "schema": {"type": "string", "pattern": "^st=\\("},
        "example": 'st=("@method" "@path" "content-digest" "content-type")'
        ';created=1800000000;keyid="gate-7";alg="ed25519";tag="scan-terminal"',
    }
]
_DIGEST: Part = {
    "name": "Content-Digest",
    "in": "header",
    "required": True,
    "description": "RFC 9530, sha-256 alone",
    "schema": {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{43}=:$"},
    "example": "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:",
}
_CODING: Part = {
    "name": "Content-Encoding",
    "in": "header",
    "required": False,
    "schema": {"enum": [coding.value for coding in Coding]},
}
_TERMINAL: Part = {
    "name": "terminal",
    "in": "path",
    "required": True,
    "schema": TERMINAL,
    "example": "gate-7",
}
_BATCH_EXAMPLE = (
    '{"epoch":3,"first":1,"last":1,"prev":"<64 hex>"}\n{"epoch":3,"seq":1,"at":1800000000,...}\n'
)
_DIGITS = {"16": "0" * 16, "32": "0" * 32, "43": "A" * 43, "64": "0" * 64}


def _signed(summary: str, answers: Part, codes: tuple[P, ...], **more: object) -> Part:
    return {
        "summary": summary,
        "security": [{SIGNATURE: []}],
        "responses": {**answers, **problems(codes)},
        **more,
    }


def _of_terminal(*, has_body: bool) -> list[Part]:
    return [_TERMINAL, *_HEADERS, *([_DIGEST, _CODING] if has_body else [])]


def _batch(what: str) -> Part:
    schema = {"type": "string", "contentMediaType": NDJSON}
    content = {NDJSON: {"schema": schema, "example": _BATCH_EXAMPLE}}
    return {"required": True, "description": what, "content": content}


def _page(after: Part, limit_max: int, limit_default: int) -> list[Part]:
    limit = {**whole(limit_max, 1), "default": limit_default}
    return [
        {"name": "after", "in": "query", "schema": after},
        {"name": "limit", "in": "query", "schema": limit},
    ]


_LINK: Part = {
    "Link": {"description": "RFC 8288: the next page", "schema": {"type": "string"}},
    "Cache-Control": {"schema": {"const": "no-store"}},
}
_OPERATORS = (P.TOKEN, P.SCOPE, P.MALFORMED)


def _published(summary: str, *, has_body: bool) -> Part:
    whole_file: Part = {"description": "the file"}
    if has_body:
        whole_file["content"] = {"*/*": {"schema": {"type": "string"}}}
    return {
        "summary": summary,
        "parameters": [
            {
                "name": "path",
                "in": "path",
                "required": True,
                "description": "as TUF names files; it may have further parts",
                "schema": text("[A-Za-z0-9_-][A-Za-z0-9._-]*"),
                "example": "metadata/timestamp.json",
            }
        ],
        "responses": {
            "200": whole_file,
            "206": {"description": "a part of it (RFC 9110, section 14)"},
            "304": {"description": "it has not changed"},
            "416": {"description": "there is no such part"},
            **problems([P.NOT_FOUND]),
        },
    }


PATHS: dict[str, dict[str, Any]] = {
    "/healthz": {
        "get": {
            "summary": "Say that the centre answers",
            "responses": {"200": answer("it does", "Alive")},
        }
    },
    "/v1/enrolments": {
        "post": _signed(
            "Turn a machine into a terminal by an operator's one-time code",
            {"201": answer("the terminal's identity, signed", "Enrolment")},
            (
                *(P.SIGNATURE, P.TOO_LARGE, P.ENCODING, P.MALFORMED),
                *(P.CODE_UNKNOWN, P.CODE_USED, P.CODE_EXPIRED),
            ),
            parameters=[*_HEADERS, _DIGEST, _CODING],
            requestBody=json_body(
                "EnrolmentRequest",
                {
                    "code_id": _DIGITS["16"],
                    "proof": _DIGITS["64"],
                    "public_key": _DIGITS["43"],
                    "seal_key": _DIGITS["43"],
                },
                "signed by the new key, under the code's id",
            ),
        )
    },
    "/v1/terminals/{terminal}/journal": {
        "post": _signed(
            "Take a batch of the journal in; durable when answered",
            {"200": answer("how far the journal is held, signed", "Acknowledgement")},
            (*_WITH_BODY, P.GAP, P.FORK, P.EPOCH),
            parameters=_of_terminal(has_body=True),
            requestBody=_batch("a head line, then 1 to 500 entries; 1 MiB at most"),
        )
    },
    "/v1/terminals/{terminal}/journal/head": {
        "get": _signed(
            "Say how far the journal is held",
            {"200": answer("signed, as after an upload", "Acknowledgement")},
            _SIGNED,
            parameters=_of_terminal(has_body=False),
        )
    },
    "/v1/terminals/{terminal}/checkpoint": {
        "post": _signed(
            "Take a terminal's word on its journal and itself",
            {"200": answer("how far it is held, and orders; signed", "CheckpointAnswer")},
            (*_WITH_BODY, P.FORK, P.EPOCH),
            parameters=_of_terminal(has_body=True),
            requestBody=json_body(
                "Telling",
                {
                    "checkpoint": "scan-terminal/gate-7/3\n17\n<base64>\n\n— gate-7 <base64>\n",
                    "health": {"clock": "trusted", "queued": 3},
                },
                "a signed note, and how the terminal does",
            ),
        )
    },
    "/v1/terminals/{terminal}/quarantine": {
        "post": _signed(
            "Keep entries of an epoch that has ended",
            {"200": answer("what is kept, signed", "Quarantined")},
            (*_WITH_BODY, P.GAP, P.EPOCH),
            parameters=_of_terminal(has_body=True),
            requestBody=_batch("as an upload"),
        )
    },
    "/v1/approvals": {
        "post": _signed(
            "Give the centre's word on one event before it happens",
            {"200": answer("approved or declined, signed", "Approval")},
            (P.SIGNATURE, P.CLOCK, P.TOO_LARGE, P.ENCODING, P.MALFORMED, P.KEY_USED),
            parameters=[*_HEADERS, _DIGEST, _CODING],
            requestBody=json_body(
                "ApprovalRequest",
                {
                    "key": "0" * 16,
                    "at": 1_800_000_000,
                    "lane": "counter-1",
                    "type": "sale",
                    "sector": "sector-1",
                    "pseudonym": _DIGITS["32"],
                    "presentation": _DIGITS["32"],
                    "amount_minor": 1_250,
                    "currency": "CNY",
                },
                "one event",
            ),
        )
    },
    "/v1/queries": {
        "post": _signed(
            "Tell which subsidies were paid to the holder of a card",
            {"200": answer("what was paid, signed", "QueryAnswer")},
            (P.SIGNATURE, P.CLOCK, P.SUSPENDED, P.TOO_LARGE, P.ENCODING, P.MALFORMED),
            parameters=[*_HEADERS, _DIGEST, _CODING],
            requestBody=json_body(
                "Query",
                {
                    "key": "0" * 16,
                    "query": "subsidies",
                    "at": 1_800_000_000,
                    "lane": "kiosk-1",
                    "sector": "sector-1",
                    "pseudonym": _DIGITS["32"],
                },
                "one question, of a card that was shown and granted",
            ),
        )
    },
    "/v1/events": {
        "get": {
            "summary": "Hand out entries as CloudEvents behind a cursor",
            "security": [{BEARER: ["events"]}],
            "parameters": _page(whole((1 << 63) - 2), EVENTS_MAX, EVENTS_DEFAULT),
            "responses": {
                "200": answer(
                    "a batch",
                    "Events",
                    media="application/cloudevents-batch+json",
                    headers=_LINK,
                ),
                **problems(_OPERATORS),
            },
        }
    },
    "/v1/health": {
        "get": {
            "summary": "Tell how terminals do, by id",
            "security": [{BEARER: ["health"]}],
            "parameters": _page(text("[A-Za-z0-9._-]{0,64}"), TERMINALS_MAX, TERMINALS_DEFAULT),
            "responses": {
                "200": answer("a page", "HealthPage", headers=_LINK),
                **problems(_OPERATORS),
            },
        }
    },
    "/tuf/{path}": {
        "get": _published("Hand out a file of the TUF repository", has_body=True),
        "head": _published("The same without its octets", has_body=False),
    },
}
