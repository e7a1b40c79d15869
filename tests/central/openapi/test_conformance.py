"""The centre answers as its OpenAPI document says, to what is in form and to what is not.

Schemathesis makes the requests; each is signed by a real terminal, or else nothing but the
refusal of the signature would ever be seen.
"""

import copy
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from requests.auth import AuthBase
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from central.openapi.document import openapi_document
from central.openapi.operations import PATHS
from central.publishing import publish
from central.records import Scope
from central.site import init_site
from central.tokens import make_token
from protocol.batch import batch_octets
from protocol.http_signature import Request, sign_request
from tests.central.peers import START, RunningCentre, SetClock, Terminal, lines, running

# Of each operation in each mode: what a suite of a few minutes has time for. The same ones at
# each run; `make` no larger, for a finding is a test of its own.
EXAMPLES = 12

_OPERATIONS = [(path, method) for path, item in PATHS.items() for method in item]
# What no schema can say: the lines of a batch, a note that is signed within the document, and the
# sector that this centre gives to terminals.
_FORM = [positive_data_acceptance, negative_data_rejection]
_BEYOND_SCHEMAS = {
    "/v1/terminals/{terminal}/journal": _FORM,
    "/v1/terminals/{terminal}/quarantine": _FORM,
    "/v1/terminals/{terminal}/checkpoint": [positive_data_acceptance],
    "/v1/approvals": [positive_data_acceptance],
    "/v1/queries": [positive_data_acceptance],  # its moment is one of now
}
_NOTHING_ASKED = {"/healthz", "/v1/terminals/{terminal}/journal/head"}
_SENT_BY_US = ("Signature", "Signature-Input", "Content-Digest", "Authorization")


class Signed(AuthBase):
    """Signs a request as it stands, by a terminal's key, or gives an operator's token."""

    def __init__(self, terminal: Terminal, token: str) -> None:
        self._terminal, self._token = terminal, token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        octets = body.encode() if isinstance(body, str) else bytes(body)
        path = request.path_url.partition("?")[0]
        for name in _SENT_BY_US:
            request.headers.pop(name, None)
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        signed = sign_request(
            Request(method=str(request.method), path=path, headers=headers, body=octets),
            key=self._terminal.key,
            key_id=self._terminal.name,
            now=START,
        )
        request.headers.update(signed)
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:

    site = init_site(tmp_path_factory.mktemp("api") / "centre", issuer="city.example", now=START)
    publish(site, START)
    with running(site, SetClock()) as centre:
        yield centre


@pytest.fixture(scope="module")
def signed(served: RunningCentre) -> Signed:
    terminal = served.enrolled("gate-7")
    first = terminal.batch(lines(1, 1, 3), first=1)
    schemathesis.openapi.media_type(
        "application/x-ndjson", st.sampled_from([batch_octets(first), b"", b"{}\n", b"\xff" * 100])
    )
    with closing(served.site.open_store()) as store:
        token, _ = make_token(store, "reader", frozenset(Scope), days=1, now=START)
    return Signed(terminal, token)


def _operation(path: str, method: str) -> APIOperation:
    """Return an operation without its signature and token, which are ours to give."""
    document = copy.deepcopy(openapi_document())
    for item in document["paths"].values():
        for told in item.values():
            told.pop("security", None)
            told["parameters"] = [p for p in told.get("parameters", ()) if p["in"] != "header"]
    return schemathesis.openapi.from_dict(document)[path][method.upper()]


def test_document_is_served_as_it_is(served: RunningCentre) -> None:
    answer = requests.get(f"{served.url}/openapi.json", timeout=20)
    assert answer.json() == openapi_document()


def _has_fraction(body: object) -> bool:
    """Return whether a number is written as 5.0: whole for JSON Schema, and not for the wire."""
    values = body.values() if isinstance(body, dict) else ()
    return any(isinstance(value, float) for value in values)


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), _OPERATIONS)
def test_every_answer_is_one_that_the_document_tells(
    served: RunningCentre, signed: Signed, path: str, method: str, mode: GenerationMode
) -> None:
    own = {"terminal": "gate-7"} if "{terminal}" in path else None
    operation = _operation(path, method)
    if mode is GenerationMode.NEGATIVE and path in _NOTHING_ASKED:
        return  # nothing can be out of form there

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode, path_parameters=own))
    def hold(case: Case) -> None:
        assume(not _has_fraction(case.body))
        case.call_and_validate(
            base_url=served.url,
            auth=signed,
            timeout=20,
            excluded_checks=_BEYOND_SCHEMAS.get(path, []),
        )

    hold()
