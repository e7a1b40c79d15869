"""The centre's store: its subjects beside each other, on one database."""

from contextlib import AbstractContextManager

from central.database.engine import Database
from central.store.cards import Cards
from central.store.enrolments import Enrolments
from central.store.histories import Histories
from central.store.journals import Journals
from central.store.publications import Publications
from central.store.terminals import Terminals


class Store:
    """Everything the centre keeps; any thread may use it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.cards = Cards(database)
        self.enrolments = Enrolments(database)
        self.histories = Histories(database)
        self.journals = Journals(database)
        self.publications = Publications(database)
        self.terminals = Terminals(database)

    def transaction(self) -> AbstractContextManager[None]:
        """Do everything inside at once or not at all; it is durable when the outermost ends.

        Raises:
            StoreUnavailable: locked by others for too long, or the disk is full or failing.
        """
        return self.database.transaction()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()
