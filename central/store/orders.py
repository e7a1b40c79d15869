"""Orders to terminals: one at a time, until it is obeyed or taken back."""

from dataclasses import dataclass

from central.database.engine import Database
from verifier.model import UnixSeconds

_COLUMNS = "terminal, epoch, public, order_id, ordered_at, obeyed_at"
_ONE = f"SELECT {_COLUMNS} FROM wipe_order WHERE terminal = ?"  # noqa: S608  # our own names
_ALL = f"SELECT {_COLUMNS} FROM wipe_order ORDER BY terminal"  # noqa: S608  # as above
_PUT = (
    f"INSERT INTO wipe_order ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT (terminal)"  # noqa: S608  # as above
    " DO UPDATE SET epoch = excluded.epoch, public = excluded.public,"
    " order_id = excluded.order_id, ordered_at = excluded.ordered_at, obeyed_at = NULL"
)
_TAKE_BACK = "DELETE FROM wipe_order WHERE terminal = ? AND obeyed_at IS NULL RETURNING terminal"
_OBEYED = "UPDATE wipe_order SET obeyed_at = ? WHERE terminal = ? AND order_id = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class WipeOrder:
    """What an operator ordered of one terminal, as it was enrolled then."""

    terminal: str
    epoch: int
    public: bytes
    order_id: str
    ordered_at: UnixSeconds
    obeyed_at: UnixSeconds | None = None


class Orders:
    """The last order to each terminal that ever had one."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, terminal: str) -> WipeOrder | None:
        """Return the order to a terminal, obeyed or not."""
        row = self._db.row(_ONE, (terminal,))
        return None if row is None else _order(*row)

    def all(self) -> list[WipeOrder]:
        """Return every order, by terminal."""
        return [_order(*row) for row in self._db.rows(_ALL)]

    def put(self, order: WipeOrder) -> None:
        """Keep an order in the place of what was ordered before."""
        row = (order.terminal, order.epoch, order.public, order.order_id, order.ordered_at)
        self._db.execute(_PUT, row)

    def take_back(self, terminal: str) -> bool:
        """Let go of an order that is not obeyed; return whether there was one."""
        return self._db.row(_TAKE_BACK, (terminal,)) is not None

    def note_obeyed(self, terminal: str, order_id: str, now: UnixSeconds) -> None:
        """Write that the terminal begins to obey."""
        self._db.execute(_OBEYED, (now, terminal, order_id))


def _order(  # as the columns stand
    terminal: str,
    epoch: int,
    public: bytes,
    order_id: str,
    ordered_at: UnixSeconds,
    obeyed_at: UnixSeconds | None,
) -> WipeOrder:
    return WipeOrder(
        terminal=terminal,
        epoch=epoch,
        public=bytes(public),
        order_id=order_id,
        ordered_at=ordered_at,
        obeyed_at=obeyed_at,
    )
