"""The published folder over HTTP: from the centre, a mirror or any web server."""

import hashlib
import re
from urllib.parse import quote

from protocol.trust_folder import METADATA, TARGETS
from terminal.centre.http_door import Answer, HttpDoor, refusal
from terminal.errors import CentreUnreachable

# A file that is cut is gone on with at once, and if it is cut again in the next round: a line that
# drips must not keep the journal from going out meanwhile.
TRIES_MAX = 2
# Some CDNs hide what is not there behind 403.
_ABSENT = frozenset({403, 404})
_RANGE = re.compile(r"bytes ([0-9]{1,12})-[0-9]{1,12}/[0-9]{1,12}")


class HttpSource:
    """Satisfies `Source`; a file whose line was cut is gone on with where it broke off."""

    def __init__(self, door: HttpDoor, metadata_url: str, targets_url: str) -> None:
        """Connect to nothing yet.

        Args:
            door: sends the requests.
            metadata_url: of the folder of metadata.
            targets_url: of the folder of targets.
        """
        self._door, self.name = door, metadata_url
        self._metadata_url, self._targets_url = metadata_url.rstrip("/"), targets_url.rstrip("/")
        # What came of the file that was asked for last; no more than one is begun at a time.
        self._begun, self._octets = "", bytearray()

    def metadata(self, name: str, *, limit: int, known: bytes | None) -> bytes | None:
        """Return the file `name`, None where there is none; see `Source`.

        It is asked for by the digest of what is held. No other tag is believed: anybody on the
        way may have written it, and it would make the next, newer file look known.

        Raises:
            CentreUnreachable, CentreRefused: as they say.
        """
        headers = {} if known is None else {"if-none-match": _tag(known)}
        answer = self._door.send(
            "GET", f"{self._metadata_url}/{name}", headers=headers, limit=limit
        )
        if answer.is_unchanged and known is not None:
            return known
        if answer.status in _ABSENT:
            return None
        if answer.status != 200:
            raise refusal(answer)
        return answer.body

    def target(self, name: str, *, limit: int) -> bytes:
        """Return the file `name`, not yet checked; see `Source`.

        Raises:
            CentreUnreachable, CentreRefused: as they say. What came is kept for the next time.
        """
        url = f"{self._targets_url}/{quote(name)}"
        if self._begun != url:
            self._begun, self._octets = url, bytearray()
        for _ in range(TRIES_MAX - 1):
            had = len(self._octets)
            try:
                return self._rest(url, limit)
            except CentreUnreachable:
                if len(self._octets) <= had:  # nothing came: the line is down, not cut
                    raise
        return self._rest(url, limit)

    def _rest(self, url: str, limit: int) -> bytes:
        """Return the whole file, of which only what has not come yet is asked for."""
        had = len(self._octets)
        headers = {"range": f"bytes={had}-"} if 0 < had < limit else {}
        answer = self._door.send("GET", url, headers=headers, limit=limit, into=self._place)
        if answer.status not in {200, 206} or (answer.status == 206 and not headers):
            self._forget()
            raise refusal(answer)
        self._forget()  # whole, or of no use: a digest is checked next
        return answer.body

    def _place(self, head: Answer) -> bytearray:
        """Return where a body goes: behind what came, in its place, or nowhere that is kept."""
        if head.status == 200:
            self._octets.clear()
            return self._octets
        found = _RANGE.fullmatch(head.headers.get("content-range", ""))
        if head.status == 206 and found is not None and int(found[1]) == len(self._octets):
            return self._octets
        return bytearray()

    def _forget(self) -> None:
        self._begun, self._octets = "", bytearray()


def http_source(door: HttpDoor, url: str) -> HttpSource:
    """Return the folder at `url`, metadata and targets side by side."""
    base = url.rstrip("/")
    return HttpSource(door, f"{base}/{METADATA}", f"{base}/{TARGETS}")


def _tag(octets: bytes) -> str:
    return f'"{hashlib.sha256(octets).hexdigest()}"'
