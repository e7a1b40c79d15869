"""A terminal as the kiosk page meets it, in a thread: what a test wants of it happens at once.

It speaks the contract of docs/visits.md, so that a page is tried against what a real lane does
rarely: refusals, a terminal that goes away in the middle of a visit, one that was started anew.
"""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from tests.browser.support.catalogue import Members, catalogue

LANE = "kiosk-1"
_API = f"/screen/v1/{LANE}/"
_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript"}
_ALIVE_S = 0.5  # the page takes 6 s without a word for a lost terminal
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_SAID = {
    "idle": (
        "请出示市民码",
        "Show your code",
        "离扫码窗一掌远，拿稳。",
        "A hand's breadth away, and still.",
    ),
    "reading": ("正在读取", "Reading", "请拿稳。", "Hold it still."),
    "granted": ("请办理", "Welcome", "", ""),
    "refused": (
        "没有通过",
        "Not accepted",
        "请到人工窗口，带上证件。",
        "Please go to the staffed desk.",
    ),
    "out-of-service": (
        "暂停服务",
        "Out of service",
        "请到人工窗口。",
        "Please use the staffed desk.",
    ),
}


def screen(view: str, *badges: Members) -> Members:
    """Return a whole Screen."""
    zh, en, text_zh, text_en = _SAID[view]
    text = {"zh": text_zh, "en": text_en}
    said = {"title": {"zh": zh, "en": en}, "text": text, "few": text}
    rest = {"code": "", "direction": "", "shown_ms": 0, "money": None, "number": 0}
    return {"lane": LANE, "view": view, "badges": list(badges), **said, **rest}


