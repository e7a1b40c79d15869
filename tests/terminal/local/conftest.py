from collections.abc import Iterator

import pytest

from tests.support.local_service import Counter, counter


@pytest.fixture
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A terminal with two lanes, and a program that may do everything."""
    with counter(tmp_path_factory.mktemp("till")) as opened:
        yield opened
