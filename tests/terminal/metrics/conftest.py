import pytest

from tests.support.promtool import Promtool, find_promtool


@pytest.fixture
def promtool() -> Promtool:
    return find_promtool()
