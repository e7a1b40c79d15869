"""One target under the fuzzer: `python -m tests.fuzz.one TARGET [libFuzzer's arguments]`.

With a file for an argument it runs that input once: so a finding is looked at again.
"""

import sys
from random import Random

import atheris

with atheris.instrument_imports(include=["verifier", "protocol", "drivers", "tests.fuzz.planted"]):
    from tests.fuzz.table import PLANTED, TARGETS

# The interpreter and its libraries take 100 MB; the largest list that is read, one more.
RSS_MB_MAX = 512

_GENERIC_SHARE = 0.3  # of mutations that know nothing of the target's form


def main(name: str, arguments: list[str]) -> None:
    """Fuzz the target called `name`."""
    target = {**TARGETS, **PLANTED}[name]

    def mutated(octets: bytes, size_max: int, seed: int) -> bytes:
        random = Random(seed)  # noqa: S311  # mutations, the same again by their seed
        if target.mutate is not None and random.random() > _GENERIC_SHARE:
            changed = target.mutate(
                octets, random, lambda part: atheris.Mutate(part, len(part) + 16)
            )
            if len(changed) <= size_max:
                return changed
        return atheris.Mutate(octets, size_max)

    limits = [
        f"-timeout={target.timeout_s}",
        f"-rss_limit_mb={RSS_MB_MAX}",
        f"-max_len={target.size_max}",
    ]
    more = {} if target.mutate is None else {"custom_mutator": mutated}
    atheris.Setup([name, *limits, *arguments], target.run, **more)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
