"""Origins, cookies and addresses, by every way that browsers come."""

import pytest
from fastapi import Request, Response

from central.errors import BadRequest
from central.pages.admission import (
    Way,
    address_of,
    check_own,
    check_secure,
    cookie_of,
    give_cookie,
    way_of,
)
from central.pages.answers import PageCode, PageRefused

_FRONT = "https://centre.example"


def _request(*, peer: str = "127.0.0.1", scheme: str = "http", **headers: str) -> Request:
    named = {"host": "centre.example", "content-type": "application/json", **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]
    return Request(
        {
            "type": "http",
            "method": "POST",
            "scheme": scheme,
            "path": "/operate/api/session",
            "query_string": b"",
            "server": ("centre.example", 80),
            "client": (peer, 4_711),
            "headers": raw,
        }
    )


def _code(act: object, *arguments: object) -> PageCode:
    with pytest.raises(PageRefused) as refused:
        act(*arguments)  # type: ignore[operator]  # a check
    return refused.value.code


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.1", "::2", "", "testclient"])
def test_nobody_signs_in_over_a_network_in_clear(peer: str) -> None:
    assert _code(check_secure, _request(peer=peer), way_of(None)) is PageCode.INSECURE


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_itself_needs_no_tls(peer: str) -> None:
    check_secure(_request(peer=peer), way_of(None))


def test_tls_of_either_kind_lets_everybody_come() -> None:
    check_secure(_request(peer="192.0.2.7", scheme="https"), way_of(None))
    check_secure(_request(peer="192.0.2.7"), way_of(_FRONT))


@pytest.mark.parametrize(
    ("way", "scheme", "origin"),
    [
        (None, "http", "https://centre.example"),
        (None, "https", "http://centre.example"),
        (None, "http", "http://centre.example:81"),
        (None, "http", "http://centre.example.evil.example"),
        (_FRONT, "http", "http://centre.example"),
        (_FRONT, "http", "https://evil.example"),
        (_FRONT, "http", "https://centre.example:444"),
        (_FRONT, "http", ""),
    ],
)
def test_origin_that_is_not_the_pages_own_is_refused(
    way: str | None, scheme: str, origin: str
) -> None:
    request = _request(scheme=scheme, origin=origin)
    assert _code(check_own, request, way_of(way)) is PageCode.ORIGIN


def test_origin_is_what_people_type_whatever_stands_in_front_asks_for() -> None:
    check_own(_request(origin="https://centre.example", host="127.0.0.1:8480"), way_of(_FRONT))
    check_own(_request(origin="http://centre.example"), way_of(None))
    check_own(_request(origin="https://centre.example", scheme="https"), way_of(None))


@pytest.mark.parametrize(
    ("way", "scheme", "begins", "is_secure"),
    [
        (None, "http", "operate=x;", False),
        (None, "https", "__Secure-operate=x;", True),
        (_FRONT, "http", "__Secure-operate=x;", True),
    ],
)
def test_cookie_goes_over_tls_alone_where_there_is_tls(
    way: str | None, scheme: str, begins: str, *, is_secure: bool
) -> None:
    response, request = Response(), _request(scheme=scheme)
    give_cookie(response, request, way_of(way), "x")
    told = response.headers["set-cookie"]
    assert told.startswith(begins)
    assert ("Secure;" in told or told.endswith("Secure")) is is_secure


def test_cookie_of_the_plain_way_is_not_taken_over_tls() -> None:
    request = _request(cookie="operate=planted", scheme="https")
    assert cookie_of(request, way_of(None)) == ""


def test_address_is_the_last_that_our_own_front_wrote() -> None:
    front: Way = way_of(_FRONT)
    told = {"x_forwarded_for": "203.0.113.9, 192.0.2.7"}
    assert address_of(_request(**told), front) == "192.0.2.7"
    assert address_of(_request(), front) == "127.0.0.1"


def test_address_is_the_last_also_where_the_front_writes_a_line_of_its_own() -> None:
    """As HAProxy does: the first line is then what the browser sent, and may be any."""
    request = _request(x_forwarded_for="203.0.113.9")
    request.scope["headers"].append((b"x-forwarded-for", b"192.0.2.7"))
    assert address_of(request, way_of(_FRONT)) == "192.0.2.7"


def test_address_that_a_stranger_claims_is_not_believed() -> None:
    told = {"x_forwarded_for": "203.0.113.9"}
    assert address_of(_request(peer="192.0.2.7", **told), way_of(_FRONT)) == "192.0.2.7"
    assert address_of(_request(**told), way_of(None)) == "127.0.0.1"


@pytest.mark.parametrize(
    "url", ["", "http://x", "https://", "https://x/y", "https://x?y", "https://u@", "centre"]
)
def test_public_url_is_an_https_host_and_nothing_else(url: str) -> None:
    with pytest.raises(BadRequest):
        way_of(url)


def test_public_url_may_have_a_port_and_end_with_a_stroke() -> None:
    assert way_of("https://Centre.example:8443/").public_url == "https://centre.example:8443"
