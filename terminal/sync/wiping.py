"""Obeying the order to erase: first bring home what can be brought, then keep nothing."""

import logging
import time
from collections.abc import Callable

from offline_cache.erasing import erase
from offline_cache.errors import CacheError
from offline_cache.state import StateFolder
from terminal.bootstrap import make_links, make_sync, open_desk
from terminal.errors import CentreRefused, CentreUnreachable
from terminal.settings import Settings
from terminal.sync.links import Links
from terminal.sync.machine import SyncState
from terminal.sync.orders import kept_order
from terminal.sync.uploads import tell_obeying

log = logging.getLogger(__name__)

# A stolen terminal must not live long by having no network; a week of a busy gate is 100,000
# entries, 200 batches, a minute of a slow line.
BRING_HOME_S_MAX = 120.0
# How often whoever can't reach the centre tries within that time.
ROUNDS_MAX = 8

Sleep = Callable[[float], None]


def obey_order(state: StateFolder, settings: Settings, *, sleep: Sleep = time.sleep) -> bool:
    """Erase this terminal, if there is an order to; return whether there was one.

    Args:
        state: the folder, held by this process, with nothing in it open.
        settings: of this terminal.
        sleep: waits so many seconds.

    Raises:
        OSError: the disk is read-only or failing; the next start tries again.
    """
    order_id = kept_order(state.wipe_order)
    if order_id is None:
        return False
    if state.identity.exists():
        try:
            _bring_home(state, settings, order_id, sleep)
        except (
            CacheError
        ) as error:  # what can't be read can't be brought: that is no reason to stay
            log.error("erasing: the journal can't be brought home: %s", error)  # noqa: TRY400  # a fault, and no bug of ours
    erase(state)
    log.critical("this terminal has erased itself by order %s of the centre", order_id)
    return True


def _bring_home(state: StateFolder, settings: Settings, order_id: str, sleep: Sleep) -> None:
    desk = open_desk(state, settings)
    try:
        links = make_links(desk, state, settings)
        try:
            sync = make_sync(desk, links, settings)
            ends_s = time.monotonic() + BRING_HOME_S_MAX
            for _ in range(ROUNDS_MAX):
                delay_s = sync.round()
                left_s = ends_s - time.monotonic()
                if sync.machine.state is not SyncState.BACKING_OFF or left_s <= 0:
                    break
                sleep(min(delay_s, left_s))
            _tell(links, order_id)
        finally:
            links.client.close()
    finally:
        desk.writer.stop()


def _tell(links: Links, order_id: str) -> None:
    try:
        tell_obeying(links, order_id)
    except (CentreUnreachable, CentreRefused) as error:
        log.warning("erasing: the centre does not know that it is obeyed: %s", error)
