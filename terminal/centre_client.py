"""The one door to `requests`: what the terminal asks of the centre, and every way it can fail."""

import gzip
import hashlib
import json
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, LocationParseError

from protocol import batch as batches
from protocol.batch import Batch, batch_octets
from protocol.enrolment import EnrolmentRequest
from protocol.http_signature import Request, sign_request
from protocol.keys import SigningKey
from protocol.problems import CONTENT_TYPE as PROBLEM_TYPE
from protocol.problems import read_problem
from protocol.trust_index import INDEX_OCTETS_MAX, INDEX_PATH, IndexedFile
from terminal.errors import CentreRefused, CentreUnreachable
from terminal.request_watch import RequestWatch
from verifier.model import UnixSeconds

# A phone network answers a SYN within 3 s or not at all; a loaded centre may think for 10.
CONNECT_S_MAX = 3.05
READ_S_MAX = 10.0
# The largest index or batch, 1 MiB, passes at 18 kB/s, a poor EDGE line; the rest is somebody
# who keeps us waiting octet by octet, which READ_S_MAX never ends.
REQUEST_S_MAX = 60.0
_ANSWER_OCTETS_MAX = 65_536
_CHUNK_OCTETS = 65_536

# Its warnings are the peer's words and a traceback; what matters of them is in our exceptions.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs the terminal's requests, and by which clock."""

    key: SigningKey
    key_id: str
    now: Callable[[], UnixSeconds]


class CentreClient:
    """Speaks to one centre. Not for two threads at once, but for `close`."""

    def __init__(
        self, url: str, *, ca_file: str | None = None, request_s_max: float = REQUEST_S_MAX
    ) -> None:
        """Connect to nothing yet.

        Args:
            url: of the centre; http or https.
            ca_file: certificates that its own must descend from; None: the system's.
            request_s_max: seconds in which an answer must be whole.
        """
        self._url = url.rstrip("/")
        self._base_path = urlsplit(self._url).path
        self._verify: str | bool = True if ca_file is None else ca_file
        self._index_tag: str | None = None
        self._session = requests.Session()
        self._session.trust_env = False  # no environment variable redirects trust or traffic
        self._watch = RequestWatch(request_s_max)
        adapter = _adapter(self._watch)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def close(self) -> None:
        """End the request in hand, whoever waits for it, and give the connections back."""
        self._watch.close()
        self._session.close()

    def trust_index(self) -> bytes | None:
        """Return the signed trust index; None: it is the one that this method gave last.

        Raises:
            CentreUnreachable, CentreRefused: as they say.
        """
        headers = {} if self._index_tag is None else {"If-None-Match": self._index_tag}
        answer = self._send("GET", f"/{INDEX_PATH}", headers=headers, limit=INDEX_OCTETS_MAX)
        if answer.status == requests.codes.not_modified:
            return None
        # A tag that anybody may have written could make the next, newer index look known.
        tag = f'"{hashlib.sha256(answer.body).hexdigest()}"'
        self._index_tag = tag if answer.headers.get("etag") == tag else None
        return answer.body

    def forget_index(self) -> None:
        """Ask for the whole index next time, for the last one could not be taken."""
        self._index_tag = None

    def trust_file(self, path: str, file: IndexedFile) -> bytes:
        """Return a file of the trust folder, not yet checked against the index.

        Raises:
            CentreUnreachable, CentreRefused: as they say.
        """
        return self._send("GET", f"/{path}", headers={}, limit=file.size).body

    def upload(self, batch: Batch, signer: Signer) -> bytes:
        """Send a batch and return the acknowledgement's octets, not yet believed.

        Raises:
            CentreUnreachable, CentreRefused: as they say.
        """
        body = gzip.compress(batch_octets(batch), compresslevel=6, mtime=0)
        headers = {"content-type": batches.CONTENT_TYPE, "content-encoding": "gzip"}
        path = f"/v1/terminals/{signer.key_id}/journal"
        return self._signed("POST", path, headers, body, signer)

    def enrol(self, request: EnrolmentRequest, signer: Signer) -> bytes:
        """Ask to become a terminal and return the answer's octets, not yet believed.

        Raises:
            CentreUnreachable, CentreRefused: as they say.
        """
        body = json.dumps(request.members(), separators=(",", ":")).encode()
        headers = {"content-type": "application/json"}
        return self._signed("POST", "/v1/enrolments", headers, body, signer)

    def _signed(
        self, method: str, path: str, headers: dict[str, str], body: bytes, signer: Signer
    ) -> bytes:
        request = Request(method=method, path=self._base_path + path, headers=headers, body=body)
        added = sign_request(request, key=signer.key, key_id=signer.key_id, now=signer.now())
        answer = self._send(
            method, path, headers=headers | added, body=body, limit=_ANSWER_OCTETS_MAX
        )
        return answer.body

    def _send(
        self, method: str, path: str, *, headers: dict[str, str], limit: int, body: bytes = b""
    ) -> "_Answer":
        """Return a 2xx or 304 answer; anything else is an exception."""
        try:
            with self._watch.request():
                response, octets = self._exchanged(method, path, headers, body, limit)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise CentreUnreachable(f"{self._url}: {self._watch.reason or _said(error)}") from error
        if self._watch.reason:  # a line that is shut looks like the end of an answer
            raise CentreUnreachable(f"{self._url}: {self._watch.reason}")
        if response.ok and not response.is_redirect:
            lowered = {name.lower(): value for name, value in response.headers.items()}
            return _Answer(status=response.status_code, headers=lowered, body=octets)
        raise _refusal(response, octets)

    def _exchanged(
        self, method: str, path: str, headers: dict[str, str], body: bytes, limit: int
    ) -> tuple[requests.Response, bytes]:
        """Return whatever is answered, and its body."""
        response = self._session.request(
            method,
            self._url + path,
            headers={**headers, "accept-encoding": "identity"},
            data=body or None,
            timeout=(CONNECT_S_MAX, READ_S_MAX),
            verify=self._verify,
            allow_redirects=False,
            stream=True,
        )
        with response:
            return response, _bounded(response, max(limit, _ANSWER_OCTETS_MAX))


