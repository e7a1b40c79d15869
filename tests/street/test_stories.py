from pathlib import Path

import pytest

from tests.street.town import SHIPPED

STORIES = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_profile_has_its_story(name: str) -> None:
    assert f'"{name}"' in STORIES
