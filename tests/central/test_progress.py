import io
import sys

import pytest

from central.progress import shown


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _work(steps: int) -> None:
    with shown() as progress:
        for step in range(1, steps + 1):
            progress("status lists", step, steps)


def test_long_work_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", _Terminal())
    _work(20)
    assert "status lists" in sys.stderr.getvalue()  # type: ignore[attr-defined]  # a StringIO here


def test_short_work_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", _Terminal())
    _work(19)
    assert "status lists" not in sys.stderr.getvalue()  # type: ignore[attr-defined]  # a StringIO here


def test_nothing_is_shown_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    _work(1_000)
    assert capsys.readouterr() == ("", "")
