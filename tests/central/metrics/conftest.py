from pathlib import Path

import pytest


@pytest.fixture
def docs_of_metrics() -> str:
    page = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"
    return page.read_text(encoding="utf-8")
