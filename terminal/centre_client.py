"""What the terminal asks of the centre, and every way it can fail."""

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from protocol import batch as batches
from protocol.batch import Batch, batch_octets
from protocol.enrolment import EnrolmentRequest
from protocol.http_signature import Request, sign_request
from protocol.keys import SigningKey
from protocol.trust_index import INDEX_OCTETS_MAX, INDEX_PATH, IndexedFile
from terminal.http_door import ANSWER_OCTETS_MAX, REQUEST_S_MAX, Answer, HttpDoor, refusal
from verifier.model import UnixSeconds


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
        self._index_tag: str | None = None
        self.door = HttpDoor(ca_file=ca_file, request_s_max=request_s_max)

    def close(self) -> None:
        """End the request in hand, whoever waits for it, and give the connections back."""
        self.door.close()

    def trust_index(self) -> bytes | None:
        """Return the signed trust index; None: it is the one that this method gave last.

        Raises:
            CentreUnreachable, CentreRefused: as they say.
        """
        headers = {} if self._index_tag is None else {"If-None-Match": self._index_tag}
        answer = self._send("GET", f"/{INDEX_PATH}", headers=headers, limit=INDEX_OCTETS_MAX)
        if answer.is_unchanged:
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
            method, path, headers=headers | added, body=body, limit=ANSWER_OCTETS_MAX
        )
        return answer.body

    def _send(
        self, method: str, path: str, *, headers: dict[str, str], limit: int, body: bytes = b""
    ) -> Answer:
        """Return a 2xx or 304 answer; anything else is an exception."""
        url, limit = self._url + path, max(limit, ANSWER_OCTETS_MAX)
        answer = self.door.send(method, url, headers=headers, limit=limit, body=body)
        if answer.is_taken:
            return answer
        raise refusal(answer)
