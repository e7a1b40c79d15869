"""New keys for old, and new ends: drafts of metadata for the next publication."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, Root, Targets

from central.errors import BadRequest, SiteUnusable
from central.files import held
from central.site import Site
from central.trust.drafts import read_drafts, write_draft
from central.trust.keyring import SUFFIX, make_key
from central.trust.layout import BULK, LAYOUT, X_BULK_KEY
from central.trust.repository import read_repository
from central.trust.signing import AnyMetadata, Delegator, expiry, name_of, named_key
from central.wording import command
from protocol.trust_folder import DELEGATED, TufRole
from verifier.model import UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """One key that takes another's place as soon as it is published."""

    role: str  # or `bulk`
    old: str
    new: str
    public: str  # of the new one, in hex
    path: Path  # of the new secret


def rotate(
    site: Site, names: Sequence[str], *, into: Path, now: UnixSeconds
) -> tuple[Rotated, ...]:
    """Make a new key in `into` in place of each of `names`, and drafts that name the new ones.

    Whether the old secret is still there makes no difference: the root's and the targets' other
    keys sign the change.

    Args:
        site: the centre.
        names: of the keys that are to go.
        into: where the new secrets are written.
        now: the moment.

    Raises:
        BadRequest: no key is called so.
        SiteUnusable: nothing was published yet, or a file is in the way.
    """
    with held(site.directory / "publish.lock"):
        desk = _Edits(site, now)
        found = [desk.find(name) for name in names]  # all, before the first is made
        done = tuple(
            desk.replace(role, name, into) for role, name in zip(found, names, strict=True)
        )
        desk.write()
    return done


def renew(site: Site, roles: Sequence[str], *, now: UnixSeconds) -> None:
    """Draft each of `roles` anew, as it is, with a later end.

    Raises:
        BadRequest: there is no such role.
        SiteUnusable: nothing was published yet.
    """
    names = {role.value: role for role, layout in LAYOUT.items() if not layout.is_online}
    unknown = next((role for role in roles if role not in names), None)
    if unknown is not None:
        raise BadRequest(f"{unknown!r} is none of {', '.join(names)}; publish renews the others")
    with held(site.directory / "publish.lock"):
        desk = _Edits(site, now)
        for role in roles:
            desk.edit(names[role])
        desk.write()


class _Edits:
    """Drafts being changed."""

    def __init__(self, site: Site, now: UnixSeconds) -> None:
        self._site, self._now = site, now
        self._drafts = read_drafts(site.signing)
        next_root = self._drafts.get(TufRole.ROOT)
        self._published = read_repository(site.tuf, next_root=next_root)
        if not self._published.contents:
            raise SiteUnusable(
                f"nothing was published yet: {command('publish', site.directory)} comes first"
            )
        self._edited: dict[TufRole, AnyMetadata] = {}

    def find(self, name: str) -> TufRole | None:
        """Return the role of the key `name`; None for the bulk key."""
        for role, known in self._names().items():
            if name in known:
                return role
        every = sorted(known for names in self._names().values() for known in names)
        raise BadRequest(f"no key is called {name!r}; there are {', '.join(every)}")

    def replace(self, role: TufRole | None, name: str, into: Path) -> Rotated:
        """Make a new key in place of `name`, which is the role's."""
        stem = BULK if role is None else role.value
        new = f"{stem}-{1 + max(map(_number, self._names()[role]))}"
        public = make_key(into, new).public
        if role is None:
            targets = self.edit(TufRole.TARGETS)
            targets.unrecognized_fields[X_BULK_KEY] = {"name": new, "public": public.hex()}
        else:
            delegator = self.edit(TufRole.TARGETS if role in DELEGATED else TufRole.ROOT)
            delegator.revoke_key(_keyid(delegator, role, name), role.value)
            delegator.add_key(named_key(public, new), role.value)
        path = into / f"{new}{SUFFIX}"
        return Rotated(role=stem, old=name, new=new, public=public.hex(), path=path)

    def edit(self, role: TufRole) -> Any:
        """Return the signed part of a role's next metadata, to be changed."""
        if role not in self._edited:
            signed = self._signed(role)
            signed.version = self._held(role).signed.version + 1
            signed.expires = expiry(self._now, LAYOUT[role].lifetime_s)
            self._edited[role] = Metadata(signed)
        return self._edited[role].signed

    def write(self) -> None:
        """Keep what was changed; publishing signs it, or asks for its signatures."""
        for role, draft in self._edited.items():
            write_draft(self._site.signing, role, draft, {})

    def _held(self, role: TufRole) -> AnyMetadata:
        return self._published.root if role is TufRole.ROOT else self._published.contents[role]

    def _signed(self, role: TufRole) -> Any:
        """Return a copy of what was drafted last, else of what is published."""
        held, draft = self._held(role), self._drafts.get(role)
        is_newer = draft is not None and draft.signed.version > held.signed.version
        base = draft if draft is not None and is_newer else held
        return type(base.signed).from_dict(base.signed.to_dict())

    def _names(self) -> Mapping[TufRole | None, Sequence[str]]:
        root: Root = self._now_or_next(TufRole.ROOT)
        targets: Targets = self._now_or_next(TufRole.TARGETS)
        names: dict[TufRole | None, Sequence[str]] = {
            role: [
                name_of(key)
                for key in keys_of(targets if role in DELEGATED else root, role).values()
            ]
            for role in TufRole
        }
        return names | {None: [str(targets.unrecognized_fields[X_BULK_KEY]["name"])]}

    def _now_or_next(self, role: TufRole) -> Any:
        return self._edited[role].signed if role in self._edited else self._signed(role)


def keys_of(delegator: Delegator, role: TufRole) -> dict[str, Any]:
    """Return the keys of a role by keyid."""
    return {
        keyid: delegator.get_key(keyid) for keyid in delegator.get_delegated_role(role.value).keyids
    }


def _keyid(delegator: Delegator, role: TufRole, name: str) -> str:
    return next(k for k, key in keys_of(delegator, role).items() if name_of(key) == name)


def _number(name: str) -> int:
    """Return the number in a key's name; 0 where another tool named it."""
    number = name.rpartition("-")[2]
    return int(number) if number.isdigit() else 0