def _adapter(watch: RequestWatch) -> HTTPAdapter:
    """Return what makes the connections; `watch` holds the socket of each."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return watch.hold(self, super()._new_conn())

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return watch.hold(self, super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    adapter = HTTPAdapter()
    adapter.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return adapter


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


def _bounded(response: requests.Response, limit: int) -> bytes:
    octets = bytearray()
    for chunk in response.iter_content(_CHUNK_OCTETS):
        octets += chunk
        if len(octets) > limit:
            raise CentreUnreachable(f"{response.url}: more than {limit} octets came")
    return bytes(octets)


def _refusal(response: requests.Response, octets: bytes) -> CentreRefused | CentreUnreachable:
    """Return the exception for an answer that is no success."""
    retry_after_s = _retry_after_s(response)
    problem = None
    if response.headers.get("content-type", "").startswith(PROBLEM_TYPE):
        try:
            problem = read_problem(json.loads(octets))
        except (ValueError, RecursionError):
            problem = None  # a document that can't be read is treated as any other bad answer
    if problem is None or response.status_code >= requests.codes.server_error:
        what = f"{response.url}: HTTP status {response.status_code}"
        return CentreUnreachable(what, retry_after_s)
    return CentreRefused(problem, retry_after_s)


def _retry_after_s(response: requests.Response) -> float:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0.0


def _said(error: Exception) -> str:
    """Return one short line for a person; requests' own texts run over several."""
    match error:
        case requests.exceptions.SSLError():
            return "the TLS certificate is not accepted; check centre.ca_file and the clock"
        case requests.exceptions.ConnectTimeout() | requests.exceptions.ReadTimeout():
            return "no answer in time"
        case requests.exceptions.InvalidURL() | LocationParseError():
            return "no such address can be; correct centre.url"
        case requests.exceptions.ConnectionError():
            return "no connection"
        case requests.RequestException() | HTTPError():
            return type(error).__name__
        case _:
            return "the certificates in centre.ca_file can't be read"
