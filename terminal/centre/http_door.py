"""The one door to `requests`: one request at a time, bounded in time and octets."""

import json
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, LocationParseError

from protocol.problems import CONTENT_TYPE as PROBLEM_TYPE
from protocol.problems import read_problem
from terminal.centre.retry_after import retry_after_s
from terminal.errors import CentreRefused, CentreUnreachable
from terminal.request_watch import RequestWatch

# A phone network answers a SYN within 3 s or not at all; a loaded centre may think for 10.
CONNECT_S_MAX = 3.05
READ_S_MAX = 10.0
# The largest batch, 1 MiB, passes at 18 kB/s, a poor EDGE line; the rest is somebody who keeps
# us waiting octet by octet, which READ_S_MAX never ends.
REQUEST_S_MAX = 60.0
# A problem document or an acknowledgement is below 2 kB; a proxy's page of apologies below this.
ANSWER_OCTETS_MAX = 65_536
# What a read takes at once: as many are lost when the line goes in the midst of it.
_CHUNK_OCTETS = 8_192

# Its warnings are the peer's words and a traceback; what matters of them is in our exceptions.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer, whatever its status."""

    url: str
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def is_taken(self) -> bool:
        """Return whether it is what was asked for, or word that nothing changed."""
        return 200 <= self.status < 300 or self.is_unchanged

    @property
    def is_unchanged(self) -> bool:
        """Return whether it says that what we have is the newest."""
        return self.status == 304


class HttpDoor:
    """Sends requests. Not for two threads at once, but for `close`."""

    def __init__(self, *, ca_file: str | None = None, request_s_max: float = REQUEST_S_MAX) -> None:
        """Connect to nothing yet.

        Args:
            ca_file: certificates that a server's must descend from; None: the system's.
            request_s_max: seconds in which an answer must be whole.
        """
        self._verify: str | bool = True if ca_file is None else ca_file
        self._session = _Session()
        self._session.trust_env = False  # no environment variable redirects trust or traffic
        # Nobody on the way marks a terminal, or gives it words to say.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._watch = RequestWatch(request_s_max)
        adapter = _adapter(self._watch)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def close(self) -> None:
        """End the request in hand, whoever waits for it, and give the connections back."""
        self._watch.close()
        self._session.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        limit: int,
        body: bytes = b"",
        into: Callable[[Answer], bytearray] | None = None,
    ) -> Answer:
        """Return what is answered, whatever it is.

        Args:
            method: of HTTP.
            url: the whole address.
            headers: names in lower case.
            limit: the most octets of a body that are taken; a refusal may always fill a page.
            body: empty for none.
            into: given the answer's head, returns where its body is to be appended; what came
                before the line was cut stays there.

        Raises:
            CentreUnreachable: no answer, none in time, or a longer one.
        """
        request = requests.Request(
            method, url, headers={**headers, "accept-encoding": "identity"}, data=body or None
        )
        try:
            with self._watch.request():
                answer = self._exchanged(request, limit, into or (lambda _: bytearray()))
        except (requests.RequestException, HTTPError, OSError) as error:
            raise CentreUnreachable(f"{url}: {self._watch.reason or _said(error)}") from error
        if self._watch.reason:  # a line that is shut looks like the end of an answer
            raise CentreUnreachable(f"{url}: {self._watch.reason}")
        return answer

    def _exchanged(
        self, request: requests.Request, limit: int, into: Callable[[Answer], bytearray]
    ) -> Answer:
        response = self._session.send(
            self._session.prepare_request(request),
            timeout=(CONNECT_S_MAX, READ_S_MAX),
            verify=self._verify,
            allow_redirects=False,
            stream=True,
        )
        lowered = {name.lower(): value for name, value in response.headers.items()}
        head = Answer(url=request.url, status=response.status_code, headers=lowered, body=b"")
        octets = into(head)
        limit = limit if head.is_taken else max(limit, ANSWER_OCTETS_MAX)
        with response:
            for chunk in response.iter_content(_CHUNK_OCTETS):
                octets += chunk
                if len(octets) > limit:
                    raise CentreUnreachable(f"{request.url}: more than {limit} octets came")
        return replace(head, body=bytes(octets))


class _Session(requests.Session):
    """Follows no redirect, nor looks where one leads: what is no address there raises ValueError."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return that an answer leads nowhere else."""


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


def authorities(ca_file: str | None) -> str:
    """Return the file with the certificates that a server's must descend from.

    Args:
        ca_file: one of the settings; None: the one that requests brings.
    """
    return DEFAULT_CA_BUNDLE_PATH if ca_file is None else ca_file


def refusal(answer: Answer) -> CentreRefused | CentreUnreachable:
    """Return the exception for an answer that is not `is_taken`."""
    asked_s = retry_after_s(answer.headers)
    problem = None
    if answer.headers.get("content-type", "").startswith(PROBLEM_TYPE):
        try:
            problem = read_problem(json.loads(answer.body))
        except (ValueError, RecursionError):
            problem = None  # a document that can't be read is treated as any other bad answer
    if problem is None or answer.status >= 500:
        what = f"{answer.url}: HTTP status {answer.status}"
        return CentreUnreachable(what, asked_s, is_answer=True)
    return CentreRefused(problem, asked_s)


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
