"""The description is whole: every route, every problem, every example in the form it names."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.openapi.utils import get_openapi
from jsonschema_rs import validator_for

from central.app import create_app
from central.openapi.document import openapi_document
from central.site import Site
from protocol.problems import STATUS_OF

_PUBLISHED = "/{top}/{rest}"  # takes what nothing else has taken; only /tuf is there


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


def test_every_route_is_described_and_nothing_else(site: Site, document: dict[str, Any]) -> None:
    with pytest.warns(UserWarning, match="Duplicate Operation ID published"):  # GET and HEAD
        found = get_openapi(title="", version="", routes=create_app(site).routes)["paths"]
    routes = {
        ("/tuf/{path}" if path == _PUBLISHED else path, method)
        for path, item in found.items()
        for method in item
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert routes == described


def test_document_is_json_and_names_only_what_it_holds(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for part in text.split('"$ref": "')[1:]:
        place: Any = document
        for name in part.partition('"')[0].removeprefix("#/").split("/"):
            place = place[name]
        assert place


def test_every_refusal_stands_under_its_status_with_an_example(document: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    validator, seen = validator_for(schema), set()
    for item in document["paths"].values():
        for operation in item.values():
            for status, told in operation["responses"].items():
                content = told.get("content", {}).get("application/problem+json", {})
                for name, example in content.get("examples", {}).items():
                    validator.validate(example["value"])
                    assert example["value"]["title"] == name
                    assert example["value"]["status"] == int(status)
                    seen.add(name)
    assert seen == {code.value for code in STATUS_OF}


def test_bodies_have_examples_in_their_form(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for operation in item.values():
            content = operation.get("requestBody", {}).get("content", {})
            for told in content.values():
                schema = told["schema"] | {"components": document["components"]}
                validator_for(schema).validate(told["example"])
            assert operation["summary"], path


def test_words_of_the_wire_stand_in_the_protocols_page(document: dict[str, Any]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text("utf-8")
    for path in document["paths"]:
        told = path.replace("{terminal}", "{id}").replace("{path}", "")
        assert path == "/healthz" or told in page or told.rpartition("/")[2] in page, path
