"""The driver that docs/own-drivers.md shows whole, as the tests use it."""

import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "own-drivers.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SOURCE: str = BLOCKS[0]


@cache
def acme(name: str = "acme") -> Any:
    """Return the page's module, as if it had been imported by this name."""
    module = ModuleType(name)
    exec(compile(SOURCE, "acme.py", "exec"), module.__dict__)  # noqa: S102  # our own page
    return module


def forget_modules(*names: str) -> None:
    """Forget what was imported, so that the next test imports its own."""
    for name in names:
        sys.modules.pop(name, None)
