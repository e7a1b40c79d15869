"""The clock's floor as it outlives a restart: a small file in the state folder.

What is signed is on the disk anyhow; this file keeps what can't be told from it: how far each
document was let raise the floor, which reset was applied, and what was written before that.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from offline_cache.errors import CacheCorrupt, CacheError
from offline_cache.files import write_durably
from protocol.journal import compact
from verifier.clock import SPENT_MAX, FloorSource, KeptFloor
from verifier.model import UnixSeconds

# Every member at its longest, and SPENT_MAX documents, are below it.
FLOOR_OCTETS_MAX = 8_192
# What lies behind the last moment that a code can name (docs/cc1.md) is no floor but a damage: no
# entry could be written under it.
_FLOOR_MAX = (1 << 32) - 1


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class JournalPlace:
    """A place in the terminal's journal; a new epoch lies behind all of the one before."""

    epoch: int
    seq: int


BEGINNING = JournalPlace(epoch=0, seq=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorRecord:
    """What the file says."""

    kept: KeptFloor
    cut: JournalPlace  # the last entry when the floor was last reset: up to here nothing counts


class FloorFile:
    """The file at `path`; one process writes it, which holds the state folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> FloorRecord | None:
        """Return what was kept, None where nothing was yet.

        Raises:
            CacheCorrupt: damaged, or it can't be read.
        """
        try:
            with self._path.open("rb") as file:
                octets = file.read(FLOOR_OCTETS_MAX + 1)
            return _record(octets)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise CacheCorrupt(
                f"{self._path}: {error}; remove it: the floor begins at the program's build date"
            ) from error

    def write(self, record: FloorRecord) -> None:
        """Keep `record`, durably.

        Raises:
            CacheError: the disk is full or failing; what was kept before stays.
        """
        try:
            write_durably(self._path, _octets(record), mode=0o600)
        except OSError as error:
            raise CacheError(
                f"{self._path}: the clock's floor could not be kept ({error.strerror});"
                " look at the disk's space and health"
            ) from error


def _octets(record: FloorRecord) -> bytes:
    kept = record.kept
    return compact(
        {
            "floor": kept.floor,
            "source": kept.source.value,
            "reset": kept.reset_number,
            "spent": [[source.value, date] for source, date in kept.spent],
            "cut": [record.cut.epoch, record.cut.seq],
        }
    )


def _record(octets: bytes) -> FloorRecord:
    """Return what `octets` say; ValueError: they are not what `_octets` writes."""
    match json.loads(octets):
        case {
            "floor": int() as floor,
            "source": str() as source,
            "reset": int() as number,
            "spent": list() as spent,
            "cut": [int() as epoch, int() as seq],
        } if len(spent) <= SPENT_MAX:
            kept = KeptFloor(
                floor=UnixSeconds(int(floor)),  # a `true` is no number, and is written as one
                source=FloorSource(source),
                reset_number=int(number),
                spent=tuple(_spent(document) for document in spent),
            )
            record = FloorRecord(kept=kept, cut=JournalPlace(epoch=int(epoch), seq=int(seq)))
        case _:
            raise ValueError("it is no record of the clock's floor")
    if _octets(record) != octets or not 0 <= floor <= _FLOOR_MAX:
        raise ValueError("it is not as it was written")
    return record


def _spent(document: object) -> tuple[FloorSource, UnixSeconds]:
    match document:
        case [str() as source, int() as date]:
            return FloorSource(source), UnixSeconds(int(date))
        case _:
            raise ValueError("it names a document that is none")
