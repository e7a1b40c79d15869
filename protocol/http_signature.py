"""HTTP message signatures (RFC 9421) and Content-Digest (RFC 9530), in the one profile we speak.

A request is signed over its method, path, and where it has a body over the body's digest, type and
encoding; algorithm Ed25519, label `st`, tag `scan-terminal`. The range of a journal is idempotent,
so a replayed request does nothing; `created` is judged by the caller.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from protocol.keys import SigningKey
from verifier.model import UnixSeconds
from verifier.signature import SIGNATURE_BYTES, is_signed_by

_BODY_FIELDS = ("content-digest", "content-encoding", "content-type")
_INPUT = re.compile(
    r'st=(\((?P<fields>"[a-z@-]+"(?: "[a-z@-]+")*)\)'
    r';created=(?P<created>[0-9]{1,12});keyid="(?P<keyid>[A-Za-z0-9._-]{1,64})"'
    r';alg="ed25519";tag="scan-terminal")'
)
_SIGNATURE = re.compile(r"st=:([A-Za-z0-9+/]{86}==):")


class SignatureMissing(ValueError):  # noqa: N818  # the house's word for it
    """A request carries no signature of our profile; the text says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parts of a request that a signature covers; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature as read, before anybody believes it."""

    key_id: str
    created_at: UnixSeconds
    message: bytes
    signature: bytes

    def is_by(self, key: bytes) -> bool:
        """Return whether the 32-octet public `key` made it."""
        return is_signed_by(key, self.message, self.signature)


def content_digest(body: bytes) -> str:
    """Return the Content-Digest header of `body` (RFC 9530, section 2)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def signature_base(components: Sequence[tuple[str, str]], parameters: str) -> bytes:
    """Return the octets that are signed (RFC 9421, section 2.5).

    Args:
        components: name and value of each covered component, in order.
        parameters: the value of `@signature-params`, from the opening bracket on.
    """
    lines = [f'"{name}": {value}' for name, value in components]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def sign_request(
    request: Request, *, key: SigningKey, key_id: str, now: UnixSeconds
) -> dict[str, str]:
    """Return the headers to add to `request`: digest (where it has a body) and signature."""
    headers = dict(request.headers)
    if request.body:
        headers["content-digest"] = content_digest(request.body)
    covered = _covered(request.body, headers)
    names = " ".join(f'"{name}"' for name in covered)
    parameters = f'({names});created={now};keyid="{key_id}";alg="ed25519";tag="scan-terminal"'
    base = signature_base(_components(request, headers, covered), parameters)
    signature = base64.b64encode(key.sign(base)).decode()
    added = {"signature-input": f"st={parameters}", "signature": f"st=:{signature}:"}
    if request.body:
        added["content-digest"] = headers["content-digest"]
    return added


def read_signature(request: Request) -> Signed:
    """Return the signature on `request`; the digest is checked, the signature is not.

    Raises:
        SignatureMissing: none, or not of our profile, or the digest is another body's.
    """
    given = _INPUT.fullmatch(request.headers.get("signature-input", ""))
    signature = _SIGNATURE.fullmatch(request.headers.get("signature", ""))
    if given is None or signature is None:
        raise SignatureMissing("the request carries no signature labelled st of our profile")
    covered = tuple(name.strip('"') for name in given["fields"].split(" "))
    if covered != _covered(request.body, request.headers):
        raise SignatureMissing("the signature does not cover method, path and body")
    if request.body and request.headers.get("content-digest") != content_digest(request.body):
        raise SignatureMissing("the Content-Digest is not the body's")
    octets = base64.b64decode(signature[1])
    if len(octets) != SIGNATURE_BYTES:
        raise SignatureMissing("the signature is not 64 octets")
    return Signed(
        key_id=given["keyid"],
        created_at=UnixSeconds(int(given["created"])),
        message=signature_base(_components(request, request.headers, covered), given[1]),
        signature=octets,
    )


def _covered(body: bytes, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the components that must be covered, in order."""
    fields = tuple(name for name in _BODY_FIELDS if name in headers) if body else ()
    return ("@method", "@path", *fields)


def _components(
    request: Request, headers: Mapping[str, str], covered: Sequence[str]
) -> list[tuple[str, str]]:
    derived: dict[str, Callable[[], str]] = {
        "@method": lambda: request.method,
        "@path": lambda: request.path,
    }
    return [
        (name, derived[name]() if name in derived else headers[name].strip()) for name in covered
    ]
