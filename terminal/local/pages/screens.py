"""Which lanes have a screen, of what kind, and what is recorded for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.sound.clips import NO_CLIPS, Clips
from terminal.screens.board import ScreenBoard
from terminal.screens.table import Language
from terminal.visits.port import VisitPort


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenPage:
    """One lane's page, as its settings have it."""

    lane: str
    kind: str = "lane"  # or "kiosk"
    languages: tuple[Language, ...] = ("zh", "en")
    mode: str = "usual"  # or "senior"
    idle_s: int = 60
    is_heard: bool = True  # the page plays sounds itself
    clips: Clips = NO_CLIPS  # sentences that are recorded

    def members(self) -> dict[str, object]:
        """Return it as members of a JSON object."""
        return {
            "lane": self.lane,
            "kind": self.kind,
            "languages": list(self.languages),
            "mode": self.mode,
            "idle_s": self.idle_s,
            "sound": self.is_heard,
        }

    def recording(self, language: str, name: str) -> bytes | None:
        """Return a recorded sentence by the name of its file; None: there is none."""
        for (each, sentence), known in self.clips.names.items():
            if (each, known) == (language, name):
                return self.clips.spoken(each, sentence)
        return None


class PagesOf:
    """One terminal's screens: their pages, and the board that says what they show."""

    def __init__(
        self,
        board: ScreenBoard,
        pages: tuple[ScreenPage, ...],
        *,
        visits: VisitPort | None = None,
    ) -> None:
        """Take the pages of every lane; `visits` are made at those that are kiosks, if any is."""
        self.board, self.visits = board, visits
        self._pages: Mapping[str, ScreenPage] = {page.lane: page for page in pages}

    def all(self) -> tuple[ScreenPage, ...]:
        """Return every page, in the order of the settings."""
        return tuple(self._pages.values())

    def of(self, lane: str) -> ScreenPage | None:
        """Return a lane's page; None: it has none."""
        return self._pages.get(lane)
