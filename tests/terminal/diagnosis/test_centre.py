import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from protocol.keys import to_base64url
from terminal.centre.certificate import certificate_ends_at
from terminal.diagnosis.centre import look_at_centre
from terminal.diagnosis.ground import Ground
from terminal.local.certificates import Files
from terminal.settings import CentreSettings, Settings
from terminal.timekeeping import system_now
from tests.support.certificates import make_certificate
from tests.support.middleman import Asked, Middleman, Told


@pytest.mark.parametrize(
    ("files", "level", "told"),
    [
        ({"1.root.json": b"root", "timestamp.json": b"t"}, "ok", "answers"),
        ({"1.root.json": b"root"}, "fail", "publishes no trust"),
        ({"timestamp.json": b"t"}, "fail", "publishes no trust"),
        ({"1.root.json": b"anew", "timestamp.json": b"t"}, "fail", "another trust root"),
    ],
)
def test_centre_that_began_anew_is_told_from_one_that_publishes_nothing(
    files: dict[str, bytes], level: str, told: str
) -> None:
    def answer(asked: Asked) -> Told:
        body = files.get(asked.path.rpartition("/")[2])
        return Told(status=404) if body is None else Told(body=body)

    root = to_base64url(hashlib.sha256(b"root").digest())
    with Middleman(answer) as man:
        settings = Settings(centre=CentreSettings(url=man.url, trust_root=root))
        (found,) = look_at_centre(Ground(config=Path("/nowhere"), settings=settings))
    assert (found.check, found.level) == ("centre", level)
    assert told in found.what
    assert bool(found.remedy) == (level != "ok")


@contextmanager
def secured(files: Files) -> Iterator[int]:
    """Shake hands with whoever comes, and say no more; give the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            line, _ = server.accept()
            with closing(line), suppress(OSError), context.wrap_socket(line, server_side=True):
                return

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_end_of_the_centres_certificate_is_known(tmp_path: Path) -> None:
    files = make_certificate(tmp_path / "tls", days=10)
    with secured(files) as port:
        ends_at = certificate_ends_at(f"https://127.0.0.1:{port}", ca_file=str(files.certificate))
    assert ends_at is not None
    assert abs(ends_at - system_now() - 10 * 86_400) < 60


def test_certificate_that_is_not_accepted_has_no_end_for_us(tmp_path: Path) -> None:
    files = make_certificate(tmp_path / "tls")
    with secured(files) as port:
        assert certificate_ends_at(f"https://127.0.0.1:{port}", ca_file=None) is None
    assert certificate_ends_at(f"https://127.0.0.1:{port}", ca_file=None) is None  # nobody there
    assert certificate_ends_at(f"http://127.0.0.1:{port}", ca_file=None) is None
