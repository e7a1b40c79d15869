"""The operators' pages of a centre that serves, and browsers that may do everything wrong."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count

import pytest
import requests

from central.operators.accounts import add_operator
from central.operators.audit import lines, members_of
from central.operators.values import OperatorRole
from central.pages.admission import way_of
from central.pages.passwords import Passwords
from central.publishing import publish
from central.site import Site, init_site
from tests.central.operators.conftest import CHEAP, PASSWORD
from tests.central.peers import START, RunningCentre, SetClock, running

_NUMBERS = count(1)


@dataclass
class Browser:
    """A browser: it keeps cookies, says whose page sends, and knows its session's token."""

    url: str
    form: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def get(self, path: str, **query: object) -> requests.Response:
        return self.session.get(f"{self.url}/operate/{path}", params=query, timeout=20)

    def post(
        self,
        path: str,
        members: object = None,
        *,
        changed: Mapping[str, str | None] | None = None,
    ) -> requests.Response:
        headers = {
            "Origin": self.url,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/json",
            "X-Form": self.form,
            **(changed or {}),
        }
        return self.session.post(
            f"{self.url}/operate/api/{path}",
            json={} if members is None else members,
            headers=headers,
            timeout=20,
        )

    def sign_in(self, name: str, password: str = PASSWORD) -> requests.Response:
        answer = self.post("session", {"name": name, "password": password})
        if answer.status_code == 200:
            self.form = answer.json()["form"]
        return answer


@dataclass
class Served:
    """A centre with pages."""

    centre: RunningCentre

    @property
    def site(self) -> Site:
        return self.centre.site

    def operator(self, role: OperatorRole = OperatorRole.OPERATOR) -> str:
        """Return a new operator's name."""
        name = f"{role.value}-{next(_NUMBERS)}"
        with closing(self.site.open_store()) as store:
            add_operator(store, name, role, PASSWORD, by="root", now=START, cost=CHEAP)
        return name

    def browser(self, role: OperatorRole | None = None) -> Browser:
        """Return a browser, signed in where a role is given."""
        found = Browser(self.centre.url)
        if role is not None:
            answer = found.sign_in(self.operator(role))
            assert answer.status_code == 200, answer.text
        return found

    def audited(self) -> list[dict[str, object]]:
        with closing(self.site.open_store()) as store:
            return [members_of(each) for each in lines(store)]

    def forget_tries(self) -> None:
        """Forget failed tries: all tests come from one address."""
        with closing(self.site.open_store()) as store:
            store.operators.forget_old_tries(1 << 62)


@pytest.fixture(scope="session")
def served_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("pages") / "centre"
    shared = init_site(folder, issuer="city.example", now=START)
    publish(shared, START)
    with running(shared, SetClock(), pages_by=way_of(None), passwords=Passwords(CHEAP)) as centre:
        yield Served(centre)


@pytest.fixture
def served(served_once: Served) -> Served:
    """A centre with pages; each test brings operators of its own.

    What the pages ask of the store is tested on each engine below them.
    """
    served_once.centre.clock.now = START
    served_once.forget_tries()
    return served_once
