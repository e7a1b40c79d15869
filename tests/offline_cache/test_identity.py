import json
from pathlib import Path

import pytest

from offline_cache.errors import CacheCorrupt, NotEnrolled
from offline_cache.identity import Identity, load_identity, save_identity
from protocol.keys import OpeningKey, SigningKey
from protocol.pseudonym import SectorKey

IDENTITY = Identity(
    terminal="gate-7",
    epoch=3,
    signing=SigningKey(bytes(range(32))),
    opening=OpeningKey(bytes(range(32, 64))),
    sector=SectorKey("s-1", bytes(range(64, 96))),
    trust_root=bytes(range(96, 128)),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "identity.json"


def test_what_is_kept_is_what_is_found(path: Path) -> None:
    save_identity(path, IDENTITY)
    assert load_identity(path) == IDENTITY


def test_only_its_owner_can_read_it(path: Path) -> None:
    save_identity(path, IDENTITY)
    assert path.stat().st_mode & 0o777 == 0o600


def test_secrets_are_not_shown_by_printing_it() -> None:
    shown = repr(IDENTITY)
    for secret in (IDENTITY.signing.seed, IDENTITY.opening.secret, IDENTITY.sector.octets):
        assert secret.hex() not in shown
        assert repr(secret) not in shown


def test_without_one_the_remedy_is_to_enrol(path: Path) -> None:
    with pytest.raises(NotEnrolled, match=f"{path}: .*scan-terminal enrol"):
        load_identity(path)


@pytest.mark.parametrize(
    "octets", [b"", b"\xff\xfe", b"[]", b"7", b"{}", b"null", b"[" * 100_000, b'{"terminal":"a"}']
)
def test_a_damaged_identity_is_told_in_one_line(path: Path, octets: bytes) -> None:
    path.write_bytes(octets)
    with pytest.raises(CacheCorrupt, match=f"{path}: the identity is damaged") as caught:
        load_identity(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["signing", "opening", "sector_key", "trust_root"])
@pytest.mark.parametrize("value", ["00" * 31, "00" * 33, "zz" * 32, 7, None])
def test_a_key_of_another_form_is_damage(path: Path, name: str, value: object) -> None:
    save_identity(path, IDENTITY)
    members = json.loads(path.read_bytes())
    path.write_text(json.dumps({**members, name: value}))
    with pytest.raises(CacheCorrupt):
        load_identity(path)


@pytest.mark.parametrize("length", range(0, 400, 37))
def test_a_file_cut_anywhere_is_damage(path: Path, length: int) -> None:
    save_identity(path, IDENTITY)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(CacheCorrupt):
        load_identity(path)
