"""The environment redirects neither trust nor traffic: proxies, certificates, passwords."""

import datetime as dt
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from terminal.centre.client import CentreClient
from terminal.errors import CentreUnreachable
from tests.support.middleman import Middleman, Told

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class _Says(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "4")
        self.end_headers()
        self.wfile.write(b"page")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Stay silent."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of 127.0.0.1 that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "centre.example")])
    now = dt.datetime.now(tz=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "centre.pem"
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, pkcs8, plain) + made.public_bytes(pem))
    return path


@pytest.fixture(scope="module")
def impostor(certificate: Path) -> Iterator[str]:
    """A server with a certificate that nobody vouches for but, perhaps, the environment."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Says)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def page_of(url: str, ca_file: Path | None = None) -> bytes:
    client = CentreClient(url, ca_file=None if ca_file is None else str(ca_file))
    try:
        return ask(client)
    finally:
        client.close()


def ask(client: CentreClient) -> bytes:
    return client.door.send("GET", f"{client.url}/page", headers={}, limit=1_000).body


def test_a_certificate_that_the_settings_name_is_accepted(impostor: str, certificate: Path) -> None:
    assert page_of(impostor, certificate) == b"page"


@pytest.mark.parametrize("variable", BUNDLES)
def test_a_certificate_that_the_environment_names_is_not(
    impostor: str, certificate: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(certificate))
    with pytest.raises(CentreUnreachable, match="certificate is not accepted"):
        page_of(impostor)


def test_a_folder_of_certificates_that_the_environment_names_is_not(
    impostor: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(certificate.parent))
    with pytest.raises(CentreUnreachable, match="certificate is not accepted"):
        page_of(impostor)


@pytest.mark.parametrize("variable", BUNDLES)
def test_the_environment_takes_no_certificate_away(
    impostor: str, certificate: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "/nonexistent.pem")
    assert page_of(impostor, certificate) == b"page"


@pytest.mark.parametrize("name", [*PROXIES, *(each.lower() for each in PROXIES)])
def test_no_proxy_of_the_environment_is_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        Middleman(lambda _: Told(body=b"forged")) as proxy,
        Middleman(lambda _: Told(body=b"honest")) as centre,
    ):
        monkeypatch.setenv(name, proxy.url)
        assert page_of(centre.url) == b"honest"
        assert proxy.asked == []


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_no_proxy_of_the_environment_is_asked_for_a_tunnel(
    impostor: str, certificate: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Middleman(lambda _: Told(status=502)) as proxy:
        monkeypatch.setenv(name, proxy.url)
        assert page_of(impostor, certificate) == b"page"
        assert proxy.asked == []


def test_no_password_file_adds_anything_to_a_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login holder-0007 password secret\ndefault login a b c\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with Middleman(lambda _: Told(body=b"page")) as centre:
        page_of(centre.url)
        (asked,) = centre.asked
    assert "authorization" not in asked.headers
    assert "cookie" not in asked.headers


def test_no_cookie_of_an_answer_comes_back() -> None:
    with Middleman(lambda _: Told(body=b"i", headers={"Set-Cookie": "a=b"})) as centre:
        client = CentreClient(centre.url)
        ask(client)
        ask(client)
        client.close()
        assert all("cookie" not in asked.headers for asked in centre.asked)
