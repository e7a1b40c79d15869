"""Keys on sticks: taken away from the centre, brought back, signed with elsewhere."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from central.publishing import Order, Publication, Waiting, publish
from central.site import Site
from central.trust.drafts import sign_draft
from central.trust.keyring import read_keyring
from verifier.model import UnixSeconds


def take_away(site: Site, stick: Path, *names: str) -> Path:
    """Move keys to a stick."""
    stick.mkdir(exist_ok=True)
    for name in names:
        shutil.move(site.tuf_keys / f"{name}.key", stick / f"{name}.key")
    return stick


def lose(site: Site, *names: str) -> None:
    for name in names:
        (site.tuf_keys / f"{name}.key").unlink()


def ceremony(site: Site, folder: Path) -> tuple[Path, Path, Path, Path]:
    """Leave the centre its online keys; return three custodians' sticks and the operator's."""
    custodians = [
        take_away(site, folder / f"custodian-{n}", f"root-{n}", f"targets-{n}", f"issuers-{n}")
        for n in (1, 2, 3)
    ]
    operator = take_away(site, folder / "operator", "policy-1")
    take_away(site, folder / "second", "bulk-1")
    return custodians[0], custodians[1], custodians[2], operator


def with_keys(site: Site, now: int, *sticks: Path) -> Publication:
    return publish(site, UnixSeconds(now), order=Order(keys=sticks))


def sign(waiting: Sequence[Waiting], elsewhere: Path, *sticks: Path) -> None:
    """Carry every draft to another machine, sign it with each stick in turn, carry it back."""
    elsewhere.mkdir(exist_ok=True)
    for draft in (told.draft for told in waiting):
        assert draft is not None
        copy = elsewhere / draft.name
        shutil.copy(draft, copy)
        for stick in sticks:
            sign_draft(copy, read_keyring([stick]))
        shutil.copy(copy, draft)
