"""Requests a second for the bench: `scan-central serve`, and terminals that upload over loopback.

Requests are signed beforehand, so that what is measured is the centre; both share this machine.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from central.site import Site, init_site
from protocol.batch import CONTENT_TYPE, batch_octets
from protocol.http_signature import Request, sign_request
from protocol.keys import new_signing_key
from simulator.benched_ingest import NOW, batches_of
from simulator.ending import Ending
from simulator.programs import Program
from verifier.model import UnixSeconds

_ANSWER_S_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    path: str
    headers: Mapping[str, str]
    body: bytes


class Requests:
    """A centre that serves, and what its terminals have to say."""

    def __init__(self, site: Site, url: str) -> None:
        self._site, self._address = site, urlsplit(url).netloc
        self._names = count(1)

    def rate(self, *, terminals: int, uploads: int, batch: int) -> float:
        """Return uploads a second: each terminal sends one after the other, all at once.

        Raises:
            ValueError: one was not taken; the rate would mean nothing.
        """
        brought = [self._signed(entries=uploads * batch, each=batch) for _ in range(terminals)]
        statuses: list[int] = []
        begin = threading.Barrier(terminals + 1)
        threads = [
            threading.Thread(target=self._bring, args=(requests, begin, statuses))
            for requests in brought
        ]
        for thread in threads:
            thread.start()
        begin.wait()
        begun_s = time.perf_counter()
        for thread in threads:
            thread.join()
        spent_s = time.perf_counter() - begun_s
        if statuses != [200] * (terminals * uploads):
            raise ValueError(f"uploads were refused: {sorted(set(statuses))}")
        return len(statuses) / spent_s

    def _signed(self, *, entries: int, each: int) -> list[_Signed]:
        """Enrol a terminal, as another process would, and return its signed uploads."""
        name, key = f"bench-{next(self._names)}", new_signing_key()
        store = self._site.open_store()
        with closing(store), store.transaction():
            store.terminals.begin_epoch(name, public=key.public, now=NOW)
        path, signed = f"/v1/terminals/{name}/journal", []
        for batch in batches_of(name, entries=entries, each=each):
            own, body = {"content-type": CONTENT_TYPE}, batch_octets(batch)
            request = Request(method="POST", path=path, headers=own, body=body)
            now = UnixSeconds(int(time.time()))
            headers = own | sign_request(request, key=key, key_id=name, now=now)
            signed.append(_Signed(path=path, headers=headers, body=body))
        return signed

    def _bring(
        self, requests: Sequence[_Signed], begin: threading.Barrier, statuses: list[int]
    ) -> None:
        with closing(HTTPConnection(self._address, timeout=_ANSWER_S_MAX)) as connection:
            connection.connect()
            begin.wait()
            for request in requests:
                connection.request("POST", request.path, request.body, dict(request.headers))
                answer = connection.getresponse()
                answer.read()
                statuses.append(answer.status)


@contextmanager
def serving(folder: Path, database: str | None, ending: Ending) -> Iterator[Requests]:
    """Make a centre in `folder` and serve it until the end of the context."""
    site = init_site(folder / "centre", issuer="bench.example", now=NOW, database=database)
    where = ("--dir", str(site.directory), "--port", "0")
    program = Program("central", "serve", *where, log=folder / "centre.log", ending=ending)
    try:
        url = program.first_line().rpartition(" ")[2]
        yield Requests(site, url)
    finally:
        program.stop()
