"""Pages of others, names of others, and who guesses: refused before a word is believed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from requests import Response

from tests.support.local_service import Counter, counter, told
from tests.support.raw_http import answered, head

OURS = "https://pos.example"
CLOSE = "Connection: close"


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    bounds = {"wrong_burst": 1_000_000, "requests_burst": 1_000_000}
    folder = tmp_path_factory.mktemp("web")
    with counter(folder, origins=[OURS, "http://localhost:3000"], limits=bounds) as opened:
        yield opened


def _has_cors(answer: Response) -> bool:
    return any(name.lower().startswith("access-control-") for name in answer.headers)


def codes(till: Counter, *fields: str, host: str = "localhost", method: str = "GET") -> list[str]:
    own = f"Authorization: Bearer {till.token()}"
    octets = head(method, "/v1/lanes", own, *fields, CLOSE, host=host)
    return [said.code or str(said.status) for said in answered(till.port, octets)]


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example",  # a name that was made to lead here
        "rebound.example:{port}",
        "127.0.0.1.rebound.example",
        "localhost.rebound.example:{port}",
        "localhost.",
        "localhost:1",
        "localhost:{port}0",
        "localhost:",
        "127.0.0.1@rebound.example",
        "127.1",
        "2130706433",
        "0.0.0.0",  # noqa: S104  # nothing listens there
        "[::]",
        "[::1",
        "localhost, rebound.example",
        "local host",
        "",
    ],
)
def test_name_that_is_not_ours_is_refused_even_with_a_token(till: Counter, host: str) -> None:
    fields = ("Host:",) if host == "" else ()
    named = host.format(port=till.port)
    assert codes(till, *fields, host=named) in (["host"], ["http"])


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:{port}", "127.0.0.1", "127.0.0.1:{port}", "[::1]:{port}"]
)
def test_name_that_is_ours_is_taken(till: Counter, host: str) -> None:
    assert codes(till, host=host.format(port=till.port)) == ["200"]


def test_request_of_http_1_0_without_a_host_is_refused(till: Counter) -> None:
    octets = f"GET /v1/lanes HTTP/1.0\r\nAuthorization: Bearer {till.token()}\r\n\r\n".encode()
    assert [said.code for said in answered(till.port, octets)] == ["host"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://pos.example",
        "https://pos.example:8443",
        "https://pos.example.evil.example",
        "https://pos.example/",
        "https://POS.example",
        "https://pos.example https://evil.example",
        "*",
        "file://",
        "http://127.0.0.1",  # of another server of this machine
        "http://localhost:{port}",  # ours, but not of the name that Host has
        "https://127.0.0.1:{port}",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_page_that_is_not_listed_is_refused_even_with_a_token(
    till: Counter, origin: str, method: str
) -> None:
    path = "/v1/lanes" if method == "GET" else "/v1/lanes/gate-1/emergency"
    headers = {"Origin": origin.format(port=till.port), "Access-Control-Request-Method": "POST"}
    body = {"open": True} if method == "POST" else None
    answer = till.send(method, path, json=body, headers=headers)
    told(answer, "origin")
    assert not _has_cors(answer)
    assert till.service.effects == []


@pytest.mark.parametrize("site", ["cross-site", "same-site", "x", ""])
def test_request_that_another_site_has_made_is_refused_without_a_page(
    till: Counter, site: str
) -> None:
    """An image, a form or a link of another site sends no Origin; browsers say where it is from."""
    told(till.send("GET", "/v1/lanes", headers={"Sec-Fetch-Site": site}), "origin")


def test_own_page_is_taken_where_there_are_pages_and_else_not(
    till: Counter, tmp_path: Path
) -> None:
    assert till.send("GET", "/v1/lanes", headers={"Origin": till.url}).status_code == 200
    with counter(tmp_path, screens=False) as bare:
        told(bare.send("GET", "/v1/lanes", headers={"Origin": bare.url}), "origin")
        told(bare.send("GET", "/screen/", client=None), "token")


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_request_of_a_person_is_taken(till: Counter, site: str) -> None:
    assert till.send("GET", "/v1/lanes", headers={"Sec-Fetch-Site": site}).status_code == 200


def test_listed_page_is_answered_and_nobody_else_may_read_it(till: Counter) -> None:
    headers = {"Origin": OURS, "Sec-Fetch-Site": "cross-site"}
    answer = till.send("GET", "/v1/lanes", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == OURS
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers
    refused = till.send("GET", "/v1/lanes/none", headers=headers)
    assert refused.headers["access-control-allow-origin"] == OURS


def test_listed_page_without_a_token_gets_nothing(till: Counter) -> None:
    told(till.send("GET", "/v1/lanes", client=None, headers={"Origin": OURS}), "token")


@pytest.mark.parametrize("network", ["Private-Network", "Local-Network"])
def test_preflight_is_answered_for_a_listed_page_alone(till: Counter, network: str) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        f"Access-Control-Request-{network}": "true",
    }
    path = "/v1/lanes/gate-1/requests"
    answer = till.send("OPTIONS", path, client=None, headers={"Origin": OURS} | asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == OURS
    assert answer.headers[f"access-control-allow-{network}"] == "true"
    assert "*" not in "".join(answer.headers.values())
    other = till.send("OPTIONS", path, client=None, headers={"Origin": "https://a.example"} | asked)
    assert not _has_cors(other)
    assert till.service.effects == []


def test_form_of_another_page_can_do_nothing(till: Counter) -> None:
    """What a browser sends without a preflight: text, forms, or nothing; and never a token."""
    path = "/v1/lanes/gate-1/emergency"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        plain = {"Content-Type": kind}
        told(till.send("POST", path, client=None, data='{"open":true}', headers=plain), "token")
        told(till.send("POST", path, data='{"open":true}', headers=plain), "content-type")
    assert till.service.effects == []


@pytest.mark.parametrize(
    "authorization",
    [
        "{token}",
        "Basic {token}",
        "Bearer",
        "Bearer ",
        "Bearer  {token}",
        "Bearer {token} ",
        "Bearer {token}x",
        "Bearer {token},Bearer {token}",
        "Bearer scan-client." + "A" * 43,
        "Bearer scan-client.",
        "Bearer é",
        "Bearer " + "A" * 5_000,
    ],
)
def test_token_that_is_not_whole_opens_nothing(till: Counter, authorization: str) -> None:
    value = authorization.format(token=till.token())
    answer = till.send("GET", "/v1/lanes", client=None, headers={"Authorization": value.encode()})
    # what follows a value's last letter is no part of it (RFC 9110, 5.5)
    expected = 200 if value.strip() == f"Bearer {till.token()}" else 401
    assert answer.status_code == expected
    if expected == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/", "/v1/lanes", "/v1/nothing", "/openapi.json", "/v1/events"])
def test_who_has_no_token_learns_of_no_resource(till: Counter, path: str) -> None:
    told(till.send("GET", path, client=None), "token")


def test_answers_say_nothing_of_how_they_were_made(till: Counter) -> None:
    for path in ("/v1/lanes", "/nothing"):
        answer = till.send("GET", path)
        assert not {"server", "date", "x-powered-by", "set-cookie"} & {
            name.lower() for name in answer.headers
        }
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "uvicorn" not in answer.text.lower()
        assert "starlette" not in answer.text.lower()


def test_guesses_are_slowed_and_who_knows_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with counter(tmp_path, limits={"wrong_burst": 5, "wrong_per_s": 0.001}) as till:
        guess = {"Authorization": "Bearer scan-client." + "A" * 43}
        found = [till.send("GET", "/v1/lanes", client=None, headers=guess) for _ in range(8)]
        assert [each.status_code for each in found] == [401] * 5 + [429] * 3
        assert int(told(found[-1], "guessing") and found[-1].headers["retry-after"]) >= 1
        assert till.send("GET", "/v1/lanes").status_code == 200
        assert len([line for line in caplog.messages if "token" in line]) == 1
        assert "AAAA" not in caplog.text


def test_program_that_asks_too_often_is_slowed_and_others_are_not(tmp_path: Path) -> None:
    with counter(tmp_path, limits={"requests_burst": 3, "requests_per_s": 0.001}) as till:
        statuses = [till.send("GET", "/v1/lanes").status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        answer = till.send("GET", "/v1/lanes")
        assert int(told(answer, "too-fast") and answer.headers["retry-after"]) >= 1
        assert till.send("GET", "/v1/lanes", client="till-2").status_code == 200


def test_token_that_was_removed_opens_nothing_from_then_on(tmp_path: Path) -> None:
    with counter(tmp_path) as till:
        assert till.send("GET", "/v1/lanes").status_code == 200
        till.clients.remove("till-1")
        told(till.send("GET", "/v1/lanes"), "token")


def test_file_that_others_may_write_lets_nobody_in(tmp_path: Path) -> None:
    with counter(tmp_path) as till:
        assert till.send("GET", "/v1/lanes").status_code == 200
        till.clients.path.chmod(0o602)
        told(till.send("GET", "/v1/lanes"), "token")
        assert "others may write" in str(till.interface.status()["clients"])
        till.clients.path.chmod(0o600)
        assert till.send("GET", "/v1/lanes").status_code == 200
