"""The centre's order that this terminal erase itself: believed, kept, and so obeyed."""

import json
import logging
from pathlib import Path

from offline_cache.files import write_durably
from offline_cache.identity import Identity
from protocol.order import WipeOrder, read_wipe_order
from verifier.errors import TrustError
from verifier.model import KeyTable, UnixSeconds

log = logging.getLogger(__name__)


class Orders:
    """Takes orders in the sync's thread; others may ask whether there is one."""

    def __init__(self, path: Path, identity: Identity) -> None:
        """Look for orders to the terminal of `identity`; one is kept at `path`."""
        self._path, self._identity = path, identity
        self.is_given = False
        """Whether this terminal must stop what it does and erase itself."""

    def take(self, document: bytes, keys: KeyTable, *, now: UnixSeconds) -> None:
        """Keep an order that is for this terminal, as it is enrolled; tell of any other.

        Args:
            document: of the centre, or of anybody on the way.
            keys: the trust list's.
            now: by the terminal's guarded clock.

        Raises:
            OSError: it could not be kept; it comes again with the next checkpoint.
        """
        identity = self._identity
        try:
            order = read_wipe_order(
                document,
                keys,
                terminal=identity.terminal,
                epoch=identity.epoch,
                public=identity.signing.public,
                now=now,
            )
        except TrustError as error:
            log.error("an order to erase this terminal is not obeyed: %s", error)  # noqa: TRY400  # a forgery, and no bug of ours
            return
        self._keep(order, document)

    def _keep(self, order: WipeOrder, document: bytes) -> None:
        if not self.is_given:
            write_durably(self._path, document, mode=0o600)
            log.critical("the centre orders this terminal to erase itself: %s", order.order_id)
            self.is_given = True


def kept_order(path: Path) -> str | None:
    """Return the id of the order that is kept at `path`; None: there is none.

    It was believed when it came, by trust that may be erased since.
    """
    try:
        members = json.loads(path.read_bytes())
        return str(members["order"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        # Nobody but us writes here, and whole files: it is an order all the same.
        log.error("%s: the order is damaged: %s", path, error)  # noqa: TRY400  # a fault
        return ""
