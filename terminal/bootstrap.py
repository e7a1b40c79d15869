"""The one place that joins adapters to the core: from settings to lanes, desk and sync."""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.base import Replying
from offline_cache.ballast import BALLAST_OCTETS
from offline_cache.care import LOG_OCTETS, Care
from offline_cache.errors import CacheCorrupt, CacheError
from offline_cache.floor_file import FloorFile
from offline_cache.histories import HistoriesFile
from offline_cache.identity import Identity, load_identity
from offline_cache.journal import Journal
from offline_cache.schema import require_journal
from offline_cache.state import StateFolder
from offline_cache.trust_store import Trust, TrustStore
from offline_cache.writer import JournalWriter
from protocol.approval import ANSWER_MS_MAX
from terminal.answer_form import JSON
from terminal.centre.asking import asking_client
from terminal.centre.client import CentreClient
from terminal.desk import Desk
from terminal.errors import SettingsError
from terminal.events import EventFeed
from terminal.lane_devices import Devices
from terminal.lanes.lane import Lane
from terminal.local.port import LocalService
from terminal.metrics import names
from terminal.metrics.gathering import Gathering
from terminal.metrics.textfile import Textfile
from terminal.receipts import ReceiptWriter
from terminal.screens.board import ScreenBoard
from terminal.screens.service import ScreenService
from terminal.selling.approvals import Approvals, Ask
from terminal.settings import LaneSettings, Settings
from terminal.sync.learning import load_trust, take_journal
from terminal.sync.links import Links
from terminal.sync.orders import Orders
from terminal.sync.parting import Parting
from terminal.sync.thread import Sync
from terminal.sync.trust_source import HttpSource, http_source
from terminal.timekeeping import MachineClocks, Timekeeper
from terminal.visits.making import contents_of
from terminal.visits.port import VisitPort
from terminal.visits.shelf import ContentShelf
from verifier.formats import BUILT_IN
from verifier.formats.base import Format

if TYPE_CHECKING:
    from terminal.local.interface import LocalInterface

log = logging.getLogger(__name__)


def open_desk(
    state: StateFolder,
    settings: Settings,
    *,
    formats: Collection[Format] = BUILT_IN,
    clocks: MachineClocks | None = None,
) -> Desk:
    """Return the desk over what is on disk; its journal is open and its trust loaded.

    Args:
        state: the folder.
        settings: of this terminal.
        formats: the families it reads; a desk that judges nothing needs no others' code.
        clocks: the machine's, without them.

    Raises:
        CacheError: not enrolled, damaged, or the disk can't be used.
    """
    identity = load_identity(state.identity)
    require_journal(state.journal)
    care = journal_care(identity, settings)
    writer = JournalWriter(
        lambda: Journal(state.journal, terminal=identity.terminal, epoch=identity.epoch, care=care)
    )
    writer.start()
    timekeeper = open_timekeeper(FloorFile(state.floor), clocks)
    desk = Desk(identity, writer, timekeeper, formats=formats)
    desk.trust = _held_trust(desk, trust_store(state, settings))
    desk.parting = Parting(HistoriesFile(state.histories), state.journal, identity, writer)
    return desk


def journal_care(identity: Identity, settings: Settings) -> Care:
    """Return how the journal of this terminal is looked after."""
    return Care(
        key=identity.signing,
        keep_s=settings.journal.keep_days * 86_400,
        octets_max=settings.journal.size_mb_max * 1_000_000,
        ballast_octets=BALLAST_OCTETS,
        log_octets=LOG_OCTETS,
    )


def open_timekeeper(file: FloorFile, clocks: MachineClocks | None = None) -> Timekeeper:
    """Return a clock whose floor begins where it was kept; a damaged one is told, and begun anew."""
    try:
        record = file.read()
    except CacheCorrupt as error:
        log.error("clock: %s", error)  # noqa: TRY400  # a fault, and no bug of ours
        record = None
    return Timekeeper(clocks, record=record, keep=file.write)


def trust_store(state: StateFolder, settings: Settings, *, held: Trust | None = None) -> TrustStore:
    """Return the trust folder under the root that the settings pin.

    Args:
        state: the folder that it lies in.
        settings: of this terminal.
        held: what lanes look cards up in, loaded by another store.
    """
    in_use = frozenset[str]() if held is None else held.arrays
    return TrustStore(
        state.trust,
        settings.centre.root_octets(),
        in_use=in_use,
        contents=contents_of(settings.lane),
    )


def _held_trust(desk: Desk, store: TrustStore) -> Trust | None:
    """Return the trust on disk; a damaged one is told, and fetched anew by the first sync."""
    try:
        now = desk.timekeeper.read().now
        trust = load_trust(store, desk.timekeeper, desk.writer, now=now)
    except CacheCorrupt as error:
        log.error("trust: %s", error)  # noqa: TRY400  # a fault, and no bug of ours
        return None
    if trust is not None:
        take_journal(desk.writer, trust.trusted.keys, desk.timekeeper)
    try:
        desk.timekeeper.keep()
    except CacheError as error:  # the sync tries again; no gate stays shut for it
        log.error("clock: %s", error)  # noqa: TRY400  # a fault, and no bug of ours
    return trust