class Kiosk:
    """What the peer knows and was told; tests read and change it."""

    def __init__(self) -> None:
        """Begin with an idle lane and no visit."""
        self.catalogue: Members | None = catalogue()
        self.settings: Members = {
            "lane": LANE,
            "kind": "kiosk",
            "languages": ["zh", "en"],
            "mode": "usual",
            "idle_s": 60,
            "sound": False,
        }
        self.screen = screen("idle")
        self.visit: Members = {}
        self.told: list[tuple[str, Members]] = []  # every POST that was answered: kind, body
        self.is_deaf = False  # takes what it is told, and answers nobody
        self.is_away = False  # takes nothing at all
        self.is_silent = False  # says nothing by itself, as a line that was cut
        self.has_printer = False
        self.centre: Members = {"state": "offline"}
        self._kept: dict[str, Members] = {}
        self._number = 0
        self._ears: list[queue.Queue[tuple[str, Members] | None]] = []

    def show(self, view: str, *badges: Members) -> None:
        """Let the lane's screen say something else."""
        number = self.screen["number"] + (view in ("granted", "refused"))
        self.screen = screen(view, *badges) | {"number": number}
        self.tell("screen", self.screen)

    def scan(self, state: str) -> None:
        """Let somebody show his code: "ready" or "refused", or "ended" for one time too many."""
        self.show("refused" if state != "ready" else "granted")
        self.visit |= {"state": state, "is_identified": state == "ready"}
        self.tell("visit", {"visit": self.visit["visit"], "state": state})

    def begin_anew(self) -> None:
        """Start the terminal again: it knows of no visit."""
        self.visit, self._kept = {}, {}

    def tell(self, name: str, members: Members) -> None:
        """Send an event to every page."""
        for ear in self._ears:
            ear.put((name, members))

    def hang_up(self) -> None:
        """End every stream."""
        for ear in self._ears:
            ear.put(None)

    def listen(self) -> "queue.Queue[tuple[str, Members] | None]":
        """Return what a new page hears."""
        ear: queue.Queue[tuple[str, Members] | None] = queue.Queue()
        ear.put(("settings", self.settings))
        ear.put(("screen", self.screen))
        self._ears.append(ear)
        return ear

    def answer(self, kind: str, body: Members) -> tuple[int, Members]:
        """Answer one act of a visit; the same act twice has one answer."""
        if kind not in self._kept:
            self.told.append((kind, body))
            members = self._came_of(kind)
            if kind in ("alive", "subsidies", "checklist", "print"):
                return 200, members
            self._kept[kind] = members
        return 200, self._kept[kind]

    def open(self, body: Members) -> tuple[int, Members]:
        """Open a visit."""
        assert self.catalogue is not None
        self._number += 1
        self._kept = {}
        found = [each for each in self.catalogue["services"] if each["id"] == body["service"]]
        state = "scan" if found and found[0]["needs_card"] else "ready"
        self.visit = {"visit": f"{self._number:032x}", "state": state, "ends_in_ms": 60_000}
        self.told.append(("visit", body))
        self.show("idle")
        return 201, self.visit

    def view(self) -> Members:
        """Return how the visit stands."""
        plain = {"words": None, "ticket": None, "receipt": None, "is_identified": False}
        return plain | self.visit

    def _came_of(self, kind: str) -> Members:
        ticket = {
            "number": "A017",
            "queue": {"zh": "公积金窗口", "en": "Housing fund desk"},
            "ahead": None,
            "at": 1_790_000_000,
            "printed": self.has_printer,
            "receipt": {"lines": ["A017"]},
        }
        if kind == "end":
            self.visit = {}
        made: dict[str, Members] = {
            "ticket": ticket,
            "appeal": {"number": "1-217", "printed": False},
        }
        nothing: Members = {}
        return made.get(kind, self.centre if kind == "subsidies" else nothing)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kiosk: Kiosk

    def log_message(self, *_: Any) -> None:
        """Say nothing: a test's output is the test's."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == f"{_API}events":
            self._stream()
        elif path == f"{_API}catalogue":
            held = self.kiosk.catalogue
            self._json(*((404, _problem("no-content")) if held is None else (200, held)))
        elif path.startswith(f"{_API}visit/"):
            self._visit(path.removeprefix(f"{_API}visit/"), lambda: (200, self.kiosk.view()))
        else:
            self._file(path)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = self.headers["Content-Type"], self.headers["X-Screen"]
        assert told == ("application/json", "1"), told
        _, _, rest = self.path.partition(f"{_API}visit")
        visit, _, kind = rest.strip("/").partition("/")
        if not visit:
            self._guarded(lambda: self.kiosk.open(body))
        else:
            self._visit(visit, lambda: self.kiosk.answer(kind, body))

    def _visit(self, visit: str, act: Any) -> None:
        def known() -> tuple[int, Members]:
            return (
                act()
                if self.kiosk.visit.get("visit") == visit
                else (404, _problem("visit-unknown"))
            )

        self._guarded(known)

    def _guarded(self, act: Any) -> None:
        if self.kiosk.is_away:
            self.close_connection = True
            return
        status, members = act()
        if self.kiosk.is_deaf:
            self.close_connection = True
            return
        self._json(status, members)

    def _json(self, status: int, members: Members) -> None:
        self._send(status, json.dumps(members).encode(), "application/json")

    def _file(self, path: str) -> None:
        name = "kiosk.html" if path == f"/screen/{LANE}" else path.removeprefix("/assets/")
        site = resources.files("terminal.screens") / "site"
        kind = _TYPES.get(name[name.rindex(".") :], "image/svg+xml")
        self._send(200, (site / name).read_bytes(), kind)

    def _send(self, status: int, octets: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(octets)))
        self.send_header("Content-Security-Policy", _CSP)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(octets)

    def _stream(self) -> None:
        if self.kiosk.is_away:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.close_connection = True
        ear = self.kiosk.listen()
        while (told := self._next(ear)) is not None:
            name, members = told
            self.wfile.write(f"event: {name}\ndata: {json.dumps(members)}\n\n".encode())

    def _next(self, ear: "queue.Queue[tuple[str, Members] | None]") -> tuple[str, Members] | None:
        while True:
            try:
                return ear.get(timeout=_ALIVE_S)
            except queue.Empty:
                if not self.kiosk.is_silent:
                    return "alive", {}


def _problem(code: str) -> Members:
    return {
        "type": f"urn:scan-terminal:local:{code}",
        "code": code,
        "text": {"zh": "没有", "en": "There is none"},
        "next_step": {"zh": "请叫工作人员", "en": "Ask the staff"},
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a page that went away."""


@contextmanager
def kiosk_peer() -> Iterator[tuple[Kiosk, str]]:
    """Run a peer; its state, and the address of its page."""
    kiosk = Kiosk()
    handler = type("Handler", (_Handler,), {"kiosk": kiosk})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield kiosk, f"http://127.0.0.1:{server.server_port}/screen/{LANE}"
    finally:
        kiosk.hang_up()
        server.shutdown()
        server.server_close()
        thread.join()
