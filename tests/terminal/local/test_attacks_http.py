"""Requests that two readers could read in two ways, bodies that are none, and paths with tricks."""

from collections.abc import Iterator

import pytest

from terminal.local.bodies import DEPTH_MAX
from tests.support.local_service import Counter, counter, told
from tests.support.raw_http import answer, answered, connected, head, is_ended

CLOSE = "Connection: close"
JSON = "Content-Type: application/json"
OPEN = "/v1/lanes/gate-1/emergency"
BODY = b'{"open":true}'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    bounds = {"requests_burst": 1_000_000}
    with counter(tmp_path_factory.mktemp("http"), limits=bounds) as opened:
        yield opened


@pytest.fixture
def till(served: Counter) -> Counter:
    served.service.effects.clear()
    return served


def own(till: Counter) -> str:
    return f"Authorization: Bearer {till.token()}"


def _posts(till: Counter, *fields: str, body: bytes = BODY, rest: bytes = b"") -> list[str]:
    octets = head("POST", OPEN, own(till), JSON, *fields) + body + rest
    return [said.code or str(said.status) for said in answered(till.port, octets)]


def test_two_lengths_are_no_request(till: Counter) -> None:
    chunked = b"0\r\n\r\n" + head("POST", OPEN, own(till))
    length = f"Content-Length: {len(BODY)}"
    for fields, body in (
        ((length, "Transfer-Encoding: chunked"), chunked),
        (("Transfer-Encoding: chunked", length), chunked),
        ((length, "Content-Length: 5"), BODY),
        (("Content-Length: 13, 5",), BODY),
    ):
        assert _posts(till, *fields, body=body) == ["http"]
    assert till.service.effects == []


def test_one_length_said_twice_is_one_length(till: Counter) -> None:
    """RFC 9110, 8.6: a list of equal values may be taken for one."""
    assert _posts(till, f"Content-Length: {len(BODY)}, {len(BODY)}", CLOSE) == ["200"]


@pytest.mark.parametrize(
    "field",
    [
        "Content-Length: +13",
        "Content-Length: 0x0d",
        "Content-Length: 1 3",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999999",
        "Content-Length : 13",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding:\x0bchunked",
        " Transfer-Encoding: chunked",
        "X: \x00",
    ],
)
def test_length_that_has_two_readings_is_no_request(till: Counter, field: str) -> None:
    found = _posts(till, field, CLOSE)
    assert len(found) <= 1
    assert found in (["http"], ["too-large"], ["malformed"], ["content-type"], ["501"], [])
    assert till.service.effects == []


