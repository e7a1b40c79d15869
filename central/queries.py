"""What was paid to a holder, told to the terminal at which he showed his card."""

from central.centre import Centre
from central.records import Terminal
from central.site import Site
from central.store.store import Store
from protocol.query import (
    PAYMENTS_MAX,
    Payment,
    QueryMalformed,
    query_answer_octets,
    read_subsidy_query,
)

# A kiosk's visit takes a minute, and asks once; longer, and a stolen terminal's word is not enough.
ASKED_S_MAX = 300


def answer_query(centre: Centre, sender: Terminal, body: bytes) -> bytes:
    """Return the signed answer to a terminal's question.

    Args:
        centre: site, database and clock.
        sender: whose signature was checked, and who is not suspended.
        body: the question, as it came.

    Raises:
        QueryMalformed: it is out of form, too old, or names the card as no sector here does.
    """
    query, now = read_subsidy_query(body), centre.now()
    if query.sector != centre.site.keys.sector.id:
        raise QueryMalformed("sector is not the one that this centre gives to terminals")
    if abs(now - query.at) > ASKED_S_MAX:
        raise QueryMalformed(f"at is more than {ASKED_S_MAX} s from the centre's clock")
    paid = centre.store.subsidies.paid(query.sector, query.pseudonym, PAYMENTS_MAX)
    return query_answer_octets(sender.terminal, body, paid, date=now, key=centre.site.keys.command)


def add_subsidy(store: Store, site: Site, status_index: int, payment: Payment) -> int | None:
    """Keep a payment to a card; return its number, None: there is no such card."""
    sector = site.keys.sector
    with store.transaction():
        subject = store.subsidies.subject(status_index)
        if subject is None:
            return None
        name = sector.pseudonym(site.issuer, subject)
        return store.subsidies.add(status_index, sector.id, name, payment)


def name_subsidies(store: Store, site: Site) -> None:
    """Write anew to whom subsidies were paid, as after the sector key was changed."""
    sector, after = site.keys.sector, -1
    with store.transaction():
        while cards := store.subsidies.cards(after):
            for index in cards:
                subject = store.subsidies.subject(index)
                if subject is not None:
                    name = sector.pseudonym(site.issuer, subject)
                    store.subsidies.name(index, sector.id, name)
            after = cards[-1]
