"""What one fuzz target is made of."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import cbor2

Noise = Callable[[bytes], bytes]
Mutator = Callable[[bytes, Random, Noise], bytes]

# What cbor2 raises where octets are no CBOR, or a value has none.
CBOR_ERRORS = (
    cbor2.CBORError,
    ValueError,
    TypeError,
    ArithmeticError,
    RecursionError,
    MemoryError,
)

_INTERESTING: tuple[object, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    23,
    24,
    255,
    256,
    2**30 - 1,
    2**30,
    2**31,
    2**32 - 1,
    2**32,
    2**63,
    2**64 - 1,
    1.5,
    "",
    "x" * 17,
    "卡",
    [],
    {},
)


# An answer takes some 100 us; two seconds are a lane that stands still.
TIMEOUT_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One reader of octets from outside, and what must hold of it whatever they are."""

    name: str
    run: Callable[[bytes], None]  # raises on a finding, and on nothing else
    seeds: tuple[bytes, ...]
    size_max: int  # octets; a little more than the reader takes, so that its limit is met
    words: tuple[bytes, ...] = ()
    mutate: Mutator | None = None  # gets inside what signatures and compression keep noise from
    timeout_s: int = TIMEOUT_S


def mutated_tree(value: object, random: Random, noise: Noise) -> object:
    """Return `value`, a tree of CBOR or JSON, with one part of it changed."""
    match value:
        case dict() if value and random.random() < 0.8:
            return _mutated_map(value, random, noise)
        case list() if value and random.random() < 0.8:
            place = random.randrange(len(value))
            part = mutated_tree(value[place], random, noise)
            return [*value[:place], part, *value[place + 1 :]]
        case bytes() if random.random() < 0.7:
            return noise(value)
        case str() if random.random() < 0.7:
            return noise(value.encode()).decode("utf-8", "replace")
        case int() if random.random() < 0.5:
            return value + random.choice((-1, 1, 256, -256))
        case _:
            return random.choice(_INTERESTING)


def _mutated_map(value: dict[object, object], random: Random, noise: Noise) -> object:
    key = random.choice(list(value))
    match random.randrange(8):
        case 0:
            return {each: value[each] for each in value if each != key}
        case 1:
            return {**value, random.choice((0, 1, 3, -1, 39, -65538, "x")): value[key]}
        case 2:
            items = list(value.items())
            random.shuffle(items)
            return dict(items)
        case _:
            return {**value, key: mutated_tree(value[key], random, noise)}


def mutated_cbor(octets: bytes, random: Random, noise: Noise) -> bytes:
    """Return `octets` changed as a tree where they are CBOR, else as octets."""
    if random.random() < 0.4:
        return noise(octets)
    try:
        return cbor2.dumps(mutated_tree(cbor2.loads(octets), random, noise))
    except CBOR_ERRORS:
        return noise(octets)


def mutated_json(octets: bytes, random: Random, noise: Noise) -> bytes:
    """Return `octets` changed as a tree where they are JSON, else as octets."""
    if random.random() < 0.4:
        return noise(octets)
    try:
        tree = mutated_tree(json.loads(octets), random, noise)
        return json.dumps(tree, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError):
        return noise(octets)
