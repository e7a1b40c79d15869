"""What a journal's tail says was used, taken back and asked for, read from the newest entry back."""

from collections.abc import Mapping

from offline_cache.replay import Place as At
from protocol.journal import LineMalformed
from protocol.snapshot import KeyMark, Marks, UseMark
from protocol.use import key_digest, read_place, read_use
from verifier.model import UnixSeconds, Verdict
from verifier.profile import EntryType

_GRANT, _ANNUL = Verdict.GRANT.value, EntryType.ANNUL.value
# A plain passage has none of these, and is passed over as soon as that is seen.
_USED = frozenset(
    {"zone", "direction", "amount_minor", "currency", "fund", "client", "key", "approval"}
)


class ToldUses:
    """What the entries tell from number `since` on, and all that a snapshot tells below that."""

    def __init__(self, epoch: int) -> None:
        self.uses: dict[At, UseMark] = {}
        self.keys: dict[str, KeyMark] = {}  # by digest
        self.answered: dict[int, int] = {}  # number of an entry, and of what answers it
        self.freed: dict[int, tuple[str, str]] = {}  # number of what was annulled: card and lane
        self.since = 0
        self._epoch = epoch

    def take(
        self, seq: int, at: UnixSeconds, entry: Mapping[str, object], *, is_within: bool
    ) -> None:
        """Take the next older entry; `is_within`: what it used is within the horizon.

        Raises:
            LineMalformed: its members are not in form.
        """
        try:
            if "reference" in entry:
                self._take_reference(seq, entry)
            if is_within and not _USED.isdisjoint(entry):
                self._take_use(seq, at, entry)
        except ValueError as error:
            raise LineMalformed(str(error)) from error

    def take_marks(self, marks: Marks) -> None:
        """Take what a whole snapshot set tells of all that is before it."""
        for use in marks.uses:
            if not (use.epoch == self._epoch and use.seq in self.answered):
                self.uses.setdefault((use.epoch, use.seq), use)
        for key in marks.keys:
            self.keys.setdefault(key.digest, key)
        for answer in marks.answered:
            self.answered.setdefault(answer.seq, answer.by_seq)

    def is_freed(self, seq: int, lane: str) -> bool:
        """Return whether a printed card's showing was annulled at the lane where it was."""
        return self.freed.get(seq, ("", None))[1] == lane

    def tells_use(self, pseudonym: str, epoch: int, seq: int) -> bool:
        """Return whether a row of the table stands for a use that was told."""
        use = self.uses.get((epoch, seq))
        return use is not None and use.pseudonym == pseudonym

    def tells_key(self, digest: str, epoch: int, seq: int) -> bool:
        """Return whether a row of the table stands for a key that was told."""
        key = self.keys.get(digest)
        return key is not None and (key.epoch, key.seq) == (epoch, seq)

    def _take_reference(self, seq: int, entry: Mapping[str, object]) -> None:
        is_annul = entry.get("type") == _ANNUL
        place = read_place(entry["reference"])
        if place.epoch != self._epoch or not (is_annul or entry.get("verdict") == _GRANT):
            return
        self.answered.setdefault(place.seq, seq)
        if is_annul:
            self.freed[place.seq] = (str(entry.get("pseudonym")), str(entry.get("lane")))

    def _take_use(self, seq: int, at: UnixSeconds, entry: Mapping[str, object]) -> None:
        use = read_use(entry)
        if use is None:
            return
        is_annul = entry.get("type") == _ANNUL
        is_granted = entry.get("verdict") == _GRANT and not is_annul
        if use.key:
            digest = key_digest(use.client, use.key)
            mark = KeyMark(
                digest=digest,
                epoch=self._epoch,
                seq=seq,
                at=at,
                is_final=is_granted or is_annul,
            )
            self.keys.setdefault(digest, mark)
        if is_granted and seq not in self.answered:
            self.uses[self._epoch, seq] = UseMark(
                pseudonym=str(entry["pseudonym"]),
                epoch=self._epoch,
                seq=seq,
                at=at,
                zone=use.zone,
                profile=str(entry["profile"]),
                direction=use.direction,
                currency=use.currency,
                amount_minor=use.amount_minor or 0,
                is_online=use.approval != "",
            )
