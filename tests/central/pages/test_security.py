"""What must not work at the operators' pages."""

import json
import re

import pytest
import requests

from central.centre import Centre
from central.operators.sessions import ABSOLUTE_S, IDLE_S
from central.operators.signing_in import NAME_PATIENCE
from central.operators.values import OperatorRole
from central.pages.admission import way_of
from central.pages.answers import POLICY
from central.pages.passwords import Passwords
from central.pages.routes import API, BODY_OCTETS_MAX, OPEN, make_pages, page_routes
from central.pages.table import ROUTES, Route
from central.routes.admission import Admission
from central.workers import Workers
from tests.central.operators.conftest import PASSWORD
from tests.central.pages.conftest import Browser, Served
from tests.central.peers import START
from verifier.model import UnixSeconds

_CHANGES = [route for route in ROUTES if route.method != "GET"]


def _asked(browser: Browser, route: Route) -> requests.Response:
    path = route.path.replace("{terminal}", "nobody")
    return browser.get(f"api/{path}") if route.method == "GET" else browser.post(path)


def _refused(answer: requests.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["title"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_each_route_wants_a_sign_in_and_its_role(served: Served, route: Route) -> None:
    stranger = served.browser()
    stranger.session.cookies.set("operate", "A" * 43, path="/operate/")
    expected = (401, "signed-out") if route.method == "GET" else (403, "form")
    assert _refused(_asked(stranger, route)) == expected
    for role in OperatorRole:
        answer = _asked(served.browser(role), route)
        if role.may(route.least):
            assert answer.status_code in (200, 404, 422)
        else:
            assert _refused(answer) == (403, "role")


def test_routes_that_are_open_are_the_door_and_the_pages_files(served: Served) -> None:
    """Whoever adds a route adds it to the table, or to the list of what is open."""
    own = {API + route.path for route in ROUTES}
    signed_in = {f"{API}session/end", f"{API}password"}
    known = own | OPEN | signed_in
    pages = _pages_of(served)
    assert pages == known


def _pages_of(served: Served) -> set[str]:

    store = served.site.open_store()
    centre = Centre(
        site=served.site,
        store=store,
        now=served.centre.clock,
        workers=Workers(store),
        admission=Admission(lambda: 0.0),
    )
    pages = make_pages(centre, way_of(None), Passwords())
    found = {str(getattr(route, "path", "")) for route in page_routes(pages).routes}
    centre.workers.shut_down()
    store.close()
    return found


@pytest.mark.parametrize("forged", ["", "x", "A" * 43, "../" * 9, "%00"])
def test_forged_cookie_opens_nothing(served: Served, forged: str) -> None:
    browser = served.browser()
    browser.session.cookies.set("operate", forged, path="/operate/")
    assert _refused(browser.get("api/session")) == (401, "signed-out")


@pytest.mark.parametrize(
    "changed",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": None},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"X-Form": None},
        {"X-Form": "0" * 64},
    ],
    ids=str,
)
def test_change_that_another_sites_page_sends_is_refused(
    served: Served, changed: dict[str, str | None]
) -> None:
    browser = served.browser(OperatorRole.ADMIN)
    before = served.audited()
    for route in _CHANGES:
        path = route.path.replace("{terminal}", "nobody")
        answer = browser.post(path, changed=changed)
        assert answer.status_code == 403
        assert answer.json()["title"] in ("origin", "form")
    for path in ("session/end", "password"):
        assert browser.post(path, changed=changed).status_code == 403
    assert served.audited() == before


def test_token_of_another_session_is_refused(served: Served) -> None:
    browser, other = served.browser(OperatorRole.ADMIN), served.browser(OperatorRole.ADMIN)
    answer = browser.post("case/claim", changed={"X-Form": other.form})
    assert _refused(answer) == (403, "form")


def test_nobody_is_signed_in_by_another_sites_page(served: Served) -> None:
    browser = served.browser()
    answer = browser.post(
        "session",
        {"name": served.operator(), "password": PASSWORD},
        changed={"Origin": "https://evil.example"},
    )
    assert _refused(answer) == (403, "origin")
    assert not browser.session.cookies


def test_cookie_that_somebody_put_there_never_becomes_a_session(served: Served) -> None:
    browser, planted = served.browser(), "A" * 43
    browser.session.cookies.set("operate", planted, path="/operate/")
    answer = browser.sign_in(served.operator())
    assert answer.status_code == 200
    given = re.match(r"operate=([^;]*)", answer.headers["set-cookie"])
    assert given is not None
    assert given[1] != planted


def test_right_and_wrong_names_are_answered_alike(served: Served) -> None:
    answers = [
        served.browser().sign_in(name, "not the password")
        for name in (served.operator(), "nobody", "<script>", "x" * 64)
    ]
    assert {_refused(answer) for answer in answers} == {(401, "wrong")}
    assert len({answer.text for answer in answers}) == 1
    assert all("set-cookie" not in answer.headers for answer in answers)


def test_guessing_is_slowed_down_for_the_right_password_too(served: Served) -> None:
    name = served.operator()
    for _ in range(NAME_PATIENCE.free):
        served.browser().sign_in(name, "not the password")
    answer = served.browser().sign_in(name)
    assert _refused(answer) == (429, "wait")
    assert int(answer.headers["retry-after"]) == answer.json()["wait_s"] > 0
    served.centre.clock.now = UnixSeconds(START + answer.json()["wait_s"])
    assert served.browser().sign_in(name).status_code == 200


def test_old_password_is_not_guessed_by_a_stolen_session(served: Served) -> None:
    browser = served.browser(OperatorRole.VIEWER)
    for _ in range(NAME_PATIENCE.free):
        answer = browser.post("password", {"old": "guessed wrong again", "new": "a b c d e f g h"})
        assert _refused(answer) == (401, "wrong")
    answer = browser.post("password", {"old": PASSWORD, "new": "a b c d e f g h"})
    assert _refused(answer) == (429, "wait")


def test_cookie_is_kept_from_scripts_other_sites_and_other_paths(served: Served) -> None:
    answer = served.browser().sign_in(served.operator())
    told = answer.headers["set-cookie"].lower()
    for wanted in ("httponly", "samesite=strict", "path=/operate/", "max-age=43200"):
        assert wanted in told
    assert "secure" not in told  # on loopback without TLS
    assert "cookie" not in requests.get(f"{served.centre.url}/healthz", timeout=20).headers


@pytest.mark.parametrize("after_s", [IDLE_S, ABSOLUTE_S])
def test_session_that_is_over_opens_nothing(served: Served, after_s: int) -> None:
    browser = served.browser(OperatorRole.ADMIN)
    served.centre.clock.now = UnixSeconds(START + after_s)
    assert _refused(browser.get("api/terminals")) == (401, "signed-out")


def test_signed_out_cookie_opens_nothing_when_it_is_sent_again(served: Served) -> None:
    browser = served.browser(OperatorRole.ADMIN)
    kept = browser.session.cookies.get("operate")
    assert browser.post("session/end").status_code == 200
    assert browser.session.cookies.get("operate") is None
    browser.session.cookies.set("operate", kept, path="/operate/")
    assert _refused(browser.get("api/terminals")) == (401, "signed-out")


def test_changed_password_signs_out_every_other_browser(served: Served) -> None:
    name, one, two = served.operator(), served.browser(), served.browser()
    one.sign_in(name)
    two.sign_in(name)
    new = "seven words are not too many here"
    answer = one.post("password", {"old": PASSWORD, "new": new})
    assert answer.status_code == 200
    assert one.get("api/session").status_code == 200
    assert _refused(two.get("api/session")) == (401, "signed-out")
    assert served.browser().sign_in(name).status_code == 401
    assert served.browser().sign_in(name, new).status_code == 200


def test_password_too_easily_guessed_is_refused(served: Served) -> None:
    browser = served.browser(OperatorRole.VIEWER)
    answer = browser.post("password", {"old": PASSWORD, "new": "short"})
    assert _refused(answer) == (422, "password")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"name":1,"password":2}', b"[" * 9_999, b"\xff"]
)
def test_body_that_is_no_form_of_ours_is_refused(served: Served, body: bytes) -> None:
    headers = {"Origin": served.centre.url, "Content-Type": "application/json"}
    url = f"{served.centre.url}/operate/api/session"
    answer = requests.post(url, data=body, headers=headers, timeout=20)
    assert _refused(answer) == (422, "malformed")


