"""From the settings to visits: which lanes have a kiosk, and what it offers."""

from collections.abc import Iterable, Mapping

from offline_cache.state import StateFolder
from protocol.query import ANSWER_MS_MAX
from terminal.centre.asking import asking_client
from terminal.desk import Desk
from terminal.settings import LaneSettings, Settings
from terminal.visits.kiosk import Kiosk, VisitLane
from terminal.visits.questions import Ask, Questions
from terminal.visits.scans import Arm
from terminal.visits.service import Tell, VisitService
from terminal.visits.shelf import ContentShelf

# A page asks for 20 s whether somebody is still there, and somebody needs to look up first (WCAG 2.2,
# 2.2.1).
IDLE_S_MIN = 30
# The page is the one that asks and ends; where it is gone, the terminal does.
SLACK_MS = 2_000


def contents_of(lanes: Iterable[LaneSettings]) -> frozenset[str]:
    """Return the names of the content packs that the lanes' screens offer."""
    screens = [lane.screen for lane in lanes if lane.screen is not None]
    return frozenset(each.content for each in screens if each.content is not None)


def make_shelf(settings: Settings, state: StateFolder) -> ContentShelf:
    """Return where content packs are found; none is read yet."""
    return ContentShelf(contents_of(settings.lane), state.content)


def make_visits(
    desk: Desk,
    settings: Settings,
    *,
    lanes: Iterable[VisitLane],
    shelf: ContentShelf,
    arm: Arm,
    tell: Tell,
) -> VisitService | None:
    """Return the visits of every lane with a kiosk; None: there is no such lane.

    Args:
        desk: what all lanes share.
        settings: of this terminal.
        lanes: as the daemon serves them.
        shelf: where their content packs are.
        arm: asks a lane for a card, as programs do.
        tell: tells a lane's pages.
    """
    kiosks = _kiosks(settings, {lane.name: lane for lane in lanes})
    if not kiosks:
        return None
    questions = make_questions(desk, settings)
    return VisitService(desk, kiosks=kiosks, shelf=shelf, arm=arm, questions=questions, tell=tell)


def make_questions(desk: Desk, settings: Settings) -> Questions:
    """Return what asks the centre for holders; nobody is asked yet."""

    def make_ask() -> Ask:
        client = asking_client(desk, settings.centre, answer_ms_max=ANSWER_MS_MAX)
        return client.ask

    return Questions(make_ask, terminal=desk.identity.terminal)


def _kiosks(settings: Settings, lanes: Mapping[str, VisitLane]) -> dict[str, Kiosk]:
    return {
        each.name: Kiosk(
            lane=lanes[each.name],
            content=each.screen.content or "",
            idle_ms=max(each.screen.idle_s, IDLE_S_MIN) * 1_000 + SLACK_MS,
            series=each.screen.series,
            header=() if each.printer is None else each.printer.header,
            languages=("zh", "en") if each.printer is None else each.printer.languages,
        )
        for each in settings.lane
        if each.screen is not None and each.screen.kind == "kiosk"
    }
