"""The beginning of a repository: its keys, its first root, and whom that delegates to."""

from collections.abc import Mapping
from pathlib import Path

from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Role, Root, Targets

from central.files import PRIVATE_MODE, PUBLIC_MODE, make_folders, write_atomically
from central.trust.drafts import write_draft
from central.trust.keyring import Keyring, make_key
from central.trust.layout import BULK, LAYOUT, TOP_ROLES, X_BULK_KEY, key_names
from central.trust.signing import AnyMetadata, add_signatures, expiry, named_key
from protocol.keys import SigningKey
from protocol.trust_folder import DELEGATED, METADATA, TufRole, metadata_name
from protocol.tuf_keys import tuf_key
from verifier.model import UnixSeconds

_BULK_1 = f"{BULK}-1"


def begin_repository(tuf: Path, keys: Path, signing: Path, *, now: UnixSeconds) -> None:
    """Make every key and the first root; the first targets waits, signed, for a publication.

    Args:
        tuf: the repository's folder, made here; `1.root.json` is written last.
        keys: the secrets' folder, made here.
        signing: the drafts' folder.
        now: the moment.
    """
    keys.mkdir(mode=PRIVATE_MODE, parents=True)
    names = [name for role in TufRole for name in key_names(role)]
    made = {name: make_key(keys, name) for name in (*names, _BULK_1)}
    ring = Keyring(keys={tuf_key(key.public).keyid: key for key in made.values()})
    targets = Metadata(_targets(made, now))
    _sign(targets, TufRole.TARGETS, made, ring)
    write_draft(signing, TufRole.TARGETS, targets, {})
    root = Metadata(_root(made, now))
    _sign(root, TufRole.ROOT, made, ring)
    make_folders(tuf / METADATA, below=tuf.parent)
    path = tuf / METADATA / metadata_name(TufRole.ROOT.value, 1)
    write_atomically(path, root.to_bytes(), mode=PUBLIC_MODE)


def _root(made: Mapping[str, SigningKey], now: UnixSeconds) -> Root:
    root = Root(version=1, expires=expiry(now, LAYOUT[TufRole.ROOT].lifetime_s))
    for role in TOP_ROLES:
        root.roles[role.value] = Role([], LAYOUT[role].threshold)
        for name in key_names(role):
            root.add_key(named_key(made[name].public, name), role.value)
    return root


def _targets(made: Mapping[str, SigningKey], now: UnixSeconds) -> Targets:
    roles = {role.value: _delegated(role) for role in DELEGATED}
    targets = Targets(
        version=1,
        expires=expiry(now, LAYOUT[TufRole.TARGETS].lifetime_s),
        delegations=Delegations(keys={}, roles=roles),
        unrecognized_fields={X_BULK_KEY: {"name": _BULK_1, "public": made[_BULK_1].public.hex()}},
    )
    for role in DELEGATED:
        for name in key_names(role):
            targets.add_key(named_key(made[name].public, name), role.value)
    return targets


def _delegated(role: TufRole) -> DelegatedRole:
    paths = list(DELEGATED[role])
    return DelegatedRole(role.value, [], LAYOUT[role].threshold, terminating=True, paths=paths)


def _sign(
    metadata: AnyMetadata, role: TufRole, made: Mapping[str, SigningKey], ring: Keyring
) -> None:
    add_signatures(metadata, [tuf_key(made[name].public).keyid for name in key_names(role)], ring)
