"""One round of sync from the command line, by the daemon if one runs, else by ourselves."""

from offline_cache.state import StateFolder
from terminal.bootstrap import make_links, make_sync, open_desk
from terminal.control import ask
from terminal.errors import ControlError
from terminal.settings import Settings
from terminal.sync.wiping import obey_order


def sync_once(settings: Settings) -> dict[str, object]:
    """Return how a round ended: state, detail, and how far the journal is acknowledged.

    Raises:
        CacheError, ControlError: as they say.
    """
    state = StateFolder(settings.state_folder)
    answer = ask(state.control, "sync")
    match answer:
        case None:
            return _by_ourselves(state, settings)
        case {"sync": {"state": ended, "detail": detail}, "journal": {"seq": seq, "acked": acked}}:
            return {"state": ended, "detail": detail, "seq": seq, "acked": acked}
        case _:
            raise ControlError(f"{state.control}: the daemon's answer makes no sense")


def _by_ourselves(state: StateFolder, settings: Settings) -> dict[str, object]:
    with state:
        desk = open_desk(state, settings)
        links = make_links(desk, state, settings)
        try:
            sync = make_sync(desk, links, settings)
            sync.round()
            seq, acked = desk.writer.call(lambda journal: (journal.seq, journal.acked())).result()
        finally:
            links.client.close()
            desk.writer.stop()
        obey_order(state, settings)
        machine = sync.machine
    return {"state": machine.state.value, "detail": machine.detail, "seq": seq, "acked": acked}
