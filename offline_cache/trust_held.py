"""What of a repository is held: one small file names every other by its digest.

It is replaced by rename, so that whatever moment the power goes, what it names is one whole set.
It is signed by nobody: what it names is proven anew whenever it is loaded.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from offline_cache.errors import CacheCorrupt
from offline_cache.files import write_durably
from protocol.journal import compact

# 512 roles of 100 octets each, 1,000 roots of 67, and where it came from.
HELD_OCTETS_MAX = 262_144
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSet:
    """Digests of metadata, and where the set came from."""

    roots: tuple[str, ...]  # from the pinned one on; never empty
    proven_by: int = 0  # how many roots lead to the one that the set was accepted under
    metadata: Mapping[str, str] = field(default_factory=dict)  # by role; empty before the first set
    source: str = ""  # for a person

    @property
    def digests(self) -> frozenset[str]:
        """Return all that are named."""
        return frozenset((*self.roots, *self.metadata.values()))


class HeldFile:
    """The file at `path`; one process writes it, which holds the state folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> HeldSet | None:
        """Return what is held, None before the first.

        Raises:
            CacheCorrupt: the file is damaged, or can't be read.
        """
        try:
            with self._path.open("rb") as file:
                octets = file.read(HELD_OCTETS_MAX + 1)
            return _held_set(octets)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise CacheCorrupt(
                f"{self._path}: {error}; remove the trust folder and sync again"
            ) from error

    def write(self, held: HeldSet) -> None:
        """Swap what is held for `held`, durably.

        Raises:
            OSError: the disk is full or failing; what was held stays.
        """
        write_durably(self._path, _octets(held))


def _octets(held: HeldSet) -> bytes:
    return compact(
        {
            "roots": list(held.roots),
            "proven_by": held.proven_by,
            "metadata": dict(held.metadata),
            "source": held.source,
        }
    )


def _held_set(octets: bytes) -> HeldSet:
    """Return what `octets` say; ValueError: they are not what `_octets` writes."""
    match json.loads(octets):
        case {
            "roots": [str(), *_] as roots,
            "proven_by": int() as proven_by,
            "metadata": dict() as metadata,
            "source": str() as source,
        }:
            held = HeldSet(
                roots=tuple(roots), proven_by=proven_by, metadata=metadata, source=source
            )
        case _:
            raise ValueError("it names no metadata")
    # What is no text may not even have a place in a set of digests.
    digests = (*held.roots, *held.metadata.values())
    if not all(map(_DIGEST.fullmatch, map(str, digests))) or _octets(held) != octets:
        raise ValueError("it is not as it was written")
    if not 0 <= proven_by <= len(roots) or (metadata and not proven_by):
        raise ValueError("it names no root of its metadata")
    return held
