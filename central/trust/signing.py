"""Signatures on metadata: adding those whose keys are at hand, telling which are lacking."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from tuf.api.metadata import Key, Metadata, Root, Targets

from central.trust.keyring import Keyring
from central.trust.layout import X_NAME
from protocol.trust_folder import TufRole
from protocol.tuf_keys import SodiumSigner, tuf_key
from verifier.model import UnixSeconds

AnyMetadata: TypeAlias = Metadata[Any]
Delegator: TypeAlias = Root | Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Metadata that too few of its role's keys have signed."""

    role: TufRole
    draft: AnyMetadata
    missing: int  # how many more signatures it needs, at least
    asked: Mapping[str, str]  # names of the keys that may give them, by keyid


class Unsigned(Exception):  # noqa: N818  # the house's word for it
    """Too few keys are at hand to publish; `publishing.py` says which, and what to do."""

    def __init__(self, lacks: tuple[Lack, ...]) -> None:
        super().__init__(", ".join(lack.role.value for lack in lacks))
        self.lacks = lacks


def named_key(public: bytes, name: str) -> Key:
    """Return a public key as metadata carries it here: with its name."""
    key = tuf_key(public)
    key.unrecognized_fields[X_NAME] = name
    return key


def name_of(key: Key) -> str:
    """Return a key's name; its keyid where another tool gave it none."""
    return str(key.unrecognized_fields.get(X_NAME, key.keyid))


def public_of(key: Key) -> str:
    """Return a key's public half, in hex: what people compare, for names are anybody's."""
    return str(key.keyval.get("public"))


def add_signatures(metadata: AnyMetadata, keyids: Iterable[str], ring: Keyring) -> None:
    """Sign with each of `keyids` that is at hand."""
    for keyid in keyids:
        if keyid in ring.keys:
            metadata.sign(SodiumSigner(ring.keys[keyid]), append=True)


def keyids_of(role: TufRole, delegators: Iterable[Delegator]) -> list[str]:
    """Return the keys of a role, by any of its delegators, each once."""
    named = [d.get_delegated_role(role.value).keyids for d in delegators]
    return list(dict.fromkeys(keyid for keyids in named for keyid in keyids))


def is_signed(metadata: AnyMetadata, role: TufRole, by: Delegator) -> bool:
    """Return whether enough of the role's keys, as `by` names them, have signed."""
    return by.get_verification_result(
        role.value, metadata.signed_bytes, metadata.signatures
    ).verified


def lack_of(metadata: AnyMetadata, role: TufRole, by: Iterable[Delegator]) -> Lack:
    """Return what is lacking until enough keys have signed, as each of `by` names them."""
    octets, signatures = metadata.signed_bytes, metadata.signatures
    found = [d.get_verification_result(role.value, octets, signatures) for d in by]
    lacking = [result for result in found if not result.verified]
    asked = {keyid: name_of(key) for r in lacking for keyid, key in r.unsigned.items()}
    missing = max((result.missing for result in lacking), default=0)
    return Lack(role=role, draft=metadata, missing=missing, asked=asked)


def expiry(now: UnixSeconds, lifetime_s: int) -> datetime:
    """Return the moment `lifetime_s` after `now` as metadata writes it."""
    return datetime.fromtimestamp(now + lifetime_s, UTC)


def seconds_left(metadata: AnyMetadata, now: UnixSeconds) -> int:
    """Return for how long it has not expired."""
    return int(metadata.signed.expires.timestamp()) - now
