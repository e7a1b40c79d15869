import base64
import datetime as dt
import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    InvalidSignature,
    MappingKeyResolver,
)
from http_message_signatures.algorithms import ED25519

from protocol.http_signature import (
    Request,
    SignatureMissing,
    content_digest,
    read_signature,
    sign_request,
    signature_base,
)
from protocol.keys import SigningKey
from tests.support.cards import ISSUER, STRANGER, public
from verifier.model import UnixSeconds
from verifier.signature import is_signed_by
from verifier.trust import base64url

CREATED = UnixSeconds(1_700_000_000)  # in the past of the oracle, which reads the real clock
KEY = SigningKey(bytes(ISSUER))
KEY_ID = "terminal-0007"
PATH = "/v1/terminals/terminal-0007/journal"
POST = Request(
    method="POST",
    path=PATH,
    headers={"content-type": "application/x-ndjson", "content-encoding": "gzip", "x-other": "y"},
    body=b"\x1f\x8bbody",
)
GET = Request(method="GET", path=PATH + "/head", headers={}, body=b"")
REQUESTS = pytest.mark.parametrize("request_", [POST, GET], ids=["POST", "GET"])


def signed(request: Request, key: SigningKey = KEY) -> Request:
    added = sign_request(request, key=key, key_id=KEY_ID, now=CREATED)
    return replace(request, headers={**request.headers, **added})


def holds(request: Request) -> bool:
    """Return whether the centre would believe the request."""
    try:
        return read_signature(request).is_by(public(ISSUER))
    except SignatureMissing:
        return False


def with_headers(request: Request, **changes: str | None) -> Request:
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    headers = {**request.headers, **named}
    return replace(
        request, headers={name: value for name, value in headers.items() if value is not None}
    )


def test_signature_base_is_that_of_rfc_9421(shared: Path) -> None:
    vector = json.loads((shared / "vectors/rfc9421-ed25519/b26.json").read_bytes())
    headers = {name.lower(): value for name, value in vector["request"]["headers"]}
    components = [
        ("date", headers["date"]),
        ("@method", vector["request"]["method"]),
        ("@path", vector["request"]["target"].partition("?")[0]),
        ("@authority", headers["host"]),
        ("content-type", headers["content-type"]),
        ("content-length", headers["content-length"]),
    ]
    parameters = vector["signature_input"].removeprefix("sig-b26=")
    base = signature_base(components, parameters)
    assert base.decode() == vector["signature_base"]
    signature = base64.b64decode(vector["signature_b64"])
    assert is_signed_by(base64url(vector["jwk"]["x"]), base, signature)
    assert SigningKey(base64url(vector["jwk"]["d"])).sign(base) == signature


@REQUESTS
def test_requests_round_trip(request_: Request) -> None:
    read = read_signature(signed(request_))
    assert (read.key_id, read.created_at) == (KEY_ID, CREATED)
    assert read.is_by(public(ISSUER))
    assert not read.is_by(public(STRANGER))


def test_headers_are_those_of_the_document() -> None:
    added = sign_request(POST, key=KEY, key_id=KEY_ID, now=CREATED)
    assert added["signature-input"] == (
        'st=("@method" "@path" "content-digest" "content-encoding" "content-type")'
        ';created=1700000000;keyid="terminal-0007";alg="ed25519";tag="scan-terminal"'
    )
    digest = base64.b64encode(hashlib.sha256(POST.body).digest()).decode()
    assert added["content-digest"] == content_digest(POST.body) == f"sha-256=:{digest}:"
    assert set(added) == {"signature-input", "signature", "content-digest"}
    bare = sign_request(GET, key=KEY, key_id=KEY_ID, now=CREATED)
    assert bare["signature-input"].startswith('st=("@method" "@path");created=')
    assert set(bare) == {"signature-input", "signature"}


@pytest.mark.parametrize("leave_out", ["content-encoding", "content-type"])
def test_header_that_a_request_has_not_is_not_covered(leave_out: str) -> None:
    headers = {name: value for name, value in POST.headers.items() if name != leave_out}
    assert holds(signed(replace(POST, headers=headers)))


# What an attacker on the wire may change.


@REQUESTS
@pytest.mark.parametrize(
    "changes",
    [{"method": "PUT"}, {"path": "/v1/terminals/terminal-0008/journal"}, {"body": b"other"}],
    ids=repr,
)
def test_other_method_path_or_body_is_refused(
    request_: Request, changes: dict[str, str | bytes]
) -> None:
    assert holds(signed(request_))
    assert not holds(replace(signed(request_), **changes))  # type: ignore[arg-type]  # by name


def test_request_whose_body_was_taken_away_is_refused() -> None:
    assert not holds(replace(signed(POST), body=b""))


def test_body_given_to_a_request_that_had_none_is_refused() -> None:
    altered = replace(signed(GET), body=b"x")
    assert not holds(altered)
    assert not holds(with_headers(altered, content_digest=content_digest(b"x")))


@pytest.mark.parametrize(
    "changes",
    [
        {"content_type": "text/plain"},
        {"content_encoding": "zstd"},
        {"content_encoding": None},
        {"content_type": None},
        {"content_digest": None},
        {"content_digest": content_digest(b"other")},
        {"content_digest": content_digest(POST.body).replace("sha-256", "sha-512")},
        {"content_digest": content_digest(POST.body) + ", sha-512=:AA==:"},
        {"signature": None},
        {"signature_input": None},
        {"signature": "st=::"},
        {"signature": "st=:" + "A" * 86 + "==:"},
        {"signature": "st=:" + "A" * 84 + ":"},
        {"signature": "sig1=:" + "A" * 86 + "==:"},
        {"signature_input": ""},
    ],
    ids=repr,
)
def test_altered_or_missing_header_is_refused(changes: dict[str, str | None]) -> None:
    assert not holds(with_headers(signed(POST), **changes))


