from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from central.publishing import publish
from central.site import Site, init_site
from tests.central.peers import START, RunningCentre, SetClock, Terminal, running

_NUMBERS = count(1)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A centre's directory of its own, for tests that change it."""
    return init_site(tmp_path / "centre", issuer="city.example", now=START)


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:
    """A centre that serves on loopback; each test brings terminals of its own."""
    directory = tmp_path_factory.mktemp("city") / "centre"
    shared = init_site(directory, issuer="city.example", now=START)
    publish(shared, START)
    with running(shared, SetClock()) as served:
        yield served


@pytest.fixture
def terminal(centre: RunningCentre) -> Terminal:
    """A terminal, enrolled, that has brought nothing yet."""
    centre.clock.now = START
    return centre.enrolled(f"terminal-{next(_NUMBERS)}")
