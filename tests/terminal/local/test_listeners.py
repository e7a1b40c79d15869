"""Where programs reach the terminal: loopback, a Unix socket, the network by TLS alone."""

import os
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import ValidationError

from terminal.local.table import LocalSettings
from tests.support.certificates import NAME, make_certificate
from tests.support.local_service import PATIENCE_S, Counter, counter
from tests.support.raw_http import answer, head, is_ended


def lan(folder: Path, **more: Any) -> dict[str, Any]:
    files = make_certificate(folder)
    table = {
        "address": "127.0.0.1",
        "port": 0,
        "certificate": str(files.certificate),
        "key": str(files.key),
        "hosts": [NAME],
    }
    return {"loopback": [], "lan": table | more}


def ask(till: Counter, folder: Path, **more: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {till.token()}"} | more.pop("headers", {})
    path, files = more.pop("path", "/v1/lanes"), folder / "lan.crt"
    with requests.Session() as session:
        session.trust_env = False
        url = till.url + path
        return session.get(url, headers=headers, verify=str(files), timeout=PATIENCE_S, **more)


def test_program_of_another_machine_asks_by_tls(tmp_path: Path) -> None:
    with counter(tmp_path, **lan(tmp_path)) as till:
        assert till.url.startswith("https://")
        assert ask(till, tmp_path).status_code == 200
        assert ask(till, tmp_path, headers={"Host": NAME}).status_code == 200
        assert ask(till, tmp_path, headers={"Host": "localhost"}).status_code == 421
        assert ask(till, tmp_path, headers={"Authorization": "x"}).status_code == 401


def test_nothing_is_said_in_clear_on_the_network(tmp_path: Path) -> None:
    with counter(tmp_path, **lan(tmp_path)) as till:
        octets = head("GET", "/v1/lanes", f"Authorization: Bearer {till.token()}")
        with socket.create_connection(("127.0.0.1", till.port), PATIENCE_S) as plain:
            plain.sendall(octets)
            assert b"HTTP" not in plain.recv(100)
        assert till.interface.status()["connections"] in (0, 1)


def test_old_tls_is_not_spoken(tmp_path: Path) -> None:
    with (
        counter(tmp_path, **lan(tmp_path)) as till,
        socket.create_connection(("127.0.0.1", till.port), PATIENCE_S) as plain,
    ):
        context = ssl.create_default_context(cafile=tmp_path / "lan.crt")
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSVersion"):
            context.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="TLSVersion"):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(plain, server_hostname=NAME)


@pytest.mark.slow
def test_who_begins_tls_and_does_not_go_on_loses_his_place(tmp_path: Path) -> None:
    with (
        counter(tmp_path, limits={"handshake_s": 0.2}, **lan(tmp_path)) as till,
        socket.create_connection(("127.0.0.1", till.port), PATIENCE_S) as silent,
    ):
        assert is_ended(silent)
        while till.interface.status()["connections"]:
            assert till.interface.listeners[0].trouble == ""


def test_one_machine_of_the_network_takes_its_share_alone(tmp_path: Path) -> None:
    bounds = {"connections_of_peer_max": 2}
    with (
        counter(tmp_path, limits=bounds, **lan(tmp_path)) as till,
        socket.create_connection(("127.0.0.1", till.port), PATIENCE_S) as first,
        socket.create_connection(("127.0.0.1", till.port), PATIENCE_S),
    ):
        assert ask(till, tmp_path).status_code == 200
        assert is_ended(first)


@pytest.mark.slow
def test_renewed_certificate_is_taken_and_a_broken_one_is_not(tmp_path: Path) -> None:
    with counter(tmp_path, limits={"retry_s": 0.01}, **lan(tmp_path)) as till:
        listener = till.interface.listeners[0]
        old = (tmp_path / "lan.crt").read_bytes()
        others = make_certificate(tmp_path / "others")
        others.certificate.replace(tmp_path / "lan.crt")  # its key is on the way
        while not listener.trouble:
            assert listener.door is not None
        assert _served(till) == ssl.PEM_cert_to_DER_cert(old.decode())
        others.key.replace(tmp_path / "lan.key")
        while listener.trouble:
            assert listener.door is not None
        assert _served(till) == ssl.PEM_cert_to_DER_cert((tmp_path / "lan.crt").read_text())