def test_body_that_is_too_long_is_refused(served: Served) -> None:
    answer = served.browser().post("session", {"name": "x" * BODY_OCTETS_MAX, "password": "y"})
    assert answer.status_code == 413


def test_sign_in_leads_nowhere_else(served: Served) -> None:
    """An address that is handed along is never followed: there is none in the contract."""
    browser = served.browser()
    name = served.operator()
    for path in ("?next=https://evil.example", "%2f%2fevil.example", "//evil.example"):
        answer = browser.session.get(
            f"{served.centre.url}/operate/{path}", allow_redirects=False, timeout=20
        )
        assert answer.status_code in (200, 404)
        assert "location" not in answer.headers
    typed = requests.get(
        f"{served.centre.url}/operate?next=//evil.example", allow_redirects=False, timeout=20
    )
    assert (typed.status_code, typed.headers["location"]) == (308, "/operate/")
    answer = browser.post(
        "session?next=https://evil.example",
        {"name": name, "password": PASSWORD, "next": "https://evil.example"},
    )
    assert answer.status_code == 200
    assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "path",
    ["assets/../routes.py", "assets/%2e%2e/routes.py", "assets/secret", "assets/", "nothing"],
)
def test_nothing_but_the_named_files_is_served(served: Served, path: str) -> None:
    request = requests.Request("GET", f"{served.centre.url}/operate/{path}").prepare()
    request.url = f"{served.centre.url}/operate/{path}"
    with requests.Session() as session:
        assert session.send(request, timeout=20).status_code == 404


