"""A kiosk's day: a card shown, a ticket, a power cut, an outage; everything comes home once."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from central.projectors.reports import ReportProjector
from central.projectors.running import Projection
from central.queries import add_subsidy
from central.site import open_site
from central.store.visits import AppealState
from simulator.phone import Phone
from simulator.serial_peers import ScannerPeer
from tests.support.hall import PAID
from tests.support.site import Terminal, Town, eventually, now

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PATIENCE_S = 30.0
ALLOWANCE, NEWBORN = "civil-08", "household-01"
SETTINGS = """
[local]
port = 0
[[lane]]
name = "kiosk-1"
profile = "kiosk"
scanner = {{ kind = "serial", port = "{port}", hold_off_ms = 0 }}
screen = {{ kind = "kiosk", content = "service-hall" }}
"""


@dataclass
class Page:
    """The kiosk's page, without its browser."""

    terminal: Terminal
    url: str = ""

    def start(self) -> None:
        self.terminal.start()
        self.terminal.wait_for_lanes()
        self.url = self.terminal.status()["local"]["listeners"][0]["name"]

    def get(self, path: str) -> dict[str, Any]:
        answer = requests.get(f"{self.url}/screen/v1/kiosk-1/{path}", timeout=PATIENCE_S)
        return dict(answer.json())

    def post(self, path: str, **body: object) -> dict[str, Any]:
        answer = requests.post(
            f"{self.url}/screen/v1/kiosk-1/{path}",
            json=body,
            headers={"Origin": self.url, "X-Screen": "1"},
            timeout=PATIENCE_S,
        )
        return dict(answer.json())

    def begin(self, service: str) -> str:
        """Return the path of a new visit."""
        return f"visit/{self.post('visit', service=service, language='zh')['visit']}"

    def ticket(self) -> str:
        """Return the number of a ticket that needs no card."""
        told: dict[str, Any] = {}

        def is_given() -> bool:  # it is not, while the journal is read back
            told.update(self.post(f"{self.begin(NEWBORN)}/ticket"))
            return "number" in told

        eventually(is_given, "a ticket")
        return str(told["number"])


@pytest.fixture
def page(town: Town, make_terminal: Callable[[str], Terminal], scanner: ScannerPeer) -> Page:
    town.centre.set_content("service-hall")
    town.centre.publish()
    made = Page(make_terminal(SETTINGS.format(port=scanner.path)))
    made.start()
    eventually(lambda: "services" in made.get("catalogue"), "the list of services")
    told = made.terminal.status()["content"]["service-hall"]
    assert (told["version"], told["trouble"]) == (1, "")
    return made


def test_visits_come_home_once_through_a_power_cut_and_an_outage(
    town: Town, page: Page, scanner: ScannerPeer
) -> None:
    (phone,) = town.phones(1)
    site = open_site(town.centre._folder)
    with closing(site.open_store()) as store:
        add_subsidy(store, site, phone.status, PAID)
    visit = page.begin(ALLOWANCE)
    assert page.post(f"{visit}/ticket")["code"] == "visit-not-ready"
    scanner.scan(phone.draw(now()))
    eventually(lambda: page.get(visit)["state"] == "ready", "the card")
    told = page.post(f"{visit}/subsidies")
    assert (told["state"], told["total_minor"]) == ("answered", 20_000)
    assert page.post(f"{visit}/ticket")["number"] == "G001"
    appeal = page.post(f"{visit}/appeal", urgency="sudden", text="电梯坏了", contact="")
    assert page.ticket() == "D001"

    page.terminal.kill()
    page.start()
    assert page.get(visit)["code"] == "visit-unknown", "nobody sees what was before"
    assert page.ticket() == "D002", "no number is given twice"

    town.cable.pull()
    visit = page.begin(ALLOWANCE)
    eventually(lambda: shown_again(page, visit, scanner, phone), "the card, offline")
    assert page.post(f"{visit}/subsidies") | {"ends_in_ms": 0} == {
        "state": "offline",
        "ends_in_ms": 0,
    }
    assert page.post(f"{visit}/ticket")["number"] == "G002"
    town.cable.plug()
    page.terminal.wait_for_upload()

    entries = [line for _, _, line in town.entries(page.terminal.name)]
    visits = Counter(str(line["type"]) for line in entries if "visit" in line)
    assert visits == {"ticket": 4, "query": 2, "appeal": 1}
    with closing(site.open_store()) as store:
        Projection(store, ReportProjector(store)).round(now())
        listed = store.visits.appeals(AppealState.OPEN)
    own = [(each.number, each.urgency) for each in listed if each.terminal == page.terminal.name]
    assert own == [(appeal["number"], "sudden")]
    assert "电梯" not in json.dumps(entries, ensure_ascii=False)


def shown_again(page: Page, visit: str, scanner: ScannerPeer, phone: Phone) -> bool:
    """Return whether the visit knows its holder, who holds his phone there as it redraws."""
    scanner.scan(phone.draw(now()))
    return bool(page.get(visit)["state"] == "ready")
