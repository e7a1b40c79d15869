"""`scan-central` in this process: words in, what it printed and its exit code out."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from central.cli import main
from central.site import Site


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, object]]:
        return [json.loads(text) for text in self.out.splitlines()]


Run = Callable[..., Outcome]


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a centre of its own."""
    monkeypatch.setenv("SCAN_CENTRAL_DIR", str(site.directory))

    def do(*words: object) -> Outcome:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return Outcome(code=int(end.value.code or 0), out=said.out, err=said.err)

    return do
