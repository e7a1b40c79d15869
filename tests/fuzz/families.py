"""Seeds for each family of codes: made by the generators of the tests, never anybody else's."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.fuzz.cc1_codes import SEEDS, mutated_code
from tests.fuzz.target import Mutator
from tests.support.trust import CARD_KEY
from verifier.model import TrustedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What the fuzzer is told of one family, that it may get inside."""

    prefix: bytes  # makes noise a text of the family
    seeds: tuple[bytes, ...]  # texts; the first is granted
    keys: tuple[TrustedKey, ...]  # what a terminal trusts for it
    words: tuple[bytes, ...] = ()
    mutate: Mutator | None = None


KNOWN: Mapping[str, Family] = {
    "cc1": Family(
        prefix=b"CC1:",
        seeds=SEEDS,
        keys=(CARD_KEY,),
        words=(b"CC1:", b"CC1Q:"),
        mutate=mutated_code,
    ),
}
