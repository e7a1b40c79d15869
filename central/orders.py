"""Orders to terminals: that one erase itself, because it was stolen or is given away."""

from central.centre import Centre
from central.errors import NotFound
from central.records import Terminal, TerminalState
from central.store.orders import WipeOrder
from central.store.store import Store
from protocol.health import Health
from protocol.keys import random_octets
from protocol.order import WipeOrder as WipeDocument
from protocol.order import wipe_order_octets
from verifier.model import UnixSeconds

# In the health of the terminal's last checkpoint: the order that it begins to obey.
OBEYING = "wiping"

_ID_OCTETS = 8


def order_wipe(store: Store, terminal: str, *, now: UnixSeconds) -> WipeOrder:
    """Order a terminal, as it is enrolled now, to erase itself; again, if it was ordered before.

    Raises:
        NotFound: there is none of that name.
    """
    with store.transaction():
        held = store.terminals.locked(terminal)
        if held is None:
            raise NotFound(f"no terminal is called {terminal!r}: see scan-central report")
        known = order_to(store, held)
        if known is not None:
            return known
        order = WipeOrder(
            terminal=terminal,
            epoch=held.epoch,
            public=held.public,
            order_id=random_octets(_ID_OCTETS).hex(),
            ordered_at=now,
        )
        store.orders.put(order)
    return order


def take_back_wipe(store: Store, terminal: str) -> None:
    """Take an order back, if the terminal has not said yet that it obeys.

    Raises:
        NotFound: there is no order that could be taken back.
    """
    if not store.orders.take_back(terminal):
        raise NotFound(
            f"no order to {terminal!r} can be taken back: see scan-central report orders"
        )


def order_to(store: Store, held: Terminal) -> WipeOrder | None:
    """Return the order to a terminal as it is enrolled now; it stands also once it is obeyed."""
    order = store.orders.get(held.terminal)
    if order is None or (order.epoch, order.public) != (held.epoch, held.public):
        return None
    return order


def order_document(centre: Centre, held: Terminal) -> bytes | None:
    """Return the signed order to a terminal; None: there is none."""
    order = order_to(centre.store, held)
    if order is None:
        return None
    document = WipeDocument(
        terminal=order.terminal,
        epoch=order.epoch,
        public=order.public,
        order_id=order.order_id,
        date=centre.now(),
    )
    return wipe_order_octets(document, centre.site.keys.command)


def note_obeying(centre: Centre, held: Terminal, health: Health) -> None:
    """Note that a terminal says it begins to erase itself: its key opens nothing any more.

    Inside a transaction. It may ask again, if its power went meanwhile: the order stands.
    """
    order = order_to(centre.store, held)
    if order is not None and health.get(OBEYING) == order.order_id:
        centre.store.orders.note_obeyed(held.terminal, order.order_id, centre.now())
        centre.store.terminals.set_state(held.terminal, TerminalState.SUSPENDED)
