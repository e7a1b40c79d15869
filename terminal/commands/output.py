"""Printing for programs and for people."""

import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version

import typer

from protocol.journal import compact


def print_json(value: Mapping[str, object]) -> None:
    """Print one object on one line, at once."""
    sys.stdout.buffer.write(compact(value) + b"\n")
    sys.stdout.buffer.flush()


def print_all_json(values: Iterable[Mapping[str, object]]) -> None:
    """Print objects, one a line, all at once."""
    sys.stdout.buffer.write(b"".join([compact(value) + b"\n" for value in values]))
    sys.stdout.buffer.flush()


def print_line(text: str) -> None:
    """Print one line for a person; what a terminal could take for a command is made visible.

    So is what it has no letter for: a code may hold any, and a locale of GBK has not all.
    """
    encoding = sys.stdout.encoding
    told = printable(text).encode(encoding, "backslashreplace").decode(encoding)
    sys.stdout.write(told + "\n")
    sys.stdout.flush()


def printable(text: str) -> str:
    """Return `text` as one line that a terminal takes for nothing else."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def payload_text(payload: bytes) -> str:
    """Return octets as text; what is no UTF-8 is shown escaped, never guessed."""
    return payload.decode("utf-8", "backslashreplace")


def print_version(wanted: bool) -> None:  # noqa: FBT001  # as typer calls it
    """Print which version this is and end, if it is `wanted`."""
    if wanted:
        print_line(f"scan-terminal {version('scan-terminal')}")
        raise typer.Exit
