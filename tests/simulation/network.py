"""What lies between terminals and centre, under `requests`: it does what networks do, by a seed."""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from random import Random
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.response import HTTPResponse

from protocol.problems import CONTENT_TYPE, Problem, ProblemCode
from tests.simulation.box import End
from tests.simulation.central_process import Asked, CentralProcess, Said
from tests.simulation.virtual_time import standing_in

# Requests that are on their way for long, or may be sent again by somebody: so many are kept.
_KEPT = 12


class SenderDied(BaseException):  # no fault of anything: the power is gone
    """The machine that waits for an answer lost its power, or its process."""


class Fault(Enum):
    """What becomes of a request and its answer."""

    UNREACHABLE = "unreachable"
    CUT_REQUEST = "request cut"
    LOST_ANSWER = "answer lost"
    CUT_ANSWER = "answer cut"
    DUPLICATE = "sent twice"
    TOGETHER = "sent twice at once"
    LATE = "comes later"
    AGAIN = "an old one again"
    PROXY = "a proxy's 502"
    PROXY_AFTER = "a proxy's 502 for a good answer"
    BUSY = "503"
    TOO_MANY = "429"
    FORGED = "a forged refusal"
    CENTRE_DIES = "centre dies"
    CENTRE_ANSWERED = "centre dies behind its answer"
    SENDER_DIES = "terminal dies"


# Refusals that anybody on the way may write: none is signed.
_FORGED: tuple[tuple[ProblemCode, dict[str, int | str]], ...] = (
    (ProblemCode.GAP, {"need": 1}),
    (ProblemCode.GAP, {"need": 7}),
    (ProblemCode.FORK, {"at": 3}),
    (ProblemCode.FORK, {"at": 3, "evidence": "{}"}),
    (ProblemCode.EPOCH, {}),
    (ProblemCode.CLOCK, {}),
    (ProblemCode.SUSPENDED, {}),
    (ProblemCode.TOO_LARGE, {}),
    (ProblemCode.MALFORMED, {"line": 2}),
)


@dataclass(slots=True, kw_only=True)
class Weather:
    """How often something happens; 0: never."""

    share: float = 0.0


