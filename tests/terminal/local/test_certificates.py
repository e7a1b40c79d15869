import time
from pathlib import Path

import pytest

from terminal.local.certificates import CertificateUnusable, ends_at, server_context
from tests.support.certificates import make_certificate

_DAY_S = 86_400


def test_certificate_says_when_it_ends(tmp_path: Path) -> None:
    left_s = ends_at(make_certificate(tmp_path, days=10)) - time.time()
    assert 9.9 * _DAY_S < left_s < 10.1 * _DAY_S


def test_certificate_that_has_ended_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(CertificateUnusable, match="expired; renew it"):
        ends_at(make_certificate(tmp_path, days=-1))


def test_terminal_whose_clock_is_wrong_serves_a_certificate_all_the_same(tmp_path: Path) -> None:
    """Whether it is still good is for the program to judge, whose clock may be right."""
    server_context(make_certificate(tmp_path, days=-1))


def test_missing_file_is_named(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    files.key.unlink()
    with pytest.raises(CertificateUnusable, match=r"lan\.key is not there"):
        server_context(files)


def test_key_that_everybody_may_use_is_refused(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    files.key.chmod(0o604)
    with pytest.raises(CertificateUnusable, match="everybody may use it"):
        server_context(files)


def test_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    own = files.certificate.read_bytes()
    make_certificate(tmp_path)
    files.certificate.write_bytes(own)
    with pytest.raises(CertificateUnusable, match="no certificate and its key"):
        server_context(files)


def test_key_with_a_password_is_refused_and_nobody_is_asked_for_it(tmp_path: Path) -> None:
    with pytest.raises(CertificateUnusable, match="without a password"):
        server_context(make_certificate(tmp_path, password=b"secret"))


def test_what_is_no_pem_is_refused(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    files.certificate.write_text("certificate")
    with pytest.raises(CertificateUnusable, match=r"lan\.crt"):
        server_context(files)
