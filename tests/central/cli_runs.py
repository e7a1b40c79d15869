"""`scan-central` called as its users call it, and what it said."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from central.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, object]]:
        return [json.loads(text) for text in self.out.splitlines()]


Run = Callable[..., Outcome]


def runner(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a command."""

    def run(*words: object) -> Outcome:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return Outcome(code=end.value.code or 0, out=said.out, err=said.err)

    return run
