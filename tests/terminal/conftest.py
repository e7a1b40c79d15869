from collections.abc import Iterator

import pytest

from tests.support.site import Town, open_town
from tests.support.syncs import code, identity, line, name, settings

__all__ = ["code", "identity", "line", "name", "settings"]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A real centre, served as a program."""
    with open_town(tmp_path_factory.mktemp("town")) as opened:
        yield opened
