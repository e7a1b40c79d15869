import pytest

from protocol.problems import STATUS_OF, Problem, ProblemCode, read_problem


def test_every_code_has_its_status() -> None:
    assert set(STATUS_OF) == set(ProblemCode)
    assert {code.value: code and STATUS_OF[code] for code in ProblemCode} == {
        "gap": 409,
        "fork": 409,
        "epoch": 409,
        "clock": 401,
        "signature": 401,
        "suspended": 403,
        "too-large": 413,
        "encoding": 415,
        "malformed": 422,
        "code-unknown": 404,
        "code-used": 409,
        "code-expired": 410,
        "not-found": 404,
        "overloaded": 503,
        "token": 401,
        "scope": 403,
        "key-used": 409,
    }


@pytest.mark.parametrize("code", list(ProblemCode))
def test_problems_round_trip(code: ProblemCode) -> None:
    problem = Problem(code=code, detail="what to do", members=(("need", 7),))
    assert read_problem(problem.document()) == problem


def test_document_is_that_of_rfc_9457() -> None:
    problem = Problem(code=ProblemCode.FORK, detail="another chain", members=(("at", 12),))
    assert problem.document() == {
        "type": "urn:scan-terminal:problem:fork",
        "title": "fork",
        "status": 409,
        "detail": "another chain",
        "at": 12,
    }


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "gap",
        {},
        {"type": 7},
        {"type": "about:blank"},
        {"type": "urn:scan-terminal:problem:"},
        {"type": "urn:scan-terminal:problem:unheard-of"},
        {"title": "gap", "status": 409},
    ],
    ids=repr,
)
def test_answer_that_is_none_of_ours_is_told_apart(document: object) -> None:
    """A proxy's own 409 must not be taken for the centre's opinion of the journal."""
    assert read_problem(document) is None


def test_members_nobody_asked_for_and_mistyped_ones_are_left_out() -> None:
    document = {"type": "urn:scan-terminal:problem:gap", "need": True, "at": [1], "line": 3, "x": 1}
    problem = read_problem({**document, "detail": "y" * 10_000})
    assert problem is not None
    assert problem.members == (("line", 3),)
    assert len(problem.detail) == 500


def test_words_of_a_refusal_can_be_written_to_a_log() -> None:
    """Nobody has signed them; half of a UTF-16 pair has no octets."""
    problem = Problem(
        code=ProblemCode.FORK,
        detail="an\udfff end\nCRITICAL \x1b[2J",
        members=(("at", 3), ("evidence", "\ud800")),
    )
    read = read_problem(problem.document())
    assert read is not None
    assert (read.detail, read.members) == ("an? end?CRITICAL ?[2J", (("at", 3),))
