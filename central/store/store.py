"""The centre's store: its subjects beside each other, on one database."""

from contextlib import AbstractContextManager

from central.database.engine import Database
from central.store.approvals import Approvals
from central.store.audit import Audit
from central.store.cards import Cards
from central.store.cases import Cases
from central.store.enrolments import Enrolments
from central.store.health import Health
from central.store.histories import Histories
from central.store.invitations import Invitations
from central.store.journals import Journals
from central.store.operators import Operators
from central.store.orders import Orders
from central.store.outlet import Outlet
from central.store.projections import Projections
from central.store.publications import Publications
from central.store.sales import Sales
from central.store.subsidies import Subsidies
from central.store.tallies import Tallies
from central.store.terminals import Terminals
from central.store.tokens import Tokens
from central.store.uses import Uses
from central.store.visits import Visits


class Store:
    """Everything the centre keeps; any thread may use it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.approvals = Approvals(database)
        self.audit = Audit(database)
        self.cards = Cards(database)
        self.cases = Cases(database)
        self.enrolments = Enrolments(database)
        self.health = Health(database)
        self.histories = Histories(database)
        self.invitations = Invitations(database)
        self.journals = Journals(database)
        self.operators = Operators(database)
        self.orders = Orders(database)
        self.outlet = Outlet(database)
        self.projections = Projections(database)
        self.publications = Publications(database)
        self.sales = Sales(database)
        self.subsidies = Subsidies(database)
        self.tallies = Tallies(database)
        self.terminals = Terminals(database)
        self.tokens = Tokens(database)
        self.uses = Uses(database)
        self.visits = Visits(database)

    def transaction(self) -> AbstractContextManager[None]:
        """Do everything inside at once or not at all; it is durable when the outermost ends.

        Raises:
            StoreUnavailable: locked by others for too long, or the disk is full or failing.
        """
        return self.database.transaction()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()
