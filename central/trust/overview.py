"""How each role stands, for `scan-central trust show`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from central.site import Site
from central.trust.drafts import read_drafts
from central.trust.keyring import Keyring, read_keyring
from central.trust.layout import BULK, X_BULK_KEY
from central.trust.repository import Repository, read_repository
from central.trust.rotation import keys_of
from central.trust.signing import AnyMetadata, name_of, public_of
from central.wording import utc
from protocol.trust_folder import DELEGATED, TufRole
from verifier.model import UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One role as it is published."""

    role: str
    version: int
    ends_at: UnixSeconds
    threshold: int
    keys: Mapping[str, bool]  # by name: whether it is at hand
    publics: Mapping[str, str]  # by name: the public key, in hex
    draft: int | None  # version that waits for signatures

    def members(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "role": self.role,
            "version": self.version,
            "ends_at": self.ends_at,
            "threshold": self.threshold,
            "keys": [
                {"name": name, "here": here, "public": self.publics[name]}
                for name, here in self.keys.items()
            ],
            "draft": self.draft,
        }

    def text(self) -> str:
        """Return it for people."""
        keys = ", ".join(name if here else f"({name})" for name, here in self.keys.items())
        draft = "" if self.draft is None else f"; version {self.draft} waits for signatures"
        return (
            f"{self.role:<9} version {self.version}, until {utc(self.ends_at)},"
            f" {self.threshold} of {keys}{draft}{key_lines(self.publics)}"
        )


def key_lines(publics: Mapping[str, str]) -> str:
    """Return public keys by name, for people: a line each."""
    return "".join(f"\n    {public}  {name}" for name, public in publics.items())


def overview(site: Site, keys: Sequence[Path]) -> Iterator[Standing]:
    """Return every role that is published, and the key for bulk changes; keys elsewhere in ().

    Raises:
        SiteUnusable: a file of the centre's is missing or damaged.
    """
    drafts = read_drafts(site.signing)
    published = read_repository(site.tuf, next_root=drafts.get(TufRole.ROOT))
    ring = read_keyring([site.tuf_keys, *keys])
    for role, metadata in _metadata(published).items():
        yield _standing(published, role, metadata, ring, drafts.get(role))
    targets = published.contents.get(TufRole.TARGETS)
    if targets is not None:
        bulk = targets.signed.unrecognized_fields[X_BULK_KEY]
        yield Standing(
            role=BULK,
            version=targets.signed.version,
            ends_at=_end(targets),
            threshold=1,
            keys={bulk["name"]: ring.of_public(bytes.fromhex(bulk["public"])) is not None},
            publics={bulk["name"]: bulk["public"]},
            draft=None,
        )


def _metadata(published: Repository) -> dict[TufRole, AnyMetadata]:
    every: dict[TufRole, AnyMetadata | None] = {
        TufRole.ROOT: published.root,
        **published.contents,
        TufRole.SNAPSHOT: published.snapshot,
        TufRole.TIMESTAMP: published.timestamp,
    }
    return {role: metadata for role, metadata in every.items() if metadata is not None}


def _standing(
    published: Repository,
    role: TufRole,
    metadata: AnyMetadata,
    ring: Keyring,
    draft: AnyMetadata | None,
) -> Standing:
    by = published.contents[TufRole.TARGETS] if role in DELEGATED else published.root
    version = metadata.signed.version
    keys = keys_of(by.signed, role)
    return Standing(
        role=role.value,
        version=version,
        ends_at=_end(metadata),
        threshold=by.signed.get_delegated_role(role.value).threshold,
        keys={name_of(key): keyid in ring.keys for keyid, key in keys.items()},
        publics={name_of(key): public_of(key) for key in keys.values()},
        draft=None if draft is None or draft.signed.version <= version else draft.signed.version,
    )


def _end(metadata: AnyMetadata) -> UnixSeconds:
    return UnixSeconds(int(metadata.signed.expires.timestamp()))
