from terminal.errors import TerminalError
from terminal.local.problems import STATUS_OF, LocalProblem, RequestRefused


def test_every_problem_has_a_status_that_says_no() -> None:
    assert STATUS_OF.keys() == set(LocalProblem)
    assert all(400 <= status <= 599 for status in STATUS_OF.values())


def test_a_refusal_carries_its_code_and_status() -> None:
    refused = RequestRefused(LocalProblem.LANE_TAKEN, "lane pharmacy-1 has an open request")
    assert isinstance(refused, TerminalError)
    assert refused.status == 409
    assert str(refused) == "lane-taken: lane pharmacy-1 has an open request"