def test_header_added_behind_the_signers_back_is_refused() -> None:
    headers = {"content-type": "application/x-ndjson"}
    plain = signed(replace(POST, headers=headers))
    assert holds(plain)
    assert not holds(with_headers(plain, content_encoding="gzip"))


def test_other_header_may_change_and_white_space_around_a_value_too() -> None:
    """Proxies add headers; RFC 9421, section 2.1, trims values."""
    assert holds(with_headers(signed(POST), x_other="z", via="1.1 proxy"))
    assert holds(with_headers(signed(POST), content_type=" application/x-ndjson\t"))


def test_altered_digest_with_its_body_is_refused() -> None:
    body = b"other"
    altered = with_headers(replace(signed(POST), body=body), content_digest=content_digest(body))
    assert read_signature(altered)
    assert not holds(altered)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("created=1700000000", "created=1700000001"),
        ("terminal-0007", "terminal-0008"),
        ("ed25519", "rsa-pss-sha512"),
        ('tag="scan-terminal"', 'tag="other"'),
        (';tag="scan-terminal"', ""),
        (';alg="ed25519"', ""),
        ("created=1700000000", "created=-1"),
        ("created=1700000000", "created=1700000000.0"),
        ("created=1700000000", "created=١٧"),  # digits to Python
        ("st=", "sig1="),
        ("st=", "ST="),
        ('"@method" "@path"', '"@path" "@method"'),
        ('"@method" ', ""),
        ('"@path" ', ""),
        (' "content-digest"', ""),
        (' "content-encoding"', ""),
        ('"content-type")', '"content-type" "x-other")'),
        ('"@method"', '"@method";req'),
        ('"@method" "@path"', '"@method" "@method" "@path"'),
        (")", ") "),
        (';tag="scan-terminal"', ';tag="scan-terminal";expires=1'),
        (';tag="scan-terminal"', ';tag="scan-terminal", st2=()'),
    ],
)
def test_altered_parameters_are_refused(old: str, new: str) -> None:
    request = signed(POST)
    given = request.headers["signature-input"]
    assert given.count(old) == 1
    assert not holds(with_headers(request, signature_input=given.replace(old, new)))


@pytest.mark.parametrize(
    "covered",
    [
        '"@method" "@path"',
        '"@method" "content-digest"',
        '"@method" "@path" "content-digest"',
        '"@method" "@path" "content-digest" "content-type"',
    ],
)
def test_signature_that_leaves_something_out_is_refused_though_it_is_valid(covered: str) -> None:
    """The signer chose what to cover: a library would accept it, our profile must not."""
    request = signed(POST)
    names = [name.strip('"') for name in covered.split(" ")]
    values = {"@method": POST.method, "@path": POST.path, **request.headers}
    parameters = f'({covered});created={CREATED};keyid="{KEY_ID}";alg="ed25519";tag="scan-terminal"'
    signature = KEY.sign(signature_base([(name, values[name]) for name in names], parameters))
    altered = with_headers(
        request,
        signature_input=f"st={parameters}",
        signature=f"st=:{base64.b64encode(signature).decode()}:",
    )
    with pytest.raises(SignatureMissing, match="cover"):
        read_signature(altered)


@pytest.mark.parametrize("path", ["/a b", "/柜台", "/a%20b", "/"])
def test_paths_are_signed_as_they_are_sent(path: str) -> None:
    assert holds(signed(replace(POST, path=path)))


# The http-message-signatures library as an oracle, both ways.


@dataclass
class Message:
    """What the library reads of a request."""

    method: str
    url: str
    headers: dict[str, str]


def message(request: Request) -> Message:
    url = f"https://centre.example{request.path}"
    return Message(method=request.method, url=url, headers=dict(request.headers))


def resolver() -> MappingKeyResolver:
    private = Ed25519PrivateKey.from_private_bytes(bytes(ISSUER))
    return MappingKeyResolver(
        public_keys={KEY_ID: private.public_key()}, private_keys={KEY_ID: private}
    )


def verifier() -> HTTPMessageVerifier:
    return HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=resolver())


@REQUESTS
def test_library_verifies_our_requests(request_: Request) -> None:
    ours = message(signed(request_))
    (result,) = verifier().verify(ours, expect_tag="scan-terminal", max_age=None)
    assert '"@path"' in result.covered_components
    altered = replace(ours, method="DELETE")
    with pytest.raises(InvalidSignature):
        verifier().verify(altered, expect_tag="scan-terminal", max_age=None)


@REQUESTS
def test_we_verify_the_librarys_requests(request_: Request) -> None:
    covered = ["@method", "@path"]
    headers = dict(request_.headers)
    if request_.body:
        headers["content-digest"] = content_digest(request_.body)
        covered += ["content-digest", "content-encoding", "content-type"]
    theirs = message(replace(request_, headers=headers))
    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=resolver()).sign(
        theirs,
        key_id=KEY_ID,
        created=dt.datetime.fromtimestamp(CREATED, tz=dt.UTC),
        label="st",
        tag="scan-terminal",
        covered_component_ids=covered,
        use_existing_digest=bool(request_.body),
    )
    lowered = {name.lower(): value for name, value in theirs.headers.items()}
    read = read_signature(replace(request_, headers=lowered))
    assert read.is_by(public(ISSUER))
    assert lowered["signature"] == signed(request_).headers["signature"]
