"""The trust list that the centre publishes: its own public keys (docs/protocol.md)."""

import json

from central.site import Site
from protocol.keys import to_base64url
from verifier.model import Role
from verifier.profile import Capability
from verifier.trust import kid_of

# Five years: a card's longest life and as long again; keys change by a new list, not by expiry.
KEY_LIFETIME_S = 5 * 365 * 86_400

# A terminal whose clock is up to a day behind must not take a new centre's keys for future ones.
BACKDATED_S = 86_400


def trust_list(site: Site) -> bytes:
    """Return `keys.json`; the same octets at every call."""
    keys = site.keys
    card = {
        "formats": ["cc1"],
        "capabilities": sum(Capability),
        "status_lists": list_template(site),
    }
    entries = [
        _entry(site, Role.CARD, keys.card.public) | card,
        _entry(site, Role.STATUS, keys.status.public),
        _entry(site, Role.COMMAND, keys.command.public),
        _entry(site, Role.SEAL, keys.seal.public),
    ]
    return json.dumps({"keys": entries}, indent=1).encode() + b"\n"


def list_template(site: Site) -> str:
    """Return where the issuer's status lists stand, below the published folder."""
    return f"status/{site.issuer}/{{shard}}.cwt"


def _entry(site: Site, role: Role, public: bytes) -> dict[str, object]:
    return {
        "kty": "OKP",
        "crv": "X25519" if role is Role.SEAL else "Ed25519",
        "x": to_base64url(public),
        "kid": kid_of(public).hex(),
        "role": role.value,
        "issuer": site.issuer,
        "nbf": site.created_at - BACKDATED_S,
        "exp": site.created_at + KEY_LIFETIME_S,
    }
