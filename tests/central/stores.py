"""A store on each engine, and journals brought into it without a terminal."""

from dataclasses import dataclass, replace

from central.projectors.reports import ReportProjector
from central.projectors.running import Projection
from central.records import Terminal
from central.store.store import Store
from protocol.journal import extend
from tests.central.peers import START, line
from verifier.model import UnixSeconds


@dataclass
class Held:
    """What the centre holds; entries come as an upload brings them."""

    store: Store
    now: UnixSeconds = START

    def enrol(self, terminal: str) -> int:
        with self.store.transaction():
            return self.store.terminals.begin_epoch(terminal, public=bytes(32), now=self.now)

    def bring(self, terminal: str, *changes: dict[str, object]) -> None:
        """Bring entries behind what is held of the epoch at hand."""
        held = self.held(terminal)
        brought = [
            line(held.epoch, seq, **change) for seq, change in enumerate(changes, held.acked + 1)
        ]
        self.bring_lines(terminal, brought)

    def bring_lines(self, terminal: str, brought: list[bytes]) -> None:
        with self.store.transaction():
            held, entries = self.held(terminal), []
            for octets in brought:
                chain = extend(held.head, octets)
                held = replace(held, acked=held.acked + 1, head=chain, last_seen_at=self.now)
                entries.append((held.acked, octets, chain))
            self.store.journals.append(held, entries)
            self.store.terminals.keep_head(held)

    def held(self, terminal: str) -> Terminal:
        found = self.store.terminals.get(terminal)
        assert found is not None
        return found

    def project(self) -> None:
        self._projection().round(self.now)

    def begin_anew(self) -> None:
        """Begin to make the read models anew, and go no further."""
        self._projection().begin_anew(self.now)

    def _projection(self) -> Projection:
        return Projection(self.store, ReportProjector(self.store))
