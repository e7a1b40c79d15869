"""A terminal's sync at work against a real centre, with somebody on the line between them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest

from offline_cache.identity import Identity
from offline_cache.state import StateFolder
from protocol.problems import CONTENT_TYPE, Problem, ProblemCode
from terminal.bootstrap import make_links, make_source, make_sync, open_desk
from terminal.centre.client import CentreClient
from terminal.desk import Desk
from terminal.enrolling import enrol_terminal
from terminal.settings import Settings, load_settings
from terminal.sync.thread import Sync
from tests.support.journals import dynamic
from tests.support.middleman import Answer, Asked, Middleman, Told, forward
from tests.support.site import Town

_NUMBERS = count(1)
JOURNAL = "/journal"
TIMESTAMP = "/tuf/metadata/timestamp.json"


@dataclass
class Line:
    """What stands between terminal and centre; honest until it is told otherwise."""

    town: Town
    man: Middleman

    def honest(self, asked: Asked) -> Told | None:
        return forward(self.town.cable.url, asked)

    def at(self, part: str, answer: Answer) -> None:
        """Answer requests whose path has `part` in it by `answer`, all others honestly."""
        self.man.answer = lambda asked: answer(asked) if part in asked.path else self.honest(asked)


@pytest.fixture
def line(town: Town) -> Iterator[Line]:
    with Middleman(lambda _: None) as man:
        made = Line(town, man)
        man.answer = made.honest
        yield made


@pytest.fixture
def settings(town: Town, line: Line, tmp_path: Path) -> Settings:
    path = tmp_path / "t.toml"
    path.write_text(
        f'[terminal]\nstate = "{tmp_path / "s"}"\n[centre]\nurl = "{line.man.url}"\n'
        f'trust_root = "{town.centre.trust_root}"\n'
    )
    return load_settings(path)


@pytest.fixture
def name() -> str:
    return f"s-{next(_NUMBERS)}"


@pytest.fixture
def code(town: Town, name: str) -> str:
    return town.enrolment_code(name)


@pytest.fixture
def identity(settings: Settings, code: str) -> Identity:
    return enrol_terminal(settings, code)


@contextmanager
def at_work(settings: Settings) -> Iterator[tuple[Desk, Sync]]:
    with ExitStack() as stack:
        state = stack.enter_context(StateFolder(settings.state_folder))
        desk = open_desk(state, settings)
        stack.callback(desk.writer.stop)
        links = make_links(desk, state, settings)
        stack.callback(links.client.close)
        yield desk, make_sync(desk, links, settings)


@contextmanager
def hurried(settings: Settings, request_s_max: float) -> Iterator[tuple[Desk, Sync]]:
    """Work with a client that waits less for a whole answer."""
    with at_work(settings) as (desk, sync):
        client = CentreClient(settings.centre.url, request_s_max=request_s_max)
        links = replace(sync._links, client=client, source=make_source(settings, client))
        yield desk, Sync(links, trust=desk.trust, interval_s=3600)
        client.close()


def write(desk: Desk, *numbers: int) -> None:
    for number in numbers:
        desk.writer.append(dynamic(f"{number:02x}")).result(10)


def acked(desk: Desk) -> int:
    return desk.writer.call(lambda journal: journal.acked()).result(10)


def refusal(code: ProblemCode, **members: int | str) -> Told:
    """Return a refusal as the centre or anybody writes it."""
    problem = Problem(code=code, detail="says why", members=tuple(members.items()))
    body = json.dumps(problem.document()).encode()
    return Told(status=problem.status, body=body, headers={"Content-Type": CONTENT_TYPE})
