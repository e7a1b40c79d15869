"""The test page over HTTP, and its absence."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from central.errors import Overloaded
from central.holder.invitations import invite
from central.holder.tries import TRIES_MAX, TRIES_S, Tries
from central.pages.answers import POLICY
from central.publishing import publish
from central.serving import Options
from central.site import Site, init_site
from protocol.keys import new_signing_key, to_base64url
from tests.central.peers import START, RunningCentre, SetClock, problem, running

KEY = to_base64url(new_signing_key().public)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = init_site(tmp_path_factory.mktemp("h") / "centre", issuer="city.example", now=START)
    publish(site, START)
    return site


@pytest.fixture
def served(own: Site) -> Iterator[RunningCentre]:
    with running(own, SetClock(), options=Options(has_holder_page=True)) as centre:
        yield centre


def invitation(site: Site) -> str:
    with closing(site.open_store()) as store:
        return invite(store, types=0, capabilities=1, hours=1, now=START)[0]


def ask(centre: RunningCentre, body: object) -> requests.Response:
    return requests.post(f"{centre.url}/holder/cards", json=body, timeout=20)


def test_a_centre_that_was_not_asked_to_has_no_test_page(centre: RunningCentre) -> None:
    for path in ("/holder/", "/holder/time", "/holder/assets/holder.js"):
        assert requests.get(centre.url + path, timeout=20).status_code == 404
    refusal = requests.post(f"{centre.url}/holder/cards", json={}, timeout=20)
    assert refusal.status_code in (404, 405)


def test_a_request_out_of_form_takes_no_try_and_no_place(served: RunningCentre) -> None:
    code = invitation(served.site)
    good = {"invitation": code, "public_key": KEY}
    for change in (
        {"invitation": "x"},
        {"invitation": 7},
        {"public_key": KEY[:-1]},
        {"public_key": to_base64url(bytes(32))},  # a point of small order
        {"public_key": to_base64url(bytes([1]) + bytes(31))},
        {"more": 1},
    ):
        refusal = ask(served, {**good, **change})
        assert (refusal.status_code, problem(refusal)["title"]) == (422, "malformed")
    plain = requests.post(f"{served.url}/holder/cards", data=b"{}", timeout=20)
    assert problem(plain)["title"] == "malformed"  # as another site's form could send it
    assert ask(served, good).status_code == 201


def test_whoever_guesses_is_made_to_wait_with_all_others(served: RunningCentre) -> None:
    body = {"invitation": "A" * 26, "public_key": KEY}
    for _ in range(TRIES_MAX):
        assert problem(ask(served, body))["title"] == "code-unknown"
    refusal = ask(served, body)
    assert problem(refusal)["title"] == "overloaded"
    assert int(refusal.headers["retry-after"]) > 0


def test_a_try_comes_back_with_time_and_not_before() -> None:
    now_s = 0.0
    tries = Tries(lambda: now_s)
    for _ in range(TRIES_MAX):
        tries.take()
    with pytest.raises(Overloaded):
        tries.take()
    now_s = TRIES_S / TRIES_MAX
    tries.take()
    with pytest.raises(Overloaded):
        tries.take()


def test_the_page_and_its_files_are_served_under_a_strict_policy_and_nothing_else(
    served: RunningCentre,
) -> None:
    for path in ("/holder/", "/holder/assets/holder.js", "/holder/assets/tokens.css"):
        answer = requests.get(served.url + path, timeout=20)
        assert (answer.status_code, answer.headers["content-security-policy"]) == (200, POLICY)
        tag = {"if-none-match": answer.headers["etag"]}
        assert requests.get(served.url + path, headers=tag, timeout=20).status_code == 304
    for name in ("nothing.js", "../routes.py", "vendor/LICENSE.qrcode-generator.txt"):
        assert requests.get(f"{served.url}/holder/assets/{name}", timeout=20).status_code == 404


def test_no_module_of_ours_makes_markup_of_text() -> None:
    site = Path("central/holder/site")
    for path in [*site.glob("*.js"), *site.glob("*.html")]:
        text = path.read_text("utf-8")
        assert "innerHTML" not in text
        assert "eval(" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