def _served(till: Counter) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", till.port), PATIENCE_S) as plain,
        context.wrap_socket(plain) as secure,
    ):
        return secure.getpeercert(binary_form=True) or b""


@pytest.mark.slow
def test_listener_that_can_not_be_had_is_tried_again_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with counter(tmp_path, port=port, limits={"retry_s": 0.01}) as till:
            listener = till.interface.listeners[0]
            assert f"can't listen on 127.0.0.1 port {port}" in listener.trouble
            taken.close()
            while listener.trouble:
                assert till.interface.status()["streams"] == 0
            assert till.send("GET", "/v1/lanes").status_code == 200
    assert len([line for line in caplog.messages if "can't listen" in line]) == 1


def test_program_of_this_machine_asks_by_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "local.sock"
    table = {"path": str(path), "mode": "0600"}
    with counter(tmp_path, loopback=[], socket=table) as till:
        assert path.stat().st_mode & 0o777 == 0o600
        token = f"Authorization: Bearer {till.token()}"
        for fields, status in (((token,), 200), ((), 401)):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(PATIENCE_S)
                connection.connect(str(path))
                connection.sendall(head("GET", "/v1/lanes", *fields))
                assert answer(connection).status == status
    assert not path.exists()


def test_token_that_opens_nothing_is_told_by_who_sent_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "local.sock"
    with (
        counter(tmp_path, loopback=[], socket={"path": str(path)}),
        socket.socket(socket.AF_UNIX) as connection,
    ):
        connection.connect(str(path))
        connection.sendall(head("GET", "/v1/lanes", "Authorization: Bearer x"))
        assert answer(connection).status == 401
    assert f"came from user {os.geteuid()}" in caplog.text


def test_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("precious")
    with counter(tmp_path, loopback=[], socket={"path": str(path)}) as till:
        assert "can't be used as socket" in till.interface.listeners[0].trouble
    assert path.read_text() == "precious"


def test_socket_that_was_left_over_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "local.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with counter(tmp_path, loopback=[], socket={"path": str(path)}) as till:
        assert till.interface.listeners[0].trouble == ""


@pytest.mark.parametrize("path", ["/nowhere/local.sock", "/tmp/" + "x" * 120])  # noqa: S108  # never made
def test_socket_that_can_not_be_made_is_told(tmp_path: Path, path: str) -> None:
    with counter(tmp_path, loopback=[], socket={"path": path}) as till:
        assert path in till.interface.listeners[0].trouble


def test_unknown_group_is_told(tmp_path: Path) -> None:
    table = {"path": str(tmp_path / "local.sock"), "group": "no-such-group"}
    with counter(tmp_path, loopback=[], socket=table) as till:
        assert "no-such-group" in till.interface.listeners[0].trouble


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"loopback": ["0.0.0.0"]}, "loopback"),  # noqa: S104  # it is refused
        ({"loopback": ["192.0.2.1"]}, "loopback"),
        ({"loopback": ["127.0.0.1", "127.0.0.1"]}, "twice"),
        ({"loopback": []}, "nothing to listen on"),
        ({"port": 65_536}, "port"),
        ({"port": -1}, "port"),
        ({"origins": ["*"]}, "origins"),
        ({"origins": ["null"]}, "origins"),
        ({"origins": ["https://pos.example/"]}, "origins"),
        ({"origins": ["https://*.example"]}, "origins"),
        ({"origins": ["https://POS.example"]}, "origins"),
        ({"socket": {"path": "/run/x", "mode": "0777"}}, "mode"),
        ({"lan": {"address": "192.0.2.1"}}, "certificate"),
        ({"lan": {"address": "192.0.2.1", "certificate": "c"}}, "key"),
        ({"lan": {"address": "till", "certificate": "c", "key": "k"}}, "no IP address"),
        ({"lan": {"address": "0.0.0.0", "certificate": "c", "key": "k"}}, "hosts"),  # noqa: S104
        ({"lan": {"address": "::", "certificate": "c", "key": "k"}}, "hosts"),
        ({"cors": True}, "cors"),
    ],
)
def test_settings_that_let_too_many_in_are_refused(table: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        LocalSettings.model_validate(table)


def test_without_anything_said_it_listens_on_loopback_alone() -> None:
    settings = LocalSettings()
    assert settings.loopback == ("127.0.0.1",)
    assert (settings.socket, settings.lan, settings.origins) == (None, None, ())
