import hashlib

from protocol.pseudonym import SectorKey
from verifier.model import UnixSeconds

KEY = SectorKey(id="s1", octets=bytes(range(32)))
SUBJECT = bytes.fromhex("a1b2c3d4e5f60718")
IAT = UnixSeconds(1_800_000_000)


def test_names_are_those_of_hashlib() -> None:
    def digest(octets: bytes) -> str:
        return hashlib.blake2b(octets, key=bytes(range(32)), digest_size=16).hexdigest()

    assert KEY.pseudonym("city.example", SUBJECT) == digest(b"city.example" + SUBJECT)
    drawn = digest(b"city.example" + SUBJECT + bytes.fromhex("6b49d200"))
    assert KEY.presentation("city.example", SUBJECT, IAT) == drawn


def test_names_are_pinned() -> None:
    assert KEY.pseudonym("city.example", SUBJECT) == "6c9832e14e98d893c00161d32412550c"
    assert KEY.presentation("city.example", SUBJECT, IAT) == "0c1806ec9fb6a47ea712bc845cef47be"


def test_same_subject_of_another_issuer_or_sector_has_another_name() -> None:
    names = {
        key.pseudonym(issuer, SUBJECT)
        for key in (KEY, SectorKey(id="s2", octets=bytes(32)))
        for issuer in ("city.example", "other.example")
    }
    assert len(names) == 4


def test_every_presentation_has_its_own_name() -> None:
    names = {KEY.presentation("c", SUBJECT, UnixSeconds(IAT + step)) for step in range(50)}
    assert len(names | {KEY.pseudonym("c", SUBJECT)}) == 51


def test_key_does_not_show_itself() -> None:
    assert KEY.octets.hex() not in repr(KEY)
    assert repr(KEY.octets) not in repr(KEY)
