from pathlib import Path

import pytest

from central.errors import BadRequest, SiteUnusable
from central.site import Site, init_site, open_site
from tests.central.peers import START


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_secrets_are_their_owners_alone(site: Site) -> None:
    names = {path.name for path in (site.directory / "keys").glob("*.key")}
    assert names == {f"{n}.key" for n in ("card", "status", "command", "seal", "sector")}
    secrets = list((site.directory / "keys").rglob("*.key"))
    assert len(secrets) == 5 + 13 + 1  # the TUF roles', and the one for bulk changes
    assert {_mode(path) for path in secrets} == {0o600}
    assert _mode(site.directory) == _mode(site.directory / "keys") == _mode(site.tuf_keys) == 0o700
    assert _mode(site.signing) == 0o700
    assert {_mode(path) for path in site.signing.iterdir()} == {_mode(site.counters)} == {0o600}
    assert _mode(site.directory / "central.db") == _mode(site.directory / "centre.toml") == 0o600


def test_centre_is_the_same_when_opened_again(site: Site) -> None:
    again = open_site(site.directory)
    assert (again.issuer, again.created_at) == ("city.example", START)
    assert again.keys.card == site.keys.card
    assert again.keys.sector.octets == site.keys.sector.octets


def test_no_secret_shows(site: Site) -> None:
    shown = repr(site)
    for path in (site.directory / "keys").rglob("*.key"):
        assert path.read_text().strip() not in shown
    assert repr(site.keys.card.seed) not in shown


def test_empty_directory_is_taken_and_closed_to_others(tmp_path: Path) -> None:
    directory = tmp_path / "prepared"
    directory.mkdir(mode=0o755)
    init_site(directory, issuer="city.example", now=START)
    assert _mode(directory) == 0o700


def test_existing_centre_is_never_overwritten(site: Site) -> None:
    with pytest.raises(SiteUnusable, match="not empty"):
        init_site(site.directory, issuer="other.example", now=START)
    assert open_site(site.directory).pin == site.pin


@pytest.mark.parametrize("issuer", ["", "UPPER.example", "a/b", "..", "a b", "x" * 65, "é.example"])
def test_issuer_that_is_no_name_is_refused(tmp_path: Path, issuer: str) -> None:
    with pytest.raises(BadRequest):
        init_site(tmp_path / "centre", issuer=issuer, now=START)
    assert not (tmp_path / "centre").exists()


def test_interrupted_init_is_no_centre(site: Site) -> None:
    (site.directory / "centre.toml").unlink()
    with pytest.raises(SiteUnusable, match="no centre"):
        open_site(site.directory)


@pytest.mark.parametrize("text", ["", "not toml", "issuer = 5"])
def test_damaged_settings_are_told(site: Site, text: str) -> None:
    (site.directory / "centre.toml").write_text(text)
    with pytest.raises(SiteUnusable, match=r"centre\.toml"):
        open_site(site.directory)


@pytest.mark.parametrize("text", ["", "xyz", "00" * 31, "00" * 33])
def test_damaged_key_is_told_by_name(site: Site, text: str) -> None:
    (site.directory / "keys" / "card.key").write_text(text)
    with pytest.raises(SiteUnusable, match=r"card\.key"):
        open_site(site.directory)


def test_database_of_another_schema_is_not_touched(site: Site) -> None:
    store = site.open_store()
    store.database.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(SiteUnusable, match="schema 99"):
        site.open_store()
