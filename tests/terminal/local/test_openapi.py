"""The interface answers as its document says, to what is in form and to what is not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema_rs import validator_for
from requests.auth import AuthBase
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from terminal.local.openapi import openapi_document
from terminal.local.problem_words import WORDS
from terminal.local.problems import OF_VISITS, STATUS_OF, LocalProblem
from terminal.local.routes import Resources
from tests.support.local_service import Counter, counter

# Of each operation in each mode; the same ones at each run.
EXAMPLES = 15

_PATHS: dict[str, dict[str, Any]] = openapi_document()["paths"]
_OPERATIONS = [(path, method) for path, item in _PATHS.items() for method in item]
# A request whose key nobody knows, or a lane that is taken, is in form and refused all the same.
_BEYOND = [positive_data_acceptance]


class Token(AuthBase):
    """Gives a good token, whatever was made up."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    fast = {"requests_burst": 100_000, "streams_of_client_max": 0}
    with counter(tmp_path_factory.mktemp("api"), limits=fast) as opened:
        yield opened


@pytest.fixture(scope="module")
def schema() -> BaseSchema:
    return schemathesis.openapi.from_dict(_unsecured())


def test_published_document_is_the_one_that_is_served(till: Counter, docs: Path) -> None:
    published = json.loads((docs / "local-interface.openapi.json").read_text(encoding="utf-8"))
    assert published == openapi_document() == till.send("GET", "/openapi.json").json()


def test_every_route_is_described_and_nothing_else() -> None:
    routes = Resources(None, None, None).routes()  # type: ignore[arg-type]  # nothing is asked
    found = {
        (route.path, method.lower())
        for route in routes
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert found == set(_OPERATIONS)


def test_every_refusal_has_words_and_an_example_in_form() -> None:
    components = openapi_document()["components"]
    schema = {"$ref": "#/components/schemas/Problem", "components": components}
    validator, seen = validator_for(schema), set()
    for item in _PATHS.values():
        for operation in item.values():
            for status, told in operation["responses"].items():
                content = told.get("content", {}).get("application/problem+json", {})
                for name in content.get("examples", {}):
                    example = components["examples"][name]
                    validator.validate(example["value"])
                    assert example["value"]["status"] == int(status)
                    seen.add(name)
    assert seen == {problem.value for problem in LocalProblem if problem not in OF_VISITS}
    assert WORDS.keys() == STATUS_OF.keys()


@pytest.mark.parametrize("problem", LocalProblem, ids=lambda problem: problem.value)
def test_every_refusal_is_explained_in_the_page(problem: LocalProblem, docs: Path) -> None:
    page = (docs / "local-interface.md").read_text(encoding="utf-8")
    row = f"| `{problem.value}` | {STATUS_OF[problem]} |"
    assert row in page, f"docs/local-interface.md lacks {row}"


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), _OPERATIONS)
def test_every_answer_is_one_that_the_document_tells(
    till: Counter, schema: BaseSchema, path: str, method: str, mode: GenerationMode
) -> None:
    operation = schema[path][method.upper()]
    if mode is GenerationMode.NEGATIVE and not operation.definition.raw.get("parameters"):
        return  # nothing can be out of form there

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def hold(case: Case) -> None:
        case.call_and_validate(
            base_url=till.url, auth=Token(till.token()), timeout=20, excluded_checks=_BEYOND
        )

    hold()


def _unsecured() -> dict[str, Any]:
    """Return the document without its token, which is ours to give."""
    document: dict[str, Any] = json.loads(json.dumps(openapi_document()))
    del document["security"]
    return document
