"""Codes without any mark: one ends when nothing comes for a while."""

from collections.abc import Iterator

from drivers.framing.base import LINE_BYTES_MAX, Frame, Framing, LineFault, Outcome

# Longer than the 16 ms for which a USB adapter holds octets back, shorter than any person needs
# to show another code.
IDLE_GAP_MS = 50


class IdleGap(Framing):
    """Takes what came before a pause for a code.

    Whatever disturbs the line becomes a code too, or a part of one: use it only for scanners
    that have no ending.

    Args:
        gap_ms: the pause that ends a code.
        line_bytes_max: the longest code passed on.
    """

    def __init__(self, gap_ms: int = IDLE_GAP_MS, line_bytes_max: int = LINE_BYTES_MAX) -> None:
        super().__init__(line_bytes_max, gap_ms)
        self._is_discarding = False

    def reset(self) -> None:
        """Drop what has begun: its rest will not come."""
        super().reset()
        self._is_discarding = False

    @property
    def is_mid_line(self) -> bool:
        """Whether a code has begun and not ended."""
        return bool(self._arrived.octets) or self._is_discarding

    def _is_open(self) -> bool:
        return self.is_mid_line

    def _cut(self) -> Iterator[Outcome]:
        while len(self._arrived.octets) > self._line_bytes_max:
            yield LineFault.ENDLESS
            self._is_discarding = True
            self._arrived.drop(self._line_bytes_max)

    def _pause(self) -> Iterator[Outcome]:
        if self._arrived.octets and not self._is_discarding:
            yield Frame(payload=bytes(self._arrived.octets), began_ms=self._arrived.began_ms)
        self.reset()
