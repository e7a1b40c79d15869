import io
import sys

import pytest

from terminal.commands.output import print_line


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "健康码 한 \\x1b\\x0a"),
        ("gbk", "健康码 \\ud55c \\x1b\\x0a"),
        ("ascii", "\\u5065\\u5eb7\\u7801 \\ud55c \\x1b\\x0a"),
    ],
)
def test_line_is_printed_in_any_locale(
    monkeypatch: pytest.MonkeyPatch, encoding: str, told: str
) -> None:
    """One code with a letter that the locale lacks ended the auditor's whole list of codes."""
    screen = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(screen, encoding=encoding))
    print_line("健康码 한 \x1b\n")
    assert screen.getvalue().decode(encoding) == told + "\n"