@pytest.mark.parametrize(
    "body", [b"d\n{}\r\n0\r\n\r\n", b"2\r\n{}XX0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b"zz\r\n"]
)
def test_chunks_out_of_form_are_no_request(till: Counter, body: bytes) -> None:
    assert _posts(till, "Transfer-Encoding: chunked", body=body) == ["http"]
    assert till.service.effects == []


def test_chunked_body_of_a_library_is_taken(till: Counter) -> None:
    body = b"5;x=y\r\n" + BODY[:5] + b"\r\n8\r\n" + BODY[5:] + b"\r\n0\r\nX: y\r\n\r\n"
    assert _posts(till, "Transfer-Encoding: chunked", CLOSE, body=body) == ["200"]


@pytest.mark.parametrize(
    "name", ["Host", "Authorization", "Origin", "Content-Type", "Idempotency-Key"]
)
def test_field_that_stands_twice_is_no_request(till: Counter, name: str) -> None:
    first = {"Host": "localhost", "Authorization": own(till).partition(": ")[2]}.get(name, "x")
    fields = [f"{name}: {first}"] * (1 if name in ("Host", "Authorization", "Content-Type") else 2)
    assert _posts(till, *fields, f"Content-Length: {len(BODY)}", CLOSE) in (["http"], ["origin"])
    assert till.service.effects == []


def test_requests_in_a_row_are_answered_in_their_order(till: Counter) -> None:
    length = f"Content-Length: {len(BODY)}"
    row = [
        head("GET", "/v1/lanes", own(till)),
        head("POST", OPEN, own(till), JSON, length) + BODY,
        head("GET", "/v1/nothing", own(till)),
        head("GET", "/v1/lanes/gate-1", own(till), CLOSE),
    ]
    found = answered(till.port, b"".join(row))
    assert [each.status for each in found] == [200, 200, 404, 200]
    assert b'"held_open":true' in found[-1].body


def test_what_follows_a_refused_body_is_not_taken_for_a_request(till: Counter) -> None:
    """Without a token the body is read away; it holds no second request of anybody's."""
    hidden = head("POST", OPEN, own(till), JSON, f"Content-Length: {len(BODY)}") + BODY
    octets = head("POST", OPEN, JSON, f"Content-Length: {len(hidden)}", CLOSE) + hidden
    assert [said.code for said in answered(till.port, octets)] == ["token"]
    assert till.service.effects == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_method_without_an_effect_carries_no_body(till: Counter, method: str) -> None:
    octets = head(method, "/v1/lanes", own(till), "Content-Length: 1", CLOSE) + b"x"
    assert [said.status for said in answered(till.port, octets)][:1] == [400]


@pytest.mark.parametrize(
    "target",
    [
        "/v1/lanes/",
        "//v1/lanes",
        "/v1//lanes",
        "/V1/lanes",
        "/v1/lanes/../diagnosis",
        "/v1/%6canes",
        "/v1/lanes%2fgate-1",
        "/v1/lanes/%2e%2e/diagnosis",
        "/v1/lanes/gate-1%00",
        "/v1/lanes;x=y",
        "/v1/lanes/gate-1/../pharmacy-1",
        "/v1/lanes/..",
        "/v1/lanes/.",
        "/../../etc/passwd",
        "/v1\\lanes",
        "http://localhost/v1/lanes",
        "http://evil.example/v1/lanes",
        "*",
        "/v1/lanes#x",
    ],
)
def test_each_resource_has_one_spelling(till: Counter, target: str) -> None:
    found = answered(till.port, head("GET", target, own(till), CLOSE))
    assert [said.code for said in found] in (["not-found"], ["lane-unknown"], ["http"])


@pytest.mark.parametrize(
    "octets",
    [
        b"\r\n\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS client's first octets
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x00" * 100 + b"\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_so_and_ended(till: Counter, octets: bytes) -> None:
    with connected(till.port, octets) as connection:
        said = answer(connection)
        assert (said.status, said.code) == (400, "http")
        assert said.headers["connection"] == "close"
        assert is_ended(connection)


@pytest.mark.parametrize("upgrade", ["websocket", "h2c"])
def test_nothing_else_than_http_is_spoken(till: Counter, upgrade: str) -> None:
    fields = ("Connection: upgrade, close", f"Upgrade: {upgrade}", "Sec-WebSocket-Version: 13")
    found = answered(till.port, head("GET", "/v1/lanes", own(till), *fields))
    assert [said.status for said in found] == [200]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"open"',
        b"{'open': true}",
        b'{"open":true}}',
        b'{"open":true,}',
        b'{"open":false,"open":true}',
        b'{"open":true,"\\u006fpen":false}',
        b'{"open":NaN}',
        b'{"open":1e999}',
        b'{"open":"\\ud800"}',
        b'{"open":true,"\\udfff":1}',
        b'\xef\xbb\xbf{"open":true}',
        '{"open":true}'.encode("utf-16"),
        b'{"open":"\xff"}',
        b'{"open":' + b"9" * 5_000 + b"}",
        b"[" * 8_000,
        b'{"open":' * 900 + b"true" + b"}" * 900,
    ],
)
def test_json_that_has_two_readings_or_none_is_refused(till: Counter, body: bytes) -> None:
    told(
        till.send("POST", OPEN, data=body, headers={"Content-Type": "application/json"}),
        "malformed",
    )
    assert till.service.effects == []


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"NaN", b"Infinity", b"1" * 5_000])
def test_number_that_no_journal_could_say_again_is_refused(till: Counter, number: bytes) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "number_out_of_reach"}
    body = b'{"details":{"x":' + number + b"}}"
    told(till.send("POST", "/v1/lanes/gate-1/requests", data=body, headers=headers), "malformed")
    assert till.service.effects == []


@pytest.mark.parametrize(("levels", "status"), [(DEPTH_MAX - 2, 201), (DEPTH_MAX - 1, 422)])
def test_details_go_just_so_deep(till: Counter, levels: int, status: int) -> None:
    details: object = 1
    for _ in range(levels):
        details = [details]
    key = f"deep_details_{status}"
    answered = till.arm(key, details={"x": details})
    till.send("POST", f"/v1/requests/{key}/abort")
    assert answered.status_code == status


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/json",
        "application/jsonx",
        "application/json; charset=utf-16",
        "application/json;x=y",
    ],
)
def test_body_that_is_not_called_json_is_refused(till: Counter, kind: str) -> None:
    told(till.send("POST", OPEN, data=BODY, headers={"Content-Type": kind}), "content-type")
    assert till.service.effects == []


def test_compressed_body_is_refused(till: Counter) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    told(till.send("POST", OPEN, data=BODY, headers=headers), "content-type")


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
def test_body_that_is_called_json_is_taken(till: Counter, kind: str) -> None:
    assert till.send("POST", OPEN, data=BODY, headers={"Content-Type": kind}).status_code == 200
