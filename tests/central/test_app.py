"""The published folder and every error over HTTP."""

import socket
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

from protocol.batch import CONTENT_TYPE, batch_octets
from protocol.http_signature import content_digest
from tests.central.peers import START, RunningCentre, Terminal, lines, problem
from tests.central.published import file_of


def _get(centre: RunningCentre, path: str, **headers: str) -> requests.Response:
    return requests.get(centre.url + path, headers=headers, timeout=20)


def _keys(centre: RunningCentre) -> str:
    """Return the path of the trust list."""
    return f"/tuf/{file_of(centre.site, 'trust/keys.json').relative_to(centre.site.tuf)}"


def test_known_file_is_not_sent_again(centre: RunningCentre) -> None:
    path = _keys(centre)
    first = _get(centre, path)
    etag = first.headers["etag"]
    assert first.headers["content-type"] == "application/json"
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = _get(centre, path, **{"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert _get(centre, path, **{"if-none-match": '"other"'}).status_code == 200


def test_head_of_a_file_has_its_tag_and_no_body(centre: RunningCentre) -> None:
    path = _keys(centre)
    answer = requests.head(f"{centre.url}{path}", timeout=20)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"] == _get(centre, path).headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/tuf/metadata/nothing",
        "/tuf/metadata/",
        "/tuf/metadata",
        "/tuf",
        "/",
        "/keys/tuf/root-1.key",
        "/tuf/../../keys/tuf/root-1.key",
        "/tuf/%2e%2e/%2e%2e/keys/tuf/root-1.key",
        "/tuf/..%2f..%2fkeys/tuf/root-1.key",
        "/tuf//metadata/timestamp.json",
        "/tuf/metadata/.timestamp.json.new",
        "/tuf/targets/status/city.example",
        "/docs",
        "/v1/terminals/x/journal",
        "/tuf/metadata/timestamp.json%00",
    ],
)
def test_nothing_else_is_served(centre: RunningCentre, path: str) -> None:
    """Sent as it stands: a client library would tidy the path."""
    address = urlsplit(centre.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: c\r\nconnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"urn:scan-terminal:problem:not-found" in answer


def test_health_is_told(centre: RunningCentre) -> None:
    assert _get(centre, "/healthz").json() == {"status": "ok"}


def test_wrong_method_is_a_problem_document(centre: RunningCentre) -> None:
    answer = requests.delete(f"{centre.url}/v1/enrolments", timeout=20)
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    assert problem(answer)["title"] == "not-found"


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        assert key_id == self._terminal.name
        return Ed25519PrivateKey.from_private_bytes(self._terminal.key.seed)

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        return self.resolve_private_key(key_id).public_key()


def test_upload_signed_by_a_foreign_library_is_taken(
    centre: RunningCentre, terminal: Terminal
) -> None:
    body = batch_octets(terminal.batch(lines(1, 1, 2), first=1))
    request = requests.Request(
        "POST", centre.url + terminal.path, headers={"Content-Type": CONTENT_TYPE}, data=body
    ).prepare()
    request.headers["Content-Digest"] = content_digest(body)
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(terminal))
    signer.sign(
        request,
        key_id=terminal.name,
        created=datetime.fromtimestamp(START, UTC),
        label="st",
        tag="scan-terminal",
        covered_component_ids=("@method", "@path", "content-digest", "content-type"),
        body=body,
        use_existing_digest=True,
    )
    with requests.Session() as session:
        assert centre.acknowledged(session.send(request, timeout=20)).acked == 2


def test_our_signature_is_good_for_a_foreign_library(terminal: Terminal) -> None:
    sent = terminal.upload(1, 2).request
    verifier = HTTPMessageVerifier(
        signature_algorithm=algorithms.ED25519, key_resolver=_Keys(terminal)
    )
    verifier.max_clock_skew = timedelta(days=36_500)  # it reads the real clock, we do not
    (result,) = verifier.verify(
        sent,
        max_age=None,
        expect_tag="scan-terminal",
        expect_label="st",
        require_components=("@method", "@path", "content-digest"),
        body=sent.body,
    )
    assert result.parameters["keyid"] == terminal.name
