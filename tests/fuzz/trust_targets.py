"""The trust list, with keys of the city and of foreign families."""

import json

from tests.fuzz.target import Target, mutated_json
from tests.support.cards import public
from tests.support.foreign import P256, RSA, certificate, certified, entry, thumbprint
from tests.support.trust import CARD_KEY, COMMAND, STATUS, jwk, keys_json
from verifier.errors import TrustError
from verifier.trust import load_keys


def check_keys(octets: bytes) -> None:
    """Read noise as a trust list: an entry is a key, or a problem that is told."""
    try:
        told = load_keys(octets)
    except TrustError:
        return
    for (role, kid), keys in told.keys.items():
        assert keys
        assert all((key.role, key.kid) == (role, kid) for key in keys)
        assert all(0 <= key.capabilities <= 127 and key.issuer for key in keys)
    held = sum(len(keys) for keys in told.keys.values())
    assert held + len(told.problems) >= bool(json.loads(octets)["keys"]), "an entry was lost"


_OWN = keys_json(
    jwk(CARD_KEY.key),
    jwk(public(STATUS), role="status", formats=[]),
    jwk(public(COMMAND), role="command", formats=[], alg="EdDSA"),
    jwk(bytes(range(32)), role="seal", formats=[], crv="X25519", capabilities=0),
)
_TICKETS = jwk(CARD_KEY.key, formats=["pretix"])
_FOREIGN = (
    keys_json(entry(P256)),
    keys_json(entry(RSA, alg="PS256")),
    keys_json(certified(certificate(P256))),
    keys_json(entry(P256, formats=["shc"], kid=thumbprint(P256))),
    keys_json({name: value for name, value in _TICKETS.items() if name != "kid"}),
)

TARGETS = (
    Target(
        name="keys",
        run=check_keys,
        seeds=(_OWN, *_FOREIGN, keys_json()),
        size_max=16_384,
        words=(b'"kty"', b'"crv"', b'"x5c"', b'"P-256"', b'"RSA"', b"{shard}", b'"alg"'),
        mutate=mutated_json,
    ),
)
