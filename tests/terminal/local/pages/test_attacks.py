"""Who may not have a page, and what a page may not do; whoever stands before the screen may."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from terminal.local.pages.assets import DOCUMENTS
from terminal.local.pages.headers import CONTENT_SECURITY_POLICY
from tests.support.certificates import NAME, make_certificate
from tests.support.local_service import PATIENCE_S, Counter, counter, told
from tests.support.raw_http import answer, answered, head

CLOSE = "Connection: close"
PAGES = ("/screen/", "/screen/gate-1", "/counter/gate-1", "/assets/base.css")
API = ("/screen/v1/screens", "/screen/v1/gate-1/state", "/screen/v1/gate-1/events")
_FREE = {"page_burst": 1_000_000, "refusals_at_once": 1_000_000}


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder = tmp_path_factory.mktemp("pages")
    with counter(folder, origins=["https://pos.example"], limits=_FREE) as opened:
        yield opened


def codes(
    till: Counter, method: str, path: str, *fields: str, host: str = "localhost"
) -> list[str]:
    octets = head(method, path, *fields, CLOSE, host=host)
    return [said.code or str(said.status) for said in answered(till.port, octets)]


@pytest.mark.parametrize("path", [*PAGES, *API])
@pytest.mark.parametrize(
    "host", ["rebound.example", "rebound.example:{port}", "localhost.rebound.example", "127.1"]
)
def test_name_that_was_made_to_lead_here_gets_no_page(till: Counter, path: str, host: str) -> None:
    assert codes(till, "GET", path, host=host.format(port=till.port)) == ["host"]


@pytest.mark.parametrize("path", [*PAGES, *API])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://pos.example",  # it may ask as a program does, with a token; never as a screen
        "null",
        "",
        "http://localhost",  # of another server of this machine
        "http://127.0.0.1:{port}",  # ours, and not of the name that Host has
        "https://localhost:{port}",
    ],
)
def test_page_of_another_origin_gets_nothing(till: Counter, path: str, origin: str) -> None:
    assert codes(till, "GET", path, f"Origin: {origin.format(port=till.port)}") == ["origin"]


@pytest.mark.parametrize("path", [*PAGES, *API])
@pytest.mark.parametrize("site", ["cross-site", "same-site", "x"])
def test_link_frame_or_image_of_another_site_gets_nothing(
    till: Counter, path: str, site: str
) -> None:
    assert codes(till, "GET", path, f"Sec-Fetch-Site: {site}") == ["origin"]


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ("Origin: {own}",),
        ("X-Screen: 1",),
        ("X-Screen: 1", "Origin: https://evil.example"),
        ("X-Screen: 1", "Origin: null"),
        ("X-Screen: 2", "Origin: {own}"),
        ("X-Screen: 1", "Origin: {own}", "Sec-Fetch-Site: cross-site"),
        ("X-Screen: 1", "Origin: {own}", "Sec-Fetch-Site: same-site"),
    ],
)
def test_post_that_is_not_of_our_page_is_refused_before_its_body(
    till: Counter, fields: tuple[str, ...]
) -> None:
    own = f"http://localhost:{till.port}"
    said = [field.format(own=own) for field in fields]
    assert codes(till, "POST", "/screen/v1/gate-1/visit", *said, "Content-Length: 0") == ["origin"]


def test_post_of_our_page_is_let_in(till: Counter) -> None:
    """There is nothing to post to at a lane without visits: it is admitted, and not found."""
    own = ("X-Screen: 1", f"Origin: http://localhost:{till.port}", "Content-Length: 0")
    for site in ((), ("Sec-Fetch-Site: same-origin",)):
        assert codes(till, "POST", "/screen/v1/gate-1/nothing", *own, *site) == ["not-found"]


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "POST"])
def test_another_page_may_not_ask_leave_either(till: Counter, method: str) -> None:
    asked = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-screen")
    found = codes(till, method, "/screen/v1/gate-1/visit", "Origin: https://evil.example", *asked)
    assert found == ["origin"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../settings.py",
        "/assets/../../settings.py",
        "/assets/site/base.css",
        "/assets//base.css",
        "/assets/./base.css",
        "/assets/base.css/",
        "/assets/",
        "/assets/lane.html",  # a document: its own route has it
        "/assets/__init__.py",
        "/assets/words.toml",
        "/assets/kiosk/../base.css",
        "/assets/..%2fsettings.py",
        "/assets/%2e%2e/settings.py",
        "/assets/base.css%00.js",
        "/assets/chime-.wav",
        "/screen/../v1/lanes",
        "/screen/v1/gate-1/sounds/zh/../../../base.css",
        "/screen/v1/gate-1/sounds/zh/granted.wav",  # there are no recordings
        "/screen/gate-9",
        "/screen/gate-1/",
        "/screen/v1/gate-9/state",
        "/counter/..",
        "/counter/GATE",
    ],
)
def test_path_leads_nowhere_but_to_what_is_listed(till: Counter, path: str) -> None:
    assert codes(till, "GET", path) == ["not-found"]


@pytest.mark.parametrize("path", [*PAGES, "/screen/v1/gate-1/state", "/assets/nothing"])
def test_every_answer_forbids_what_is_not_ours(till: Counter, path: str) -> None:
    said = till.send("GET", path, client=None)
    assert said.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
    assert said.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert said.headers["cross-origin-opener-policy"] == "same-origin"
    assert said.headers["cross-origin-resource-policy"] == "same-origin"
    assert said.headers["referrer-policy"] == "no-referrer"
    assert said.headers["x-content-type-options"] == "nosniff"
    assert "camera=()" in said.headers["permissions-policy"]
    assert not any(name.lower().startswith("access-control-") for name in said.headers)
    assert "set-cookie" not in {name.lower() for name in said.headers}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_has_no_script_or_style_of_its_own(name: str) -> None:
    site = Path(__file__).resolve().parents[4] / "terminal" / "screens" / "site"
    text = (site / name).read_text(encoding="utf-8")
    assert text.count("<script") == text.count('<script type="module" src="/assets/')
    assert "<style" not in text
    assert " style=" not in text
    assert not re.search(r"\son[a-z]+=", text)
    assert "http" not in text


def test_file_that_is_known_is_not_sent_again(till: Counter) -> None:
    first = till.send("GET", "/assets/base.css", client=None)
    assert first.headers["cache-control"] == "no-cache"
    again = {"If-None-Match": first.headers["etag"]}
    assert till.send("GET", "/assets/base.css", client=None, headers=again).status_code == 304
    other = {"If-None-Match": '"0123"'}
    assert till.send("GET", "/assets/base.css", client=None, headers=other).status_code == 200
    state = till.send("GET", "/screen/v1/gate-1/state", client=None)
    assert state.headers["cache-control"] == "no-store"


def test_page_opens_nothing_that_wants_a_token(till: Counter) -> None:
    told(till.send("GET", "/v1/lanes", client=None, headers={"Origin": till.url}), "token")
    for path in ("/screen", "/screens/", "/counter", "/assets", "/"):
        told(till.send("GET", path, client=None), "token")


def test_who_asks_for_too_many_pages_is_slowed_and_programs_are_not(tmp_path: Path) -> None:
    with counter(tmp_path, limits={"page_burst": 3, "page_per_s": 0.001}) as till:
        found = [till.send("GET", "/assets/base.css", client=None) for _ in range(4)]
        assert [each.status_code for each in found] == [200, 200, 200, 429]
        assert int(told(found[-1], "too-fast") and found[-1].headers["retry-after"]) >= 1
        assert till.send("GET", "/v1/lanes").status_code == 200


def test_unix_socket_has_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with (
        counter(tmp_path, loopback=[], socket={"path": str(path)}),
        socket.socket(socket.AF_UNIX) as connection,
    ):
        connection.settimeout(PATIENCE_S)
        connection.connect(str(path))
        for page in ("/screen/", "/counter/gate-1", "/assets/base.css"):
            connection.sendall(head("GET", page))
            assert answer(connection).code == "not-found"


def test_network_has_the_counter_and_no_screen(tmp_path: Path) -> None:
    """A till may stand on another machine; who stands before a screen may not be elsewhere."""
    files = make_certificate(tmp_path)
    lan = {"address": "127.0.0.1", "port": 0, "hosts": [NAME]}
    lan |= {"certificate": str(files.certificate), "key": str(files.key)}
    with counter(tmp_path, loopback=[], lan=lan) as till, requests.Session() as session:
        session.trust_env = False
        for path in ("/screen/", "/screen/gate-1", *API):
            told(session.get(till.url + path, verify=files.certificate, timeout=9), "not-found")
        for path in ("/counter/gate-1", "/assets/base.css"):
            found = session.get(till.url + path, verify=files.certificate, timeout=9)
            assert found.status_code == 200
        own = {"Origin": f"https://127.0.0.1:{till.port}", "X-Screen": "1"}
        path = "/screen/v1/gate-1/visit"
        posted = session.post(
            till.url + path, json={}, headers=own, verify=files.certificate, timeout=9
        )
        told(posted, "not-found")
