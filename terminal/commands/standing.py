"""`status`: how the terminal stands, once or for as long as somebody looks."""

import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from drivers.clock import monotonic_ms
from terminal.commands.devices import LanguageOption
from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line
from terminal.diagnosis.words import Language
from terminal.settings import Settings, load_settings

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from terminal.status.current import Look, State
    from terminal.status.rows import Row

# Once what came last is older, it is said how old it is.
_OLD_S = 2


def status(  # typer reads options from the signature
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it anew until Ctrl-C, over restarts too.")
    ] = False,
    every: Annotated[
        float, typer.Option("--every", min=0.2, max=3_600, help="With --watch: seconds between.")
    ] = 1,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", min=0, max=86_400, help="With --watch: end by itself then."),
    ] = None,
    language: LanguageOption = Language.EN,
    as_json: JsonOption = False,
) -> int:
    """Show lanes, devices, lists and their ages, clock, journal, sync, sales and screens.

    Exit 1 where something is wrong.
    """
    from terminal.report import is_healthy  # noqa: PLC0415  # heavy, when used
    from terminal.status.current import current_state  # noqa: PLC0415

    settings = load_settings(config)
    if watch:
        return _Watch(settings, language, every, as_json=as_json).run(seconds)
    state = current_state(settings)
    if as_json:
        print_json(state)
    else:
        _print(_rows(settings, state, language))
    return 0 if is_healthy(state) else 1


class _Watch:
    """Looks again and again; what can't be had now is told, with what was seen last."""

    def __init__(
        self, settings: Settings, language: Language, every_s: float, *, as_json: bool
    ) -> None:
        self._settings, self._language, self._every_s = settings, language, every_s
        self._as_json = as_json
        self._last: State | None = None
        self._last_ms = monotonic_ms()
        self._never = threading.Event()

    def run(self, seconds: float | None) -> int:
        """Show it until the time is up or Ctrl-C is pressed; return the status of the last look."""
        from terminal.status.current import Look  # noqa: PLC0415  # as the next

        seen = Look(state=None)
        until_ms = None if seconds is None else monotonic_ms() + int(seconds * 1_000)
        try:
            if self._as_json or not sys.stdout.isatty():
                seen = self._lines(until_ms)
            else:
                seen = self._live(until_ms)
        except KeyboardInterrupt:
            seen = Look(state=self._last)  # that is how it ends
        return _status_of(seen)

    def _lines(self, until_ms: int | None) -> "Look":
        """Show each look below the one before."""
        while True:
            seen = self._look()
            if self._as_json:
                print_json(seen.state or {"running": False, "trouble": seen.trouble})
            elif seen.state is None:
                print_line(seen.trouble)
            else:
                _print(_rows(self._settings, seen.state, self._language))
            if self._is_over(until_ms):
                return seen

    def _live(self, until_ms: int | None) -> "Look":
        """Show each look in the place of the one before."""
        from rich.live import Live  # noqa: PLC0415  # for a person alone

        with Live(auto_refresh=False, transient=False, vertical_overflow="crop") as live:
            while True:
                seen = self._look()
                live.update(self._drawn(live, seen), refresh=True)
                if self._is_over(until_ms):
                    return seen

    def _look(self) -> "Look":
        from terminal.status.current import look  # noqa: PLC0415  # heavy, when used

        seen = look(self._settings)
        if seen.state is not None:
            self._last, self._last_ms = seen.state, monotonic_ms()
        return seen

    def _drawn(self, live: "Live", seen: "Look") -> "Table":
        from terminal.status.drawing import table  # noqa: PLC0415  # for a person alone
        from terminal.status.rows import Row  # noqa: PLC0415
        from terminal.status.saying import age  # noqa: PLC0415

        rows: list[Row] = []
        if seen.state is None:
            rows.append(Row(name=_NO_ANSWER[self._language], text=seen.trouble, level="fail"))
        if self._last is not None:
            rows += _rows(self._settings, self._last, self._language)
        old_s = (monotonic_ms() - self._last_ms) // 1_000
        is_old = self._last is not None and old_s >= _OLD_S
        caption = _AS_OF[self._language].format(age(old_s, self._language)) if is_old else ""
        return table(rows, columns=live.console.width, caption=caption)

    def _is_over(self, until_ms: int | None) -> bool:
        """Wait until the next look is due; return whether there is none."""
        left_s = self._every_s
        if until_ms is not None:
            left_s = min(left_s, (until_ms - monotonic_ms()) / 1_000)
        if left_s <= 0:
            return True
        self._never.wait(left_s)
        return False


_NO_ANSWER = {Language.EN: "no answer", Language.ZH: "没有应答"}
_AS_OF = {Language.EN: "as it was {0} ago", Language.ZH: "以上为 {0}前的情况"}


def _status_of(seen: "Look") -> int:
    from terminal.report import is_healthy  # noqa: PLC0415  # heavy, when used

    return 0 if seen.state is not None and is_healthy(dict(seen.state)) else 1


def _rows(settings: Settings, state: "State", language: Language) -> "list[Row]":
    from terminal.status.rows import Told, screen_rows  # noqa: PLC0415  # when used

    rows = list(Told(language=language).rows(state))
    return [*rows, *screen_rows(_screens(settings), language)]


def _screens(settings: Settings) -> dict[str, str]:
    """Return where each lane's screen is to be seen; none without the interface."""
    local = settings.local
    if local is None or not local.screens or not local.loopback:
        return {}
    host = local.loopback[0]
    place = f"[{host}]" if ":" in host else host
    return {
        lane.name: f"http://{place}:{local.port}/screen/{lane.name}"
        for lane in settings.lane
        if lane.screen is not None
    }


def _print(rows: "list[Row]") -> None:
    """Print rows for a person before a console, or as lines where there is none."""
    from terminal.status.drawing import plain_lines, table  # noqa: PLC0415  # when used

    if not sys.stdout.isatty():
        for line in plain_lines(rows):
            print_line(line)
        return
    from rich.console import Console  # noqa: PLC0415  # for a person alone

    console = Console()
    console.print(table(rows, columns=console.width))
