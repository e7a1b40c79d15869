"""Codes with an ending: CR, LF, TAB, ETX EOT ... - what most scanners send."""

from collections.abc import Iterator, Sequence

from drivers.framing.base import (
    GAP_MS_MAX,
    LINE_BYTES_MAX,
    Frame,
    Framing,
    LineFault,
    Outcome,
)


class Delimited(Framing):
    """Cuts at endings.

    Empty lines are ignored, so that CR and LF as two suffixes read CR LF as one.

    Args:
        suffixes: what ends a code, any of them. A code ends as soon as one is complete; what
            makes it a longer one of them is taken off too.
        line_bytes_max: the longest code passed on.
        gap_ms_max: half a code is dropped when nothing came for so long.
    """

    def __init__(
        self,
        suffixes: Sequence[bytes] = (b"\r", b"\n"),
        line_bytes_max: int = LINE_BYTES_MAX,
        gap_ms_max: int = GAP_MS_MAX,
    ) -> None:
        if not suffixes or not all(suffixes):
            raise ValueError("framing needs suffixes of one octet or more")
        super().__init__(line_bytes_max, gap_ms_max)
        self._suffixes = tuple(suffixes)
        self._suffix_bytes_max = max(map(len, suffixes))
        self._rests: tuple[bytes, ...] = ()  # what would make the last ending a longer one
        self._looked_at = 0  # octets in which no ending is complete
        self._is_discarding = False

    def reset(self) -> None:
        """Drop what has begun: its rest will not come."""
        super().reset()
        self._rests, self._looked_at, self._is_discarding = (), 0, False

    @property
    def is_mid_line(self) -> bool:
        """Whether a code has begun and not ended."""
        return bool(self._arrived.octets) or self._is_discarding

    def _is_open(self) -> bool:
        return bool(self._arrived.octets) or self._is_discarding or bool(self._rests)

    def _cut(self) -> Iterator[Outcome]:
        while not self._is_amid_rest():
            start, end = self._next_ending()
            # A long ending may have begun, so its octets are not yet counted as the line's.
            while end - 1 >= self._line_bytes_max + self._suffix_bytes_max:
                yield LineFault.ENDLESS
                self._is_discarding = True
                self._drop(self._line_bytes_max)
                start, end = start - self._line_bytes_max, end - self._line_bytes_max
            if start < 0:
                return
            yield from self._line(start)
            ending = bytes(self._arrived.octets[start:end])
            self._drop(end)
            self._is_discarding = False
            self._rests = tuple(
                suffix[len(ending) :]
                for suffix in self._suffixes
                if suffix.startswith(ending) and suffix != ending
            )

    def _is_amid_rest(self) -> bool:
        """Take off what makes the last ending a longer one; return whether more is needed."""
        octets = bytes(self._arrived.octets[: self._suffix_bytes_max])
        if any(rest.startswith(octets) and rest != octets for rest in self._rests):
            return True
        self._drop(max((len(rest) for rest in self._rests if octets.startswith(rest)), default=0))
        self._rests = ()
        return False

    def _next_ending(self) -> tuple[int, int]:
        """Return where the first complete ending begins and ends.

        Without one: some start below zero, and what is there and one more for its end.
        """
        begin = max(0, self._looked_at - self._suffix_bytes_max + 1)
        octets = self._arrived.octets
        ends = [
            (start + len(suffix), start)
            for suffix in self._suffixes
            if (start := octets.find(suffix, begin)) >= 0
        ]
        if not ends:
            self._looked_at = len(octets)
            return -1, len(octets) + 1
        end, start = min(ends)
        return start, end

    def _line(self, size: int) -> Iterator[Outcome]:
        if self._is_discarding or not size:
            return
        if size > self._line_bytes_max:
            yield LineFault.ENDLESS
            return
        yield Frame(payload=bytes(self._arrived.octets[:size]), began_ms=self._arrived.began_ms)

    def _drop(self, count: int) -> None:
        self._arrived.drop(count)
        self._looked_at = max(0, self._looked_at - count)

    def _pause(self) -> Iterator[Outcome]:
        is_rest = any(rest.startswith(self._arrived.octets) for rest in self._rests)
        if self._arrived.octets and not is_rest and not self._is_discarding:
            yield LineFault.BROKEN_OFF
        self.reset()
