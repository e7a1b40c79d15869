from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.desk import Desk
from tests.support.desks import open_desk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    with open_desk(path) as opened:
        yield opened
