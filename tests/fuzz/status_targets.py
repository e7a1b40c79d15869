"""Status lists in all their forms, and deltas: signed again where they are changed."""

import base64
import zlib
from hashlib import sha256
from random import Random

import cbor2

from tests.fuzz.target import CBOR_ERRORS, Noise, Target, mutated_cbor, mutated_json
from tests.support.cards import NOW, sign1
from tests.support.lists import (
    FOREIGN_KEY,
    FOREIGN_NAME,
    FOREIGN_STATUS,
    changes_of,
    delta,
    foreign_cwt,
    jwt,
    load_list,
)
from tests.support.trust import CARD_KEY, STATUS, STATUS_KEY, base64url, status_token, table
from verifier.errors import MalformedPayload, TrustError
from verifier.model import UnixSeconds
from verifier.status import StatusList, value_at, value_in
from verifier.status_delta import apply_delta, prove_delta
from verifier.status_token import prove_list

_KEYS = table(STATUS_KEY, CARD_KEY, FOREIGN_KEY)
_AT = UnixSeconds(NOW)
_ISSUERS = {STATUS_KEY.issuer, FOREIGN_KEY.issuer}

_BASE_OCTETS = bytes(64)
_BASE_TOKEN = status_token(_BASE_OCTETS)
_CHANGES = ((0, 1), (7, 2), (200, 1))


def check_status_list(octets: bytes) -> None:
    """Read noise as a status list: what is believed is some issuer's, and can be asked."""
    try:
        told = load_list(octets, _KEYS, now=_AT)
    except TrustError:
        return
    assert told.issuer in _ISSUERS
    assert told.bits in (1, 2, 4, 8)
    _ask(told)


def _ask(told: StatusList) -> None:
    """Look places up, within the list and far outside."""
    for place in (0, 1, max(0, len(told.octets) * 8 // told.bits - 1), 1 << 20, 2**32 - 1, 2**64):
        for look_up in (value_at, value_in):
            try:
                assert 0 <= look_up(told, place) < 1 << told.bits
            except MalformedPayload:
                continue


def check_delta(octets: bytes) -> None:
    """Read noise as a delta: what is applied leads to the array it names, of the same length."""
    base = prove_list(_BASE_TOKEN, _KEYS, now=_AT)
    try:
        told = prove_delta(octets, _KEYS, now=_AT)
        made = apply_delta(told, base, base.inflated())
    except TrustError:
        return
    assert sha256(made).digest() == told.result_sha256
    assert len(made) == len(_BASE_OCTETS)


def mutated_token(octets: bytes, random: Random, noise: Noise) -> bytes:
    """Return a token of either form with its header or statement changed and signed again."""
    if octets.count(b".") == 2:
        return _mutated_jwt(octets, random, noise)
    try:
        match cbor2.loads(octets).value:
            case [bytes() as protected, unprotected, bytes() as payload, _]:
                pass
            case _:
                return noise(octets)
        if random.random() < 0.3:
            protected = mutated_cbor(protected, random, noise)
        else:
            payload = mutated_cbor(payload, random, noise)
        key = FOREIGN_STATUS if unprotected else STATUS
        return b"\xd2" + sign1(protected, payload, key, unprotected=cbor2.dumps(unprotected))
    except (AttributeError, *CBOR_ERRORS):
        return noise(octets)


def _mutated_jwt(octets: bytes, random: Random, noise: Noise) -> bytes:
    try:
        parts = [base64.urlsafe_b64decode(part + b"==") for part in octets.split(b".")[:2]]
    except ValueError:
        return noise(octets)
    place = random.randrange(2)
    parts[place] = mutated_json(parts[place], random, noise)
    message = ".".join(base64url(part) for part in parts).encode()
    return message + b"." + base64url(FOREIGN_STATUS.sign(message).signature).encode()


def mutated_delta(octets: bytes, random: Random, noise: Noise) -> bytes:
    """Return a delta changed as a token is, or one of other changes that fit its base."""
    if random.random() < 0.6:
        return mutated_token(octets, random, noise)
    places = sorted(random.sample(range(256), random.randrange(1, 9)))
    changes = [(place, random.randrange(4)) for place in places]
    packed = changes_of(changes, bits=2)
    if random.random() < 0.3:
        packed = noise(packed)
    return delta(_BASE_OCTETS, _applied(changes), packed)


def _applied(changes: list[tuple[int, int]]) -> bytes:
    octets = bytearray(_BASE_OCTETS)
    for place, value in changes:
        octets[place // 4] |= value << place % 4 * 2
    return bytes(octets)


_PACKED = zlib.compress(b"\x1b\x00\x55\xff")

TARGETS = (
    Target(
        name="status-list",
        run=check_status_list,
        seeds=(
            _BASE_TOKEN,
            status_token(claims={4: NOW + 60, 65534: 300}),
            *(
                status_token(claims={65533: {"lst": _PACKED, "bits": bits}})
                for bits in (1, 2, 4, 8)
            ),
            foreign_cwt(),
            foreign_cwt(claims={2: FOREIGN_NAME, 4: NOW + 60}),
            jwt(),
            jwt(claims={"exp": NOW + 60, "ttl": 43_200}),
        ),
        size_max=8_192,
        words=(b'"status_list"', b'"lst"', b'"bits"', b'"crit"', b"statuslist+jwt", b"ES256"),
        mutate=mutated_token,
    ),
    Target(
        name="status-delta",
        run=check_delta,
        seeds=(
            delta(_BASE_OCTETS, _applied([*_CHANGES]), changes_of(_CHANGES, bits=2)),
            delta(_BASE_OCTETS, _applied([(0, 3)]), changes_of([(0, 3)], bits=2)),
        ),
        size_max=4_096,
        mutate=mutated_delta,
    ),
)
