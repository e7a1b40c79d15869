"""The demo's live view: a line a decision for people, an object a line for programs."""

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from protocol.journal import compact
from simulator.reconciliation import Presentation, Reconciliation
from terminal.errors import TerminalError

_COLOURS = {"grant": "green", "refer": "yellow", "deny": "red"}


class OutputLost(TerminalError):  # noqa: N818  # the condition is the name
    """Nothing can be written to standard output any more: a full disk, a reader that has left."""


class Screen(Console):
    """Standard output for people; a reader that has left is a fault like any other."""

    def on_broken_pipe(self) -> None:
        """Raise the BrokenPipeError that is in hand; rich would end the thread unheard."""
        raise  # noqa: PLE0704  # called where it was caught


@contextmanager
def printing() -> Iterator[None]:
    """Print within; raises OutputLost where that can't be done."""
    try:
        yield
    except OSError as fault:
        # What is still buffered goes nowhere, or the interpreter would try it again at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        raise OutputLost(f"can't write to standard output: {fault.strerror}") from fault


class View:
    """Prints what happens, from several threads, each line whole."""

    def __init__(self, *, as_json: bool) -> None:
        self._json, self._lock = as_json, threading.Lock()
        self._console = Screen(highlight=False, soft_wrap=True)
        self._begun = time.monotonic()

    def say(self, text: str) -> None:
        """Tell a person what goes on; programs read only objects."""
        if not self._json:
            self._print(Text(f"{self._clock()}  {text}", style="bold"))

    def decided(self, presentation: Presentation) -> None:
        """Show one decision."""
        if self._json:
            self._print_object(presentation.members())
        else:
            self._print(self._row(presentation))

    def ended(self, sums: Reconciliation, members: Mapping[str, object]) -> None:
        """Show the reconciliation."""
        if self._json:
            self._print_object(members)
            return
        self._print(Text("reconciliation", style="bold"))
        for name, value in members.items():
            self._print(Text(f"  {name.replace('_', ' '):<15} {value}"))
        clean = "nothing lost or doubled, no cent amiss, every citizen got the verdict he should"
        verdict = clean if sums.is_clean else "NOT CLEAN: see the figures above"
        self._print(Text(verdict, style="bold green" if sums.is_clean else "bold red"))

    def _row(self, shown: Presentation) -> Text:
        verdict = shown.answer.verdict or "nothing"
        row = Text(f"{self._clock()}  {shown.post:<11} {shown.visit.holder:<14} ")
        row.append(f"{verdict.upper():<6}", style=_COLOURS.get(verdict, "bold red"))
        row.append(f" {shown.answer.reason or '':<6}")
        row.append("        " if shown.answer.ms is None else f"{shown.answer.ms:>5} ms")
        if shown.visit.purchase is not None:
            row.append(f"  {shown.visit.purchase.amount_minor / 100:>7.2f}")
        row.append("  offline" if shown.offline else "", style="dim")
        if not shown.is_right:
            expected = f"{shown.visit.verdict} {shown.visit.reason or ''}".strip()
            row.append(f"  WRONG, expected {expected}", style="bold red")
        return row

    def _clock(self) -> str:
        return f"{time.monotonic() - self._begun:6.1f} s"

    def _print(self, text: Text) -> None:
        with self._lock, printing():
            self._console.print(text)

    def _print_object(self, members: Mapping[str, object]) -> None:
        with self._lock, printing():
            print(compact(members).decode(), flush=True)