def make_client(settings: Settings) -> CentreClient:
    """Return a client of the centre that the settings name.

    Raises:
        SettingsError: neither they nor an enrolment slip named one.
    """
    if not settings.centre.url:
        raise SettingsError("no centre is named: set centre.url, or enrol by the QR of a centre")
    return CentreClient(settings.centre.url, ca_file=settings.centre.ca_file)


def make_approvals(desk: Desk, settings: Settings) -> Approvals:
    """Return what asks the centre's word on sales of this terminal; nobody is asked yet."""

    def make_ask() -> Ask:
        client = asking_client(desk, settings.centre, answer_ms_max=ANSWER_MS_MAX)
        return client.approve

    approvals = Approvals(make_ask, terminal=desk.identity.terminal)
    approvals.on_word = lambda kind: desk.figures.count(names.APPROVALS, kind)
    return approvals


def make_source(settings: Settings, client: CentreClient) -> HttpSource:
    """Return where trust comes from: the centre, or the mirror that the settings name."""
    return http_source(client.door, settings.centre.trust_address)


def make_links(
    desk: Desk, state: StateFolder, settings: Settings, shelf: ContentShelf | None = None
) -> Links:
    """Return what a sync works with; new trust goes to the desk, content packs to the shelf."""

    def swap(trust: Trust) -> None:
        desk.trust = trust
        if shelf is not None:
            shelf.take(trust.files)

    if desk.parting is None:
        raise ValueError("a desk that was not opened here has no sync")
    client = make_client(settings)
    return Links(
        identity=desk.identity,
        client=client,
        source=make_source(settings, client),
        store=trust_store(state, settings, held=desk.trust),
        writer=desk.writer,
        timekeeper=desk.timekeeper,
        parting=desk.parting,
        orders=Orders(state.wipe_order, desk.identity),
        on_trust=swap,
    )


def make_sync(desk: Desk, links: Links, settings: Settings) -> Sync:
    """Return the sync of a desk."""
    return Sync(links, trust=desk.trust, interval_s=settings.centre.sync_s)


def make_lane(settings: LaneSettings, desk: Desk, events: EventFeed | None = None) -> Lane:
    """Return a lane with its devices, not yet started; who watches is told by `events`."""
    devices = Devices(
        scanner=settings.scanner.make(),
        gate=None if settings.gate is None else settings.gate.make(),
        answers=None if settings.answers is None else settings.answers.make(),
        contacts=None if settings.contacts is None else settings.contacts.make(),
        connected=None if settings.contacts is None else settings.contacts.connected,
        indicators=tuple(indicator.make() for indicator in settings.indicators),
        printer=None if settings.printer is None else settings.printer.make(),
        receipts=_receipts(settings, desk),
        form=JSON if settings.answers is None else settings.answers.answer_form(),
    )
    answers = devices.answers
    if answers is not None and isinstance(answers, Replying):
        answers.follow(devices.show)
    return Lane(settings.name, settings.profile, devices, desk, events=events)


def make_screens(settings: Settings, desk: Desk, sync: Sync) -> ScreenService:
    """Return what keeps the lanes' screens; no lane is shown yet."""
    from terminal.screens.pages import screen_pages  # noqa: PLC0415  # with it come sounds

    pages = screen_pages(settings.lane)
    recordings = {page.lane: page.clips.names for page in pages}
    board = ScreenBoard(tuple(page.lane for page in pages))
    return ScreenService(board, desk, lambda: sync.machine.state, recordings=recordings)


def make_local(
    state: StateFolder,
    settings: Settings,
    service: LocalService,
    events: EventFeed,
    board: ScreenBoard | None = None,
    visits: VisitPort | None = None,
) -> "LocalInterface | None":
    """Return what programs reach the terminal by, not yet started; None: the settings have none."""
    if settings.local is None:
        return None
    from terminal.local.interface import LocalInterface  # noqa: PLC0415  # HTTP, when used
    from terminal.local.pages.screens import PagesOf  # noqa: PLC0415  # as the last
    from terminal.screens.pages import screen_pages  # noqa: PLC0415  # as the last

    pages = screen_pages(settings.lane)
    shown = board or ScreenBoard(tuple(page.lane for page in pages))
    screens = PagesOf(shown, pages, visits=visits)
    return LocalInterface(settings.local, state.clients, service, events, screens=screens)


def make_textfile(settings: Settings, gathering: Gathering) -> Textfile | None:
    """Return what writes metrics to a file; None: the settings want none."""
    if settings.metrics is None:
        return None
    path, period_s = Path(settings.metrics.textfile), settings.metrics.textfile_s
    return Textfile(path, period_s=period_s, gather=gathering.families)


def _receipts(settings: LaneSettings, desk: Desk) -> ReceiptWriter | None:
    """Return what lays out a lane's receipts; None: it prints none."""
    if settings.printer is None:
        return None
    return settings.printer.receipt_writer(desk.identity.terminal)
