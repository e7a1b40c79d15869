"""Many who come with a password at once."""

from contextlib import ExitStack, closing

import pytest

from central.operators.accounts import BY_NAME, change_password
from central.operators.signing_in import ADDRESS_PATIENCE
from central.operators.values import OperatorRole, Via
from central.pages.admission import way_of
from central.pages.answers import PageCode, PageRefused
from central.pages.passwords import WAITING_EACH_MAX, WAITING_MAX, Passwords
from central.site import Site
from protocol.keys import password_digest
from tests.central.operators.conftest import CHEAP, PASSWORD
from tests.central.pages.conftest import Served
from tests.central.peers import START, SetClock, running


def _hold(passwords: Passwords, held: ExitStack, network: str, count: int) -> None:
    for _ in range(count):
        held.enter_context(passwords.one(network))


def test_one_address_never_takes_every_place() -> None:
    passwords = Passwords(CHEAP)
    with ExitStack() as held:
        _hold(passwords, held, "192.0.2.7", WAITING_EACH_MAX)
        with pytest.raises(PageRefused) as refused:
            held.enter_context(passwords.one("192.0.2.7"))
        assert refused.value.code is PageCode.BUSY
        _hold(passwords, held, "192.0.2.8", WAITING_MAX - WAITING_EACH_MAX)
        with pytest.raises(PageRefused):
            held.enter_context(passwords.one("192.0.2.9"))
    with passwords.one("192.0.2.7"):  # they come back
        pass


def test_who_is_told_to_come_again_neither_asks_the_database_nor_counts_as_a_try(
    site: Site,
) -> None:
    """Uploads wait for the same database; and an operator is not locked out by others' flood."""
    passwords = Passwords(CHEAP)
    with running(site, SetClock(), pages_by=way_of(None), passwords=passwords) as centre:
        served = Served(centre)
        name, browser = served.operator(OperatorRole.VIEWER), served.browser()
        with ExitStack() as held:
            for each in range(WAITING_MAX):
                _hold(passwords, held, f"192.0.2.{each}", 1)
            answer = browser.sign_in(name)
        assert (answer.status_code, answer.json()["title"]) == (503, "busy")
        with closing(site.open_store()) as store:
            assert store.operators.tries(BY_NAME, name) is None
        assert browser.sign_in(name).status_code == 200


def test_password_that_an_admin_sets_meanwhile_stands(site: Site) -> None:
    """Whoever has an operator's browser and password must not take the account back."""

    class Meanwhile(Passwords):
        async def digest(self, password: str) -> str:
            with closing(site.open_store()) as store:
                own = password_digest(_ADMINS, CHEAP)
                change_password(store, name, own, by="root", via=Via.COMMAND, now=START)
            return await super().digest(password)

    with running(site, SetClock(), pages_by=way_of(None), passwords=Meanwhile(CHEAP)) as centre:
        served = Served(centre)
        name, browser = served.operator(OperatorRole.VIEWER), served.browser()
        assert browser.sign_in(name).status_code == 200
        answer = browser.post("password", {"old": PASSWORD, "new": "four other words here"})
        assert (answer.status_code, answer.json()["title"]) == (401, "signed-out")
        assert browser.sign_in(name, "four other words here").status_code == 401
        assert browser.sign_in(name, _ADMINS).status_code == 200


_ADMINS = "chosen by an admin"


def test_own_password_may_be_changed_more_often_than_an_address_may_fail(site: Site) -> None:
    with running(site, SetClock(), pages_by=way_of(None), passwords=Passwords(CHEAP)) as centre:
        served, old = Served(centre), PASSWORD
        name, browser = served.operator(OperatorRole.VIEWER), served.browser()
        assert browser.sign_in(name).status_code == 200
        for number in range(ADDRESS_PATIENCE.free + 2):
            new = f"four other words {number}"
            answer = browser.post("password", {"old": old, "new": new})
            assert answer.status_code == 200, answer.text
            browser.form, old = answer.json()["form"], new
