"""A centre with terminals that do well and badly, for looking at the operators' pages."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from central.operators.accounts import add_operator
from central.operators.values import OperatorRole
from central.pages.admission import way_of
from central.pages.passwords import Passwords
from central.publishing import publish
from central.site import init_site
from protocol.keys import OpeningKey
from protocol.sealed import seal_details
from tests.central.operators.conftest import CHEAP, PASSWORD
from tests.central.peers import START, RunningCentre, SetClock, running
from tests.central.stores import Held
from verifier.model import UnixSeconds

# What a terminal that means harm would have shown, had anybody read it as markup.
MARKUP = "<img src=x onerror=alert(1)>"
HOUR_S = 3_600
_TERMINALS = 120
_WELL = {"clock": "trusted", "lists": "fresh", "version": "0.1.0", "lanes_out": 0}
_ILL: dict[int, dict[str, object]] = {
    3: {"clock": "untrusted"},
    5: {"lists": "stale"},
    7: {"scanners_down": 1, "fault.1": "gate scanner: the camera sees nothing"},
    11: {"devices_down": 1, "fault.1": MARKUP},
    13: {"journal_fault": "disk full"},
}


@dataclass
class City:
    """A centre that serves, with an operator of each role."""

    centre: RunningCentre

    @property
    def url(self) -> str:
        return f"{self.centre.url}/operate/"


@contextmanager
def city(folder: Path) -> Iterator[City]:
    """Serve a centre with terminals, passages, double uses and a sale that was taken back."""
    site = init_site(folder / "centre", issuer="city.example", now=START)
    publish(site, START)
    now = SetClock(UnixSeconds(START + 6 * HOUR_S))
    with closing(site.open_store()) as store:
        _fill(Held(store, now=now.now), site.keys.seal)
        for role in OperatorRole:
            add_operator(store, role.value, role, PASSWORD, by="root", now=START, cost=CHEAP)
    with running(site, now, pages_by=way_of(None), passwords=Passwords(CHEAP)) as centre:
        yield City(centre)


def _fill(held: Held, seal: OpeningKey) -> None:
    now = held.now
    for number in range(_TERMINALS):
        name = f"gate-{number:03}"
        held.enrol(name)
        if number % 10 == 0:
            held.bring(name, *_day(number))
        report = json.dumps({**_WELL, **_ILL.get(number, {})})
        held.store.health.keep(name, report, now)
    held.now = UnixSeconds(now - HOUR_S)
    held.enrol("gate-silent")
    held.now = now
    for name in ("shop-1", "shop-2"):
        held.enrol(name)
        held.bring(name, {"presentation": "d" * 32, "lane": MARKUP})
    held.bring(
        "shop-1",
        {"type": "sale", "amount_minor": 1_250, "currency": "CNY"},
        {
            "type": "annul",
            "verdict": None,
            "amount_minor": 1_250,
            "currency": "CNY",
            "reference": {"epoch": 1, "seq": 2},
        },
    )
    visit = {"visit": "a" * 32, "pack": "b" * 16, "service": "ramps", "language": "zh"}
    words = seal_details({"text": "The ramp is too steep.", "contact": "desk 3"}, seal.public)
    left = {**visit, "verdict": None, "pseudonym": "c" * 32, "scan": {"epoch": 1, "seq": 1}}
    held.enrol("kiosk-1")
    held.bring(
        "kiosk-1",
        left | {"type": "appeal", "urgency": "urgent", "sealed": words.members()},
        left | {"type": "rating", "score": 5},
    )
    held.project()


def _day(number: int) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = []
    for hour in range(6):
        at = START + hour * HOUR_S
        entries += [
            {"at": at + n, "presentation": f"{number:08x}{hour:08x}{n:016x}"}
            for n in range(9 + hour)
        ]
        entries += [{"at": at + 50, "verdict": "deny", "reason": "R.REV", "presentation": None}]
        entries += [
            {
                "at": at + 60,
                "verdict": "refer",
                "reason": "T.OLD",
                "presentation": f"{number:016x}{hour:016x}",
            }
        ]
    return entries
