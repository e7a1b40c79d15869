"""Bugs put in on purpose: a fuzzer that does not find these is blind (`--self-test`)."""

from tests.fuzz.cc1_codes import SEEDS, mutated_code
from tests.fuzz.judging import check_judgement
from tests.fuzz.target import Target
from verifier.encoding.cose import head
from verifier.errors import MalformedPayload
from verifier.formats.cc1 import CC1
from verifier.model import Credential


class Forgiving:
    """CC1 with white space around it: what a kind programmer might add, a second text."""

    name = "cc1"

    def claims(self, payload: bytes) -> bool:
        return payload.startswith(b"CC1:")

    def parse(self, payload: bytes) -> Credential:
        return CC1().parse(payload.rstrip(b" \n"))


def raises(octets: bytes) -> None:
    """Raise what nobody documented, behind three comparisons that chance does not pass."""
    if octets[:1] == b"\xd8" and octets[1:2] == b"\x12" and octets[2:3] == b"\x84":
        head(0, 1 << 40)


def hangs(octets: bytes) -> None:
    """Never come back."""
    while octets[:1] == b"\xd8" and octets[1:2] == b"\x12":
        head(0, 0)


def hoards(octets: bytes) -> None:
    """Take memory that the input does not pay for."""
    kept = []
    while octets[:1] == b"\xd8":
        kept.append(bytes(1 << 20))


def forgives(octets: bytes) -> None:
    """Grant a second text of a valid code."""
    try:
        check_judgement(octets, (Forgiving(),))
    except MalformedPayload:
        return


PLANTED = (
    Target(name="planted-raise", run=raises, seeds=(b"\x84",), size_max=64),
    Target(name="planted-hang", run=hangs, seeds=(b"\x84",), size_max=64),
    Target(name="planted-hoard", run=hoards, seeds=(b"\x84",), size_max=64),
    Target(
        name="planted-second-text",
        run=forgives,
        seeds=SEEDS,
        size_max=512,
        words=(b" ",),
        mutate=mutated_code,
    ),
)
