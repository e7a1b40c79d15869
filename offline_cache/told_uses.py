"""What a journal's tail says was used, taken back and asked for, read from the newest entry back."""

from collections.abc import Mapping

from offline_cache.replay import Place as At
from protocol.journal import LineMalformed
from protocol.snapshot import KeyMark, Marks, UseMark
from protocol.use_marks import answers, is_annul, is_used, marks_of_entry


class ToldUses:
    """What the entries tell from number `since` on, and all that a snapshot tells below that."""

    def __init__(self, epoch: int) -> None:
        self.uses: dict[At, UseMark] = {}
        self.keys: dict[str, KeyMark] = {}  # by digest
        self.answered: dict[int, int] = {}  # number of an entry, and of what answers it
        self.freed: dict[int, tuple[str, str]] = {}  # number of what was annulled: card and lane
        self.since = 0
        self._epoch = epoch

    def take(self, seq: int, entry: Mapping[str, object], *, is_within: bool) -> None:
        """Take the next older entry; `is_within`: what it used is within the horizon.

        Raises:
            LineMalformed: its members are not in form.
        """
        try:
            if "reference" in entry:
                self._take_reference(seq, entry)
            if is_within and is_used(entry):
                self._take_use(seq, entry)
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
        place = answers(entry)
        if place is None or place[0] != self._epoch:
            return
        self.answered.setdefault(place[1], seq)
        if is_annul(entry):
            self.freed[place[1]] = (str(entry.get("pseudonym")), str(entry.get("lane")))

    def _take_use(self, seq: int, entry: Mapping[str, object]) -> None:
        use, key = marks_of_entry(entry)
        if key is not None:
            self.keys.setdefault(key.digest, key)
        if use is not None and seq not in self.answered:
            self.uses[use.epoch, use.seq] = use
