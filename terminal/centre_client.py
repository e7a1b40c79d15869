"""What anybody may ask of the centre: the folder that it publishes."""

import hashlib

from protocol.trust_index import INDEX_OCTETS_MAX, INDEX_PATH, IndexedFile
from terminal.http_door import ANSWER_OCTETS_MAX, REQUEST_S_MAX, Answer, HttpDoor, refusal


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
        self.url = url.rstrip("/")
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

    def _send(
        self, method: str, path: str, *, headers: dict[str, str], limit: int, body: bytes = b""
    ) -> Answer:
        """Return a 2xx or 304 answer; anything else is an exception."""
        url, limit = self.url + path, max(limit, ANSWER_OCTETS_MAX)
        answer = self.door.send(method, url, headers=headers, limit=limit, body=body)
        if answer.is_taken:
            return answer
        raise refusal(answer)