def test_every_answer_forbids_what_the_pages_do_not_need(served: Served) -> None:
    browser = served.browser()
    for answer in (
        browser.get(""),
        browser.get("assets/operate.js"),
        browser.get("api/session"),
        browser.sign_in(served.operator()),
        browser.get("api/terminals"),
    ):
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "set-cookie" not in answer.headers or "session" in str(answer.url)
    assert "unsafe" not in POLICY


def test_answers_with_data_are_kept_by_no_cache(served: Served) -> None:
    answer = served.browser(OperatorRole.VIEWER).get("api/terminals")
    assert answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.text)["page"] is not None


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800b"], ids=["octet 0", "half a pair"])
def test_text_that_no_database_takes_is_refused_and_never_a_fault(served: Served, odd: str) -> None:
    browser = served.browser(OperatorRole.ADMIN)
    case = {"kind": "double", "first": "sector-1", "second": "x"}
    for path, members in (
        ("case/claim", {**case, "first": odd}),
        ("case/leave", {**case, "second": odd}),
        ("case/resolve", {**case, "outcome": "misuse", "note": odd}),
        ("appeal/claim", {"terminal": odd, "number": "1-2"}),
        ("terminals/nobody/state", {"state": "suspended", "why": odd}),
    ):
        assert _refused(browser.post(path, members)) == (422, "malformed")


@pytest.mark.parametrize("path", ["", "/hours", "/aside"])
def test_name_with_an_octet_0_is_no_terminals(served: Served, path: str) -> None:
    browser = served.browser(OperatorRole.ADMIN)
    assert _refused(browser.get(f"api/terminals/a%00b{path}")) == (422, "malformed")
