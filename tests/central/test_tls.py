"""The centre by TLS of its own."""

from pathlib import Path

import pytest

from central.errors import SiteUnusable
from central.serving import Options, make_server
from central.site import Site
from tests.central.cli_runs import runner
from tests.central.peers import SetClock
from tests.support.certificates import make_certificate


def test_a_certificate_and_a_key_that_do_not_belong_together_are_told(
    site: Site, tmp_path: Path
) -> None:
    one, other = make_certificate(tmp_path / "1"), make_certificate(tmp_path / "2")
    for files in (
        (one.certificate, other.key),
        (one.certificate, tmp_path / "none"),
        (one.key, one.certificate),
    ):
        with pytest.raises(SiteUnusable, match=r"can't be used .*both PEM"):
            make_server(site, now=SetClock(), options=Options(tls=files))


def test_a_key_with_a_password_is_told_and_nobody_is_asked_for_it(
    site: Site, tmp_path: Path
) -> None:
    locked = make_certificate(tmp_path / "1", password=b"secret")
    with pytest.raises(SiteUnusable, match="without password"):
        make_server(site, now=SetClock(), options=Options(tls=(locked.certificate, locked.key)))


def test_half_of_it_is_a_word_too_few(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = runner(capsys)("serve", "--dir", site.directory, "--tls-cert", tmp_path / "x")
    assert (told.code, "go together" in told.err) == (2, True)
