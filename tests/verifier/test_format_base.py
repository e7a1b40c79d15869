import hashlib

from verifier.formats.base import subject_of


def test_subject_is_what_other_programs_can_compute() -> None:
    """Pseudonyms are made of it: another rule would make every holder a stranger."""
    for family, holder in (("claim169", b"ID-0007"), ("a", b""), ("a", b"\0b")):
        octets = family.encode() + b"\0" + holder
        assert subject_of(family, holder) == hashlib.sha256(octets).digest()[:8]


def test_holder_of_one_family_is_nobody_of_another() -> None:
    assert subject_of("ab", b"c") != subject_of("a", b"bc")