class Network:
    """Carries requests from machines, named by the host that they ask, to the centre."""

    def __init__(
        self,
        centre: CentralProcess,
        random: Random,
        *,
        heard: Callable[[str, Asked, Said], None],
        left: Callable[[str], None],
    ) -> None:
        """Lead to `centre`.

        Args:
            centre: answers.
            random: decides.
            heard: is told of requests that the centre has answered for good, and from which host.
            left: is told whose request has come to its end, however.
        """
        self._centre, self._random, self._heard, self._left = centre, random, heard, left
        self._kept: list[Asked] = []
        self._late: list[Asked] = []
        self.weather = Weather()
        self.done: Counter[Fault] = Counter()
        self.requests = 0

    @contextmanager
    def under_requests(self) -> Iterator[None]:
        """Carry whatever the process sends by `requests`."""

        def send(_: HTTPAdapter, request: requests.PreparedRequest, **__: Any) -> Any:
            return self._sent(request)

        with standing_in(HTTPAdapter, "send", send):
            yield

    def arrive(self) -> None:
        """Let what was late come in now, all at once, in any order."""
        late, self._late = self._late, []
        self._random.shuffle(late)
        if late:
            self._centre.serve(late)
            self._centre.box.mark()

    def _sent(self, request: requests.PreparedRequest) -> requests.Response:
        asked, host = _asked(request)
        self.requests += 1
        fault = self._fault()
        try:
            said = self._carried(asked, host, fault)
        finally:
            self._left(host)
            self._centre.box.mark()
            self._kept = [*self._kept[1 - _KEPT :], asked]
        return _response(request, said, is_cut=fault is Fault.CUT_ANSWER)

    def _fault(self) -> Fault | None:
        if self._random.random() >= self.weather.share:
            return None
        fault = self._random.choice(tuple(Fault))
        self.done[fault] += 1
        return fault

    def _carried(self, asked: Asked, host: str, fault: Fault | None) -> Said:  # noqa: C901, PLR0911, PLR0912  # one line a fault
        centre, random = self._centre, self._random
        match fault:
            case Fault.UNREACHABLE:
                raise _broken()
            case Fault.CUT_REQUEST:
                part = asked.body[: random.randint(0, max(0, len(asked.body) - 1))]
                centre.serve([replace(asked, body=part, whole=False)])
                raise _broken()
            case Fault.LOST_ANSWER:
                self._served(asked, host)
                raise _broken()
            case Fault.DUPLICATE:
                self._served(asked, host)
            case Fault.TOGETHER:
                first, _ = map(_whole, centre.serve([asked, asked]))
                self._heard(host, asked, first)
                return first
            case Fault.LATE:
                self._late.append(asked)
                raise requests.exceptions.ReadTimeout
            case Fault.AGAIN if self._kept:
                centre.serve([random.choice(self._kept)])
            case Fault.PROXY:
                return _proxy(502)
            case Fault.PROXY_AFTER:
                self._served(asked, host)
                return _proxy(502)
            case Fault.BUSY:
                return _proxy(503, {"retry-after": str(random.choice((1, 30, 120)))})
            case Fault.TOO_MANY:
                return _refusal(ProblemCode.OVERLOADED, {}, status=429)
            case Fault.FORGED:
                return _refusal(*random.choice(_FORGED))
            case Fault.CENTRE_DIES:
                centre.serve([asked])
                centre.die(random.choice(tuple(End)))
                raise _broken()
            case Fault.CENTRE_ANSWERED:
                said = self._served(asked, host)
                centre.box.mark()
                centre.die(random.choice(tuple(End)))
                return said
            case Fault.SENDER_DIES:
                if random.random() < 0.5:
                    self._served(asked, host)
                raise SenderDied
            case _:
                pass
        return self._served(asked, host)

    def _served(self, asked: Asked, host: str) -> Said:
        (said,) = self._centre.serve([asked])
        told = _whole(said)
        self._heard(host, asked, told)
        return told


def _asked(request: requests.PreparedRequest) -> tuple[Asked, str]:
    parts = urlsplit(str(request.url))
    body = request.body or b""
    asked = Asked(
        method=str(request.method),
        path=parts.path,
        headers={str(name): str(value) for name, value in request.headers.items()},
        body=body.encode() if isinstance(body, str) else bytes(body),
    )
    return asked, str(parts.hostname)


def _broken() -> requests.ConnectionError:
    return requests.ConnectionError("the line broke")


def _whole(said: Said | None) -> Said:
    if said is None:
        raise ValueError("a whole request has an answer")
    return said


def _proxy(status: int, headers: Mapping[str, str] | None = None) -> Said:
    page = b"<html>Apologies.</html>"
    return Said(status=status, headers={"content-type": "text/html", **(headers or {})}, body=page)


def _refusal(code: ProblemCode, members: Mapping[str, int | str], status: int = 0) -> Said:
    problem = Problem(code=code, detail="says somebody", members=tuple(members.items()))
    document = problem.document() | ({"status": status} if status else {})
    body = json.dumps(document).encode()
    headers = {"content-type": CONTENT_TYPE}
    return Said(status=status or problem.status, headers=headers, body=body)


def _response(request: requests.PreparedRequest, said: Said, *, is_cut: bool) -> requests.Response:
    """Return what an adapter would; a cut answer breaks off while it is read."""
    body = said.body[: len(said.body) // 2] if is_cut else said.body
    response = requests.Response()
    response.status_code, response.url = said.status, str(request.url)
    response.headers = CaseInsensitiveDict(said.headers)
    response.request = request
    response.raw = HTTPResponse(
        body=io.BytesIO(body),
        headers={**said.headers, "content-length": str(len(said.body))},
        status=said.status,
        preload_content=False,
        request_method=request.method,
    )
    return response
