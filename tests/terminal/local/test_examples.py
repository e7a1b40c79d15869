"""The client that the documents show does what they say, as a program of its own."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.local_service import PATIENCE_S, Counter

_LINES_MAX = 40


def _sell(till: Counter, docs: Path, *options: str) -> dict[str, object]:
    """Run the client; a holder shows his card as soon as the lane is armed."""
    armed = threading.Event()
    till.feed.watch(armed.set)
    program = [sys.executable, str(docs / "examples" / "till.py"), till.url, till.token()]
    with subprocess.Popen(
        [*program, "pharmacy-1", "1250", *options], stdout=subprocess.PIPE
    ) as process:
        if options != ("--refused",):
            assert armed.wait(PATIENCE_S)
            till.do(till.service.show_card, "pharmacy-1")
        said, _ = process.communicate(timeout=PATIENCE_S)
    told: dict[str, object] = json.loads(said)
    return told


@pytest.mark.slow
def test_example_sells(till: Counter, docs: Path) -> None:
    told = _sell(till, docs)
    assert told["state"] == "completed"


@pytest.mark.slow
def test_example_takes_a_sale_back(till: Counter, docs: Path) -> None:
    outcome = _sell(till, docs, "--reverse")["outcome"]
    assert isinstance(outcome, dict)
    assert outcome["annulled"] == {"epoch": 1, "seq": 2}


@pytest.mark.slow
def test_example_says_why_it_was_refused(till: Counter, docs: Path) -> None:
    till.arm("another_till_0001", client="till-2")
    assert _sell(till, docs, "--refused")["code"] == "lane-taken"


def test_example_has_40_lines(docs: Path) -> None:
    text = (docs / "examples" / "till.py").read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line]) <= _LINES_MAX
