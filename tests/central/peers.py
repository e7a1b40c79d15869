"""The centre's peers: a real server on loopback, and terminals that may do everything wrong."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from central.enrolments import allow_enrolment
from central.histories import unrecoverable
from central.records import TerminalState
from central.serving import listening, make_server
from central.site import Site
from central.trust_list import trust_list
from protocol.acknowledgement import Acknowledgement, read_acknowledgement
from protocol.batch import CONTENT_TYPE, Batch, batch_octets
from protocol.checkpoint import Checkpoint, checkpoint_octets
from protocol.content_coding import Coding, encoded
from protocol.enrolment import EnrolmentRequest, code_id, code_octets, code_proof
from protocol.health import CheckpointAnswer, read_checkpoint_answer
from protocol.http_signature import Request, sign_request
from protocol.journal import compact, extend_all, genesis
from protocol.keys import OpeningKey, SigningKey, new_opening_key, new_signing_key
from protocol.quarantine import Quarantined, read_quarantined
from verifier.model import KeyTable, UnixSeconds
from verifier.trust import load_keys

START = UnixSeconds(1_800_000_000)


@dataclass
class SetClock:
    """A clock that stands still until a test moves it."""

    now: UnixSeconds = START

    def __call__(self) -> UnixSeconds:
        return self.now


def line(epoch: int, seq: int, **changes: object) -> bytes:
    """Return a journal line."""
    members = {
        "epoch": epoch,
        "seq": seq,
        "at": START,
        "clock": "trusted",
        "lane": "lane-1",
        "type": "passage",
        "profile": "gate",
        "sector": "sector-1",
        "pseudonym": f"{seq:032x}",
        "presentation": f"{epoch:016x}{seq:016x}",
        "iat": START,
        "verdict": "grant",
        "reason": None,
        "ages": {"keys": 5, "status": 5},
    }
    return compact({**members, **changes})


def lines(epoch: int, first: int, last: int, **changes: object) -> tuple[bytes, ...]:
    return tuple(line(epoch, seq, **changes) for seq in range(first, last + 1))


@dataclass
class Machine:
    """What wants to be a terminal, and what it says over HTTP."""

    url: str
    key: SigningKey = field(default_factory=new_signing_key)
    opening: OpeningKey = field(default_factory=new_opening_key)
    name: str = ""
    clock_at: UnixSeconds = START

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        key: SigningKey | None = None,
        key_id: str | None = None,
        changed: Mapping[str, str | None] | None = None,
        sent_body: bytes | None = None,
    ) -> requests.Response:
        """Sign and send a request; `changed` and `sent_body` alter it after it was signed."""
        own = dict(headers or {})
        request = Request(method=method, path=path, headers=own, body=body)
        signed = sign_request(
            request, key=key or self.key, key_id=key_id or self.name, now=self.clock_at
        )
        sent = {
            name: value for name, value in (own | signed | dict(changed or {})).items() if value
        }
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method,
                self.url + path,
                headers=sent,
                data=(body if sent_body is None else sent_body) or None,
                timeout=20,
            )

    def ask(self, code: str, **changes: str) -> EnrolmentRequest:
        """Return what to enrol with."""
        secret = code_octets(code)
        proof = code_proof(secret, public=self.key.public, seal=self.opening.public)
        return EnrolmentRequest(
            code_id=changes.get("code_id", code_id(secret)),
            proof=changes.get("proof", proof),
            public=self.key.public,
            seal=self.opening.public,
        )

    def enrol(
        self, request: EnrolmentRequest, *, key: SigningKey | None = None
    ) -> requests.Response:
        """Send an enrolment."""
        body = json.dumps(request.members()).encode()
        headers = {"content-type": "application/json"}
        return self.send(
            "POST",
            "/v1/enrolments",
            headers=headers,
            body=body,
            key=key,
            key_id=request.code_id,
        )


@dataclass
class Terminal(Machine):
    """An enrolled machine."""

    epoch: int = 1

    @property
    def path(self) -> str:
        return f"/v1/terminals/{self.name}/journal"

    def batch(self, entries: Sequence[bytes], *, first: int, prev: bytes | None = None) -> Batch:
        """Return `entries` as a batch behind lines 1 to first - 1 of an honest journal."""
        chain = extend_all(genesis(self.name, self.epoch), lines(self.epoch, 1, first - 1))
        return Batch(
            epoch=self.epoch,
            first=first,
            prev=chain if prev is None else prev,
            lines=tuple(entries),
        )

    def upload(self, first: int, last: int) -> requests.Response:
        """Send lines of the honest journal."""
        return self.upload_batch(self.batch(lines(self.epoch, first, last), first=first))

    def upload_batch(self, batch: Batch) -> requests.Response:
        return self.upload_octets(batch_octets(batch))

    def upload_octets(
        self, octets: bytes, *, encoding: str | None = "gzip", **how: object
    ) -> requests.Response:
        body = encoded(octets, Coding(encoding or "identity"))
        headers = {"content-type": CONTENT_TYPE}
        if encoding is not None:
            headers["content-encoding"] = encoding
        return self.send("POST", self.path, headers=headers, body=body, **how)  # type: ignore[arg-type]  # as `send` names them

    def tell(
        self, seq: int, *, head: bytes | None = None, epoch: int | None = None, **health: object
    ) -> requests.Response:
        """Tell of an honest journal of `seq` entries, or of one that ends otherwise."""
        of = self.epoch if epoch is None else epoch
        honest = extend_all(genesis(self.name, of), lines(of, 1, seq))
        note = Checkpoint(
            terminal=self.name, epoch=of, seq=seq, head=honest if head is None else head
        )
        return self.tell_octets(checkpoint_octets(note, self.key), health)

    def tell_octets(self, note: bytes, health: Mapping[str, object]) -> requests.Response:
        body = json.dumps({"checkpoint": note.decode(), "health": health}).encode()
        headers = {"content-type": "application/json"}
        return self.send(
            "POST", f"/v1/terminals/{self.name}/checkpoint", headers=headers, body=body
        )

    def keep_aside(self, batch: Batch) -> requests.Response:
        """Send a batch of an epoch that has ended."""
        path = f"/v1/terminals/{self.name}/quarantine"
        headers = {"content-type": CONTENT_TYPE}
        return self.send("POST", path, headers=headers, body=batch_octets(batch))

    def head(self) -> requests.Response:
        return self.send("GET", f"{self.path}/head")


@dataclass
class RunningCentre:
    """A centre that serves."""

    site: Site
    url: str
    clock: SetClock

    @property
    def keys(self) -> KeyTable:
        return load_keys(trust_list(self.site)).keys

    def code_for(self, terminal: str) -> str:
        """Return a one-time code, made as another process would make it."""
        store = self.site.open_store()
        try:
            return allow_enrolment(store, terminal, now=self.clock())[0]
        finally:
            store.close()

    def enrolled(self, name: str) -> Terminal:
        terminal = Terminal(url=self.url, name=name)
        answer = terminal.enrol(terminal.ask(self.code_for(name)))
        assert answer.status_code == 201, answer.text
        terminal.epoch = answer.json()["epoch"]
        return terminal

    def set_state(self, terminal: str, state: TerminalState) -> None:
        store = self.site.open_store()
        try:
            assert store.terminals.set_state(terminal, state)
        finally:
            store.close()

    def held(self, terminal: str) -> list[tuple[int, int]]:
        """Return (epoch, seq) of what the centre holds of a terminal."""
        store = self.site.open_store()
        try:
            return [(e.epoch, e.seq) for e in store.journals.entries() if e.terminal == terminal]
        finally:
            store.close()

    def told(self, answer: requests.Response) -> CheckpointAnswer:
        assert answer.status_code == 200, answer.text
        return read_checkpoint_answer(answer.content, self.keys, now=self.clock())

    def kept(self, answer: requests.Response) -> Quarantined:
        assert answer.status_code == 200, answer.text
        return read_quarantined(answer.content, self.keys, now=self.clock())

    def unrecoverable(self, terminal: str) -> list[dict[str, object]]:
        """Return what the centre says is missing of a terminal, but for its name."""
        with closing(self.site.open_store()) as store:
            found = [row for row in unrecoverable(store) if row["terminal"] == terminal]
        return [{name: row[name] for name in row if name != "terminal"} for row in found]

    def aside(self, terminal: str) -> list[tuple[int, int]]:
        """Return (epoch, seq) of what is kept beside a terminal's journal."""
        with closing(self.site.open_store()) as store:
            return [(epoch, seq) for epoch, seq, _ in store.histories.lines_aside(terminal)]

    def acknowledged(self, answer: requests.Response) -> Acknowledgement:
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return read_acknowledgement(answer.content, self.keys, now=self.clock())


@contextmanager
def running(site: Site, clock: SetClock, **more: Any) -> Iterator[RunningCentre]:
    """Serve `site` in a thread; requests wait in the listening socket until it is ready."""
    with listening("127.0.0.1", 0) as listener:
        server = make_server(site, now=clock, **more)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            port = listener.getsockname()[1]
            yield RunningCentre(site=site, url=f"http://127.0.0.1:{port}", clock=clock)
        finally:
            server.should_exit = True
            thread.join()


def problem(answer: requests.Response) -> dict[str, object]:
    """Return a problem document, held to its form."""
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = answer.json()
    assert document["status"] == answer.status_code
    assert document.keys() >= {"type", "title"}
    return document
