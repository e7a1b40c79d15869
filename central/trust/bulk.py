"""Bulk changes of a status list: beyond a limit a second key must have approved the very change.

On 13 June 2019 one wrong file made London's readers decline 250,000 good cards. A change that
large is rare and meant; the key that approves it is not the one that publishes every hour.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from central.files import PRIVATE_MODE, SECRET_MODE, write_atomically
from central.status_lists import BITS
from protocol.keys import SigningKey
from protocol.note import read_note, sign_note
from verifier.errors import TrustError
from verifier.model import UnixSeconds

# Of a list's entries; half a percent of a full shard is 5,242 cards, an ordinary day has 1,100.
FLIPS_SHARE = 200
# A short list has few entries: so many cards may change whatever its length, an hour's in a city
# of 10 million.
FLIPS_FREE = 50
# Small steps add up over a day, or a loop that publishes each card by itself would pass.
WINDOW_S = 86_400

_TITLE = "scan-terminal-bulk-1"
_SIGNER = "bulk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a publication would do to one list."""

    name: str
    flips: int  # places that change; new ones and ones cut off count unless they are VALID
    entries: int
    shrinks: bool  # places vanish: cards were forgotten, which no ordinary work does
    before_sha256: str  # of the array as published
    after_sha256: str

    @property
    def limit(self) -> int:
        """Return how many places one key may change within a day."""
        return max(FLIPS_FREE, self.entries // FLIPS_SHARE)

    def is_bulk(self, flips_before: int) -> bool:
        """Return whether it needs the second key, after so many flips of the same day."""
        return self.shrinks or flips_before + self.flips > self.limit

    def text(self) -> str:
        """Return what the second key signs: exactly this change."""
        digests = [f"from {self.before_sha256}", f"to {self.after_sha256}"]
        return "\n".join([_TITLE, f"list {self.name}", *digests, f"flips {self.flips}", ""])


def change_between(name: str, before: bytes, after: bytes) -> Change:
    """Return what differs between the array `before`, as published, and `after`."""
    size = max(len(before), len(after))
    return Change(
        name=name,
        flips=_differing(before.ljust(size, b"\0"), after.ljust(size, b"\0")),
        entries=len(after) * 8 // BITS,
        shrinks=len(after) < len(before),
        before_sha256=sha256(before).hexdigest(),
        after_sha256=sha256(after).hexdigest(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What is remembered of a list from one publication to the next."""

    array_sha256: str  # as published: tells a damaged file from a change
    since: UnixSeconds  # when its running day began
    flips: int  # places that have changed since

    def flips_at(self, now: UnixSeconds) -> int:
        """Return how many places have changed in the day that runs at `now`."""
        return self.flips if self.runs_at(now) else 0

    def runs_at(self, now: UnixSeconds) -> bool:
        """Return whether its day runs still."""
        return self.since <= now < self.since + WINDOW_S


def approve(folder: Path, change: Change, key: SigningKey, *, now: UnixSeconds) -> Path:
    """Record in `folder` that `key` approves `change`; return where. Records are kept for good."""
    folder.mkdir(mode=PRIVATE_MODE, exist_ok=True)
    shard = change.name.replace("/", "_")
    path = folder / f"{now}-{shard}.note"
    write_atomically(path, sign_note(change.text(), name=_SIGNER, key=key), mode=SECRET_MODE)
    return path


def is_approved(folder: Path, change: Change, public: bytes) -> bool:
    """Return whether a record in `folder` approves exactly `change`, signed by `public`."""
    return any(_approves(path, change, public) for path in sorted(folder.glob("*.note")))


def _approves(path: Path, change: Change, public: bytes) -> bool:
    try:
        return read_note(path.read_bytes(), name=_SIGNER, public=public) == change.text()
    except TrustError:  # damaged, or by a key of before
        return False


def _differing(before: bytes, after: bytes) -> int:
    """Return how many entries of `BITS` bits differ between two arrays of one length."""
    both = int.from_bytes(before, "big") ^ int.from_bytes(after, "big")
    low = int.from_bytes(b"\x55" * len(after), "big")
    return ((both | both >> 1) & low).bit_count()
