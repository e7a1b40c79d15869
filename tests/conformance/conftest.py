from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.repository import Client, Repository, Serving


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    repository = Repository()
    serving = Serving(repository)
    client = Client(repository, serving.url, tmp_path)
    assert client.init() == 0
    yield client
    serving.close()


@pytest.fixture
def repository(client: Client) -> Repository:
    return client.repository
