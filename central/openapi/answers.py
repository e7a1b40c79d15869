"""Answers and bodies of operations, and their examples."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from protocol.problems import CONTENT_TYPE, STATUS_OF, Problem, ProblemCode

Part = dict[str, Any]

_DETAILS = {
    ProblemCode.GAP: (("need", 4_711),),
    ProblemCode.FORK: (("at", 4_711), ("evidence", '{"terminal":"gate-7",...}')),
    ProblemCode.MALFORMED: (("line", 2),),
}
_RETRY: Part = {
    "Retry-After": {
        "description": "seconds within which to come back, at a moment of the client's own drawing",
        "schema": {"type": "integer", "minimum": 1},
    }
}
_CHALLENGE: Part = {
    "WWW-Authenticate": {"schema": {"const": "Bearer"}, "description": "RFC 6750"},
}
_TOO_MANY = 429


def ref(name: str) -> Part:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def answer(what: str, name: str, *, media: str = "application/json", **more: object) -> Part:
    """Return an answer that carries a document of schema `name`."""
    return {"description": what, "content": {media: {"schema": ref(name)}}, **more}


def json_body(name: str, example: object, what: str) -> Part:
    """Return a request body of schema `name`."""
    content = {"application/json": {"schema": ref(name), "example": example}}
    return {"required": True, "description": what, "content": content}


def problems(codes: Iterable[ProblemCode]) -> Part:
    """Return the answers that refuse, by status; all may be overloaded."""
    by_status: defaultdict[int, list[ProblemCode]] = defaultdict(list)
    for code in [*codes, ProblemCode.OVERLOADED]:
        by_status[STATUS_OF[code]].append(code)
    by_status[_TOO_MANY] = [ProblemCode.OVERLOADED]
    return {str(status): _refusal(status, found) for status, found in sorted(by_status.items())}


def _refusal(status: int, codes: list[ProblemCode]) -> Part:
    schema = {
        "allOf": [
            ref("Problem"),
            {"properties": {"title": {"enum": [code.value for code in codes]}}},
        ]
    }
    examples = {code.value: {"value": _example(status, code)} for code in codes}
    refusal: Part = {
        "description": ", ".join(code.value for code in codes),
        "content": {CONTENT_TYPE: {"schema": schema, "examples": examples}},
    }
    if ProblemCode.OVERLOADED in codes:
        refusal["headers"] = _RETRY
    elif ProblemCode.TOKEN in codes:
        refusal["headers"] = _CHALLENGE
    return refusal


def _example(status: int, code: ProblemCode) -> Part:
    problem = Problem(code=code, detail="what is wrong", members=_DETAILS.get(code, ()))
    return problem.document() | {"status": status}
