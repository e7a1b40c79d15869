"""Bugs put in on purpose: a fuzzer that does not find these is blind (`--self-test`)."""

from tests.fuzz.cc1_codes import SEEDS, mutated_code
from tests.fuzz.judging import check_judgement
from tests.fuzz.target import Target
from verifier.encoding.cose import head
from verifier.formats.cc1 import CC1
from verifier.model import Credential


class Forgiving:
    """CC1 in small letters too: what a kind programmer might allow, and many texts of one code."""

    name = "cc1"

    def claims(self, payload: bytes) -> bool:
        return payload.startswith(b"CC1:")

    def parse(self, payload: bytes) -> Credential:
        return CC1().parse(payload.upper())


def raises(octets: bytes) -> None:
    """Raise what nobody documented, behind three comparisons that chance does not pass."""
    if octets[:1] == b"\xd8" and octets[1:2] == b"\x12" and octets[2:3] == b"\x84":
        head(0, 1 << 40)


def hangs(octets: bytes) -> None:
    """Never come back."""
    while octets[:1] == b"\xd8" and octets[1:2] == b"\x12":
        head(0, 0)


def hoards(octets: bytes) -> None:
    """Take memory that the input does not pay for, and keep it until somebody looks."""
    if octets[:1] == b"\xd8":
        kept = b"\1" * (768 << 20)
        while kept:
            head(0, 0)


def forgives(octets: bytes) -> None:
    """Grant a second text of a valid code."""
    check_judgement(octets, (Forgiving(),))


PLANTED = (
    Target(name="planted-raise", run=raises, seeds=(b"\x84",), size_max=64),
    Target(name="planted-hang", run=hangs, seeds=(b"\x84",), size_max=64),
    # Who looks at the memory does so once a second, and later on a busy machine.
    Target(name="planted-hoard", run=hoards, seeds=(b"\x84",), size_max=64, timeout_s=30),
    Target(
        name="planted-second-text",
        run=forgives,
        seeds=SEEDS,
        size_max=512,
        mutate=mutated_code,
    ),
)
