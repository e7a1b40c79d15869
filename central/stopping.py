"""Which cards are not valid, by the names that terminals call them: approvals ask at once."""

from central.site import Site
from central.store.store import Store


def stop_card(store: Store, site: Site, subject: bytes, status: int) -> None:
    """Write a card's status under its name in the sector; 0: it is valid."""
    sector = site.keys.sector
    store.approvals.stop(sector.id, sector.pseudonym(site.issuer, subject), status)


def stop_cards(store: Store, site: Site) -> None:
    """Write anew which cards are not valid, as after the sector key was changed."""
    with store.transaction():
        store.approvals.free_all()
        for subject, status in store.cards.stopped():
            stop_card(store, site, subject, status)
