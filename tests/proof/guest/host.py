"""In the guest: the line to the host that runs it, one JSON object a line."""

import json
import os
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager


class Host:
    """Tells the host what was proved, and asks it for what only it can do."""

    def __init__(self, path: str = "/dev/ttyS1") -> None:
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(fd)
        self._line = os.fdopen(fd, "r+b", buffering=0)

    def ask(self, what: str, **words: object) -> None:
        """Have something done; returns when it is."""
        self._tell(ask=what, **words)
        answer = self._line.readline()
        if answer != b"done\n":
            raise RuntimeError(f"the host could not {what}: {answer!r}")

    def end(self, fault: str = "") -> None:
        """Tell that nothing more comes."""
        self._tell(end=True, fault=fault)

    @contextmanager
    def proving(self, what: str) -> Iterator[None]:
        """Tell what was proved, and how long it took, when the block ends without a fault."""
        began = time.monotonic()
        self._tell(tries=what)
        yield
        self._tell(proved=what, ms=int((time.monotonic() - began) * 1000))

    def _tell(self, **words: object) -> None:
        self._line.write(json.dumps(words).encode() + b"\n")
