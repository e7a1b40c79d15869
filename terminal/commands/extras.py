"""`demo` and `bench`: brought by the extra `demo`, found by entry point, never imported."""

from collections.abc import Callable
from enum import Enum
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import typer

from drivers.opencv import import_trouble
from terminal.commands.options import JsonOption
from terminal.errors import UsageError


class BenchPart(Enum):
    """What `bench` measures."""

    ALL = "all"
    VERIFY = "verify"
    DECODE = "decode"
    EFFECT = "effect"


_GROUP = "scan_terminal.commands"

_EXTRA_PACKAGES = {"fastapi", "starlette", "uvicorn", "segno"}


def _extra(name: str) -> Callable[..., Any]:
    """Return the function behind an extra command.

    Raises:
        UsageError: the extra is not installed, lacks a package, or can't be loaded; says how
            to get it.
    """
    for point in entry_points(group=_GROUP, name=name):
        try:
            function: Callable[..., Any] = point.load()
        except ImportError as error:
            raise UsageError(_words(name, error)) from error
        return function
    raise UsageError(f"{name} is not installed: pip install 'scan-terminal[demo]'")


def _words(name: str, error: ImportError) -> str:
    """Return why the function can't be loaded, and the remedy."""
    package = (error.name or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and package in _EXTRA_PACKAGES:
        missing = f"{name} needs the extra demo ({package} is missing)"
        return f"{missing}: pip install 'scan-terminal[demo]'"
    return import_trouble(error) or (
        f"{name} can't be loaded ({error}): pip install --force-reinstall 'scan-terminal[demo]'"
    )


def demo(
    seconds: Annotated[
        float, typer.Option("--seconds", min=5, max=3600, help="How long citizens keep coming.")
    ] = 25,
    *,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Show in this terminal only, as ever yet.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Run a small city on this machine and reconcile it: nothing may be lost, doubled or wrong."""
    del no_browser  # the view is this terminal's; scripts may say so already
    return int(_extra("demo")(seconds=seconds, as_json=as_json))


def bench(  # noqa: PLR0913  # typer reads options from the signature
    part: Annotated[
        BenchPart,
        typer.Argument(
            help="Every stage of a scan, the verifier or decoder beside others, or busy lanes."
        ),
    ] = BenchPart.ALL,
    rounds: Annotated[
        int, typer.Option("--rounds", min=10, max=100_000, help="Measurements a stage.")
    ] = 300,
    seconds: Annotated[
        float, typer.Option("--seconds", min=2, max=3_600, help="For effect: how long lanes work.")
    ] = 60,
    peers: Annotated[
        Path | None,
        typer.Option("--peers", help="For verify or decode: a Python with other libraries."),
    ] = None,
    frames: Annotated[
        int, typer.Option("--frames", min=1, max=1_000, help="For decode: frames of each kind.")
    ] = 45,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="For decode: the same seed, the same frames.")
    ] = 1,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 where a budget or promise is not kept.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Measure every stage of a scan, as ratios to floors measured in the same run."""
    if peers is not None and part not in {BenchPart.VERIFY, BenchPart.DECODE}:
        raise UsageError("--peers is for `bench verify` and `bench decode`")
    measurements = frames if part is BenchPart.DECODE else rounds
    run = _extra("bench")
    return int(
        run(
            part=part.value,
            rounds=measurements,
            seconds=seconds,
            peers=peers,
            seed=seed,
            check=check,
            as_json=as_json,
        )
    )
