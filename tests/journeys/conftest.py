from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from simulator.serial_peers import AnswerPeer, RelayPeer, ScannerPeer
from tests.support.site import Terminal, Town, open_town

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_town(tmp_path_factory.mktemp("town")) as opened:
        yield opened


@pytest.fixture
def make_terminal(town: Town, tmp_path: Path) -> Iterator[Callable[[str], Terminal]]:
    """Enrol a terminal with the lanes given; its daemon is gone when the test ends."""
    with ExitStack() as stack:

        def make(lanes: str) -> Terminal:
            folder = tmp_path / f"t{next(_NUMBERS)}"
            folder.mkdir()
            made = Terminal(folder, town, name=f"t-{next(_NUMBERS)}", lanes=lanes)
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def scanner() -> Iterator[ScannerPeer]:
    with ScannerPeer() as peer:
        yield peer


@pytest.fixture
def answers() -> Iterator[AnswerPeer]:
    with AnswerPeer() as peer:
        yield peer


@pytest.fixture
def relay() -> Iterator[RelayPeer]:
    with RelayPeer() as peer:
        yield peer


@pytest.fixture
def gate(scanner: ScannerPeer, answers: AnswerPeer, relay: RelayPeer) -> str:
    """Settings of a lane with a scanner, a relay and a line to a counter's program."""
    return (
        '[[lane]]\nname = "gate-1"\nprofile = "gate"\n'
        f'scanner = {{ kind = "serial", port = "{scanner.path}", hold_off_ms = 0 }}\n'
        f'gate = {{ kind = "relay", port = "{relay.path}" }}\n'
        f'answers = {{ kind = "serial", port = "{answers.path}" }}\n'
    )
