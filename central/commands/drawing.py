"""Drawing codes as QR, and saying which extra is missing where one is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from central.errors import ExtraMissing

_EXTRA_PACKAGES = {"fastapi", "starlette", "uvicorn", "segno"}


@contextmanager
def extra() -> Iterator[None]:
    """Say which extra is missing where a package of it is."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA_PACKAGES:
            raise
        raise ExtraMissing from error


def drawer(path: Path | None) -> Callable[[str], None]:
    """Return what draws a code to `path`; a missing extra is told before anything is done."""
    if path is None:
        return lambda _: None
    with extra():
        from central.qr import check_kind, write_qr  # noqa: PLC0415  # needs the extra
    check_kind(path)
    return partial(write_qr, path=path)
