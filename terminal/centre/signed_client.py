"""What a machine asks of the centre under its own signature: that the journal be taken, mostly."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from protocol import enrolment
from protocol.approval import ApprovalRequest
from protocol.batch import CONTENT_TYPE, Batch, batch_octets
from protocol.content_coding import Coding, encoded
from protocol.enrolment import EnrolmentRequest
from protocol.health import Telling
from protocol.http_signature import Request, sign_request
from protocol.keys import SigningKey
from protocol.problems import ProblemCode
from protocol.query import ANSWER_OCTETS_MAX as QUERY_ANSWER_OCTETS_MAX
from protocol.query import SubsidyQuery
from terminal.centre.client import CentreClient
from terminal.centre.http_door import ANSWER_OCTETS_MAX, refusal
from terminal.errors import CentreRefused
from verifier.model import UnixSeconds

# Not signed: it can only make us wait longer or shorter.
_BACKLOG = "x-backlog"

# What is sent until the centre says 415, and what then: one that is older than zstd takes gzip.
_NEXT_CODING = {Coding.ZSTD: Coding.GZIP, Coding.GZIP: Coding.IDENTITY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs the requests, and by which clock."""

    key: SigningKey
    key_id: str
    now: Callable[[], UnixSeconds]


class SignedClient:
    """Speaks for one machine. Not for two threads at once.

    Every method raises CentreUnreachable or CentreRefused, as they say; what it returns is not
    believed yet.
    """

    def __init__(self, centre: CentreClient, signer: Signer) -> None:
        self._centre, self._signer = centre, signer
        self._base_path = urlsplit(centre.url).path
        self._coding = Coding.ZSTD

    def upload(self, batch: Batch, *, waiting: int) -> bytes:
        """Send a batch and return the acknowledgement's octets.

        Args:
            batch: to send.
            waiting: how many entries there are to send, these among them: a centre under load
                reckons by it when to have whom come back.
        """
        return self._send_batch(batch, f"{self._own}/journal", {_BACKLOG: str(waiting)})

    def quarantine(self, batch: Batch) -> bytes:
        """Send a batch of an epoch that has ended and return the answer's octets."""
        return self._send_batch(batch, f"{self._own}/quarantine")

    def head(self) -> bytes:
        """Ask how far the journal is held and return the acknowledgement's octets."""
        return self._send("GET", f"{self._own}/journal/head", {})

    def tell(self, telling: Telling) -> bytes:
        """Say how far the journal went and how the terminal does; return the answer's octets."""
        return self._send_json(f"{self._own}/checkpoint", telling.members())

    def enrol(self, request: EnrolmentRequest) -> bytes:
        """Ask to become a terminal and return the answer's octets."""
        return self._send_json(
            "/v1/enrolments", request.members(), limit=enrolment.ANSWER_OCTETS_MAX
        )

    def approve(self, request: ApprovalRequest) -> bytes:
        """Ask for the centre's word on an event and return the answer's octets."""
        headers = {"content-type": "application/json"}
        return self._send("POST", "/v1/approvals", headers, request.octets())

    def ask(self, query: SubsidyQuery) -> bytes:
        """Ask what was paid to who showed a card and return the answer's octets."""
        headers = {"content-type": "application/json"}
        return self._send(
            "POST", "/v1/queries", headers, query.octets(), limit=QUERY_ANSWER_OCTETS_MAX
        )

    @property
    def _own(self) -> str:
        return f"/v1/terminals/{self._signer.key_id}"

    def _send_batch(
        self, batch: Batch, path: str, unsigned: Mapping[str, str] = MappingProxyType({})
    ) -> bytes:
        """Send a batch, in the coding that the centre took last or the next simpler one."""
        octets = batch_octets(batch)
        while True:
            headers = {"content-type": CONTENT_TYPE}
            if self._coding is not Coding.IDENTITY:
                headers["content-encoding"] = self._coding.value
            try:
                return self._send(
                    "POST", path, {**unsigned, **headers}, encoded(octets, self._coding)
                )
            except CentreRefused as error:
                simpler = _NEXT_CODING.get(self._coding)
                if error.problem.code is not ProblemCode.ENCODING or simpler is None:
                    raise
                self._coding = simpler

    def _send_json(
        self, path: str, members: dict[str, object], *, limit: int = ANSWER_OCTETS_MAX
    ) -> bytes:
        body = json.dumps(members, separators=(",", ":")).encode()
        return self._send("POST", path, {"content-type": "application/json"}, body, limit)

    def _send(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes = b"",
        limit: int = ANSWER_OCTETS_MAX,
    ) -> bytes:
        signer = self._signer
        request = Request(method=method, path=self._base_path + path, headers=headers, body=body)
        added = sign_request(request, key=signer.key, key_id=signer.key_id, now=signer.now())
        answer = self._centre.door.send(
            method,
            self._centre.url + path,
            headers=headers | added,
            limit=limit,
            body=body,
        )
        if answer.is_taken and not answer.is_unchanged:
            return answer.body
        raise refusal(answer)
