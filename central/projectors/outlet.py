"""Numbering entries for the outlet, in the order in which the centre first saw them."""

from collections.abc import Sequence

from central.projectors.entry import Entry
from central.store.outlet import Outlet


class OutletProjector:
    """Numbers entries; a number is for good, so this one is never cleared."""

    name = "outlet"

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def take(self, entries: Sequence[Entry]) -> None:
        """Number entries of one terminal's epoch, in order; inside a transaction."""
        first = entries[0]
        self._outlet.add(first.terminal, first.epoch, first.seq, len(entries))

    def clear(self) -> None:
        """Refuse: cursors that were given out would lead elsewhere."""
        raise ValueError("the outlet's numbers are not made anew")
