"""The fuzz targets without the fuzzer, so that they are held to work wherever tests run."""

from random import Random

import pytest

from tests.fuzz import judging, status_targets
from tests.fuzz.families import KNOWN
from tests.fuzz.planted import forgives
from tests.fuzz.table import PLANTED, TARGETS
from tests.fuzz.target import Noise, Target
from tests.support.lists import load_list
from verifier.formats import BUILT_IN
from verifier.formats.base import Format
from verifier.formats.recognised import RECOGNISED
from verifier.model import Verdict
from verifier.status_delta import apply_delta, prove_delta
from verifier.trust import load_keys

_ROUNDS = 300

EACH = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
EACH_FAMILY = pytest.mark.parametrize("family", BUILT_IN, ids=[each.name for each in BUILT_IN])


def noise_of(random: Random) -> Noise:
    """Return a plain mutation, where the fuzzer would bring its own."""

    def noise(octets: bytes) -> bytes:
        place = random.randrange(len(octets) + 1)
        return octets[:place] + random.randbytes(random.randrange(3)) + octets[place + 1 :]

    return noise


def mutations(target: Target) -> list[bytes]:
    """Return changes of the target's seeds, the same each time."""
    random = Random(target.name)  # noqa: S311  # mutations, the same again by their seed
    noise = noise_of(random)
    made = []
    for _ in range(_ROUNDS):
        seed = random.choice(target.seeds)
        made.append(noise(seed) if target.mutate is None else target.mutate(seed, random, noise))
    return made


@EACH
def test_seeds_are_within_the_size_and_hold_no_finding(target: Target) -> None:
    assert target.seeds, "without seeds the fuzzer never gets inside"
    assert max(map(len, target.seeds)) <= target.size_max
    for seed in target.seeds:
        target.run(seed)


@EACH
def test_changed_seeds_hold_no_finding(target: Target) -> None:
    for octets in mutations(target):
        target.run(octets)


@EACH_FAMILY
def test_first_seed_of_every_family_is_granted(family: Format) -> None:
    """Else its fuzz target would stay before the signatures."""
    known = KNOWN[family.name]
    assert known.seeds[0].startswith(known.prefix)
    told = judging.judged(known.seeds[0])
    assert told.decision.verdict is Verdict.GRANT, told.decision.reason


def test_mutator_of_the_city_code_gets_past_the_signatures() -> None:
    told = [judging.judged(payload) for payload in mutations(TARGETS["cc1"])]
    assert sum(each.decision.verdict is Verdict.GRANT for each in told) > _ROUNDS // 20
    assert len({each.decision.reason for each in told}) >= 7


def test_second_text_of_a_code_is_a_finding() -> None:
    payload = next(seed for seed in KNOWN["cc1"].seeds if seed[-1:].isalpha())
    forgives(payload)
    with pytest.raises(AssertionError, match="second text"):
        forgives(payload[:-1] + payload[-1:].lower())


def test_undocumented_exception_is_a_finding() -> None:
    with pytest.raises(ValueError, match="32 bits"):
        PLANTED["planted-raise"].run(b"\xd8\x12\x84")


def test_seeds_of_status_lists_and_deltas_are_believed() -> None:
    """Else the fuzzer would never come behind the signatures."""
    keys, now = status_targets._KEYS, status_targets._AT
    for token in TARGETS["status-list"].seeds:
        assert load_list(token, keys, now=now).octets
    base = load_list(status_targets._BASE_TOKEN, keys, now=now)
    for seed in TARGETS["status-delta"].seeds:
        assert apply_delta(prove_delta(seed, keys, now=now), base, base.octets) != base.octets


def test_seeds_of_the_trust_list_are_keys_without_a_problem() -> None:
    for seed in TARGETS["keys"].seeds:
        assert load_keys(seed).problems == ()


def test_seeds_of_other_services_are_recognised() -> None:
    told = {
        each.name for each in RECOGNISED for seed in TARGETS["dispatch"].seeds if each.claims(seed)
    }
    assert told == {each.name for each in RECOGNISED}
