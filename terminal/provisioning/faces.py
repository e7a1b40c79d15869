"""What screens and programs at the counter are told while the machine waits to be enrolled."""

import asyncio
from collections.abc import Callable, Mapping

from offline_cache.state import StateFolder
from terminal.bootstrap import make_local
from terminal.events import EventFeed
from terminal.provisioning.arming import ArmState, Standing
from terminal.provisioning.service import UnenrolledService
from terminal.provisioning.telling import TITLE, heading, words_of
from terminal.provisioning.why import Words
from terminal.screens.board import ScreenBoard
from terminal.screens.pages import screen_pages
from terminal.screens.screen import Bilingual, Screen, View
from terminal.settings import Settings


class Faces:
    """The screens' board and the local interface, where the settings have them.

    Args:
        state: the folder.
        settings: of this machine.
        diagnose: what `status` prints.
    """

    def __init__(
        self,
        state: StateFolder,
        settings: Settings,
        diagnose: Callable[[], Mapping[str, object]],
    ) -> None:
        pages = screen_pages(settings.lane)
        self.board = ScreenBoard(tuple(page.lane for page in pages))
        service = UnenrolledService(settings.lane, diagnose)
        self._local = make_local(state, settings, service, EventFeed(), self.board)
        self._shown: tuple[Words, Words] | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve pages and programs; what they ask is answered in `loop`."""
        if self._local is not None:
            self._local.start(loop)

    def stop(self) -> None:
        """Serve them no more; blocks until what is in hand is answered."""
        if self._local is not None:
            self._local.stop()

    def show(self, standing: Standing) -> None:
        """Have every screen show how it stands, and say that the daemon lives."""
        self.board.beat()
        title, text = heading(standing), words_of(standing)
        if (title, text) == self._shown:
            return
        self._shown = title, text
        is_public = standing.state is ArmState.UNARMED
        few = TITLE if is_public else title
        for lane in self.board.lanes:
            self.board.put(
                Screen(
                    lane=lane,
                    view=View.STARTING,
                    title=_bilingual(title),
                    text=_bilingual(text),
                    few=_bilingual(few),
                )
            )


def _bilingual(words: Words) -> Bilingual:
    return Bilingual(zh=words.zh, en=words.en)
