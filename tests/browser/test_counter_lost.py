"""Answers that are lost, reloads, power cuts, and a terminal that is away: nothing is paid twice."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.cashier import at, charge, line, look, sold
from tests.browser.harness import Pages
from tests.browser.tills import Shop, open_shop

AWAY = (r"ERR_INTERNET_DISCONNECTED", r"ERR_CONNECTION", r"ERR_EMPTY_RESPONSE", r"ERR_FAILED")
UNKNOWN = r"status of 404"


def test_page_that_is_loaded_again_in_the_middle_goes_on_with_the_same_sale(
    shop: Shop, till: Callable[..., Page]
) -> None:
    page = till()
    charge(page)
    at(page, "waiting")
    page.reload()
    at(page, "waiting")
    shop.show()
    at(page, "paid")
    assert shop.kinds() == ["sale"]


def test_sale_that_was_granted_while_no_page_was_there_is_told_afterwards(
    shop: Shop, till: Callable[..., Page]
) -> None:
    """A power cut of the till alone."""
    page = till()
    charge(page)
    at(page, "waiting")
    context = page.context
    page.close()
    shop.show()
    page = context.new_page()
    page.goto(shop.url)
    at(page, "paid")
    assert line(page, "Receipt no.") == "1-1"
    assert shop.kinds() == ["sale"]


def test_terminal_that_restarts_meanwhile_is_asked_by_the_same_key(
    tmp_path: Path, browser_page: Pages
) -> None:
    browser_page.guard.expects(*AWAY, UNKNOWN)
    with open_shop(tmp_path) as shop:
        page = browser_page(shop.url, lang="en")
        at(page, "token")
        charge(page, shop.token())
        at(page, "entry")
        port = int(shop.url.split(":")[2].split("/")[0])
        charge(page)
        at(page, "waiting")
    look(page, "lost")
    expect(page.locator("#link")).to_have_text("No answer from the terminal")
    with open_shop(tmp_path, port=port) as shop:
        at(page, "waiting")
        shop.show()
        at(page, "paid")
        assert shop.kinds() == ["sale"]


def test_sale_whose_answer_was_lost_is_found_in_the_journal_after_a_restart(
    tmp_path: Path, browser_page: Pages
) -> None:
    browser_page.guard.expects(*AWAY)
    with open_shop(tmp_path) as shop:
        page = browser_page(shop.url, lang="en")
        at(page, "token")
        charge(page, shop.token())
        at(page, "entry")
        port = int(shop.url.split(":")[2].split("/")[0])
        charge(page)
        at(page, "waiting")
        page.context.set_offline(True)
        at(page, "lost")
        shop.show()
    with open_shop(tmp_path, port=port) as shop:
        page.context.set_offline(False)
        at(page, "paid")
        assert line(page, "Paid from") == "Medical insurance account"
        assert shop.kinds() == ["sale"]


def test_goods_that_stay_while_the_terminal_is_away_are_never_paid_for(
    shop: Shop, till: Callable[..., Page], browser_page: Pages
) -> None:
    browser_page.guard.expects(*AWAY)
    page = till()
    charge(page)
    at(page, "waiting")
    page.context.set_offline(True)
    at(page, "lost")
    shop.show()
    page.keyboard.press("Escape")
    page.context.set_offline(False)
    at(page, "reversed")
    assert shop.kinds() == ["sale", "annul"]


def test_reversal_whose_answer_was_lost_is_made_once(
    shop: Shop, till: Callable[..., Page], browser_page: Pages
) -> None:
    browser_page.guard.expects(*AWAY)
    page = till()
    sold(page, shop)
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().text())
            route.abort()

    page.route("**/reverse", lose_the_first)
    for key in ("F2", "Enter", "F2", "Enter"):
        page.keyboard.press(key)
    at(page, "reversed")
    assert lost
    assert shop.kinds() == ["sale", "annul"]


def test_sale_that_never_arrived_is_sent_again_or_dropped_as_the_cashier_says(
    shop: Shop, till: Callable[..., Page], browser_page: Pages
) -> None:
    browser_page.guard.expects(*AWAY, UNKNOWN)
    page = till()
    for key, view in (("Enter", "waiting"), ("Escape", "canceled")):
        page.route("**/requests", lambda route: route.abort())
        charge(page)
        at(page, "lost")
        page.unroute("**/requests")
        page.close()
        page = reopened(page, shop)
        look(page, "unknown")
        page.keyboard.press(key)
        at(page, view)
        page.keyboard.press("Escape")
        at(page, "canceled" if view == "waiting" else "entry")
        page.keyboard.press("Escape")
    assert shop.kinds() == []


def test_sale_of_another_token_is_not_taken_over_but_told(
    shop: Shop, till: Callable[..., Page]
) -> None:
    page = till("till-1")
    charge(page)
    at(page, "waiting")
    page.evaluate("localStorage.clear()")  # the token, and not the book
    page.reload()
    at(page, "token")
    charge(page, shop.token("till-2"))
    at(page, "entry")
    expect(page.locator("#fault")).to_contain_text("A sale under another token is still open")
    assert shop.counter.desk.requests.is_open_at("counter-1")


def test_token_that_was_taken_away_is_told_and_can_be_changed(
    shop: Shop, till: Callable[..., Page], browser_page: Pages
) -> None:
    browser_page.guard.expects("status of 401")
    page = till("till-1")
    shop.clients.remove("till-1")
    page.reload()
    look(page, "shut-out")
    expect(page.locator("#text")).to_contain_text("one that opens nothing")
    page.keyboard.press("F7")
    page.keyboard.press("Enter")
    at(page, "token")
    charge(page, shop.token("till-1"))
    at(page, "entry")


def test_token_that_no_request_can_carry_is_asked_for_again(
    shop: Shop, browser_page: Pages
) -> None:
    page = browser_page(shop.url, lang="en")
    at(page, "token")
    charge(page, "令牌")
    expect(page.locator("#fault")).to_have_text("Paste the token")
    page.evaluate("localStorage.setItem('scan-terminal.counter.counter-1.token', '令牌')")
    page.reload()
    at(page, "token")
    charge(page, shop.token())
    at(page, "entry")


def test_browser_that_keeps_nothing_does_not_sell(shop: Shop, browser_page: Pages) -> None:
    browser_page.guard.expects("exceeded the quota", "no disk")
    page = browser_page(shop.url, lang="en")
    at(page, "token")
    page.evaluate("""() => {
        const store = localStorage.__proto__, put = store.setItem;
        const full = () => { throw new DOMException("exceeded the quota", "QuotaExceededError"); };
        store.setItem = full;
        window.mend = () => { store.setItem = put; };
    }""")
    charge(page, shop.token())
    at(page, "broken")
    page.evaluate("window.mend()")
    page.reload()
    at(page, "token")
    page.evaluate("""() => { indexedDB.__proto__.open = () => { throw new Error("no disk"); } }""")
    charge(page, shop.token("till-2"))
    at(page, "broken")


def test_record_that_is_no_sale_keeps_nobody_from_selling(
    shop: Shop, till: Callable[..., Page]
) -> None:
    page = till()
    sold(page, shop)
    page.evaluate("""() => new Promise((kept) => {
        indexedDB.open("scan-terminal-counter").onsuccess = ({ target }) => {
            const sales = target.result.transaction("sales", "readwrite").objectStore("sales");
            sales.getAll().onsuccess = ({ target: { result: [{ owner }] } }) => {
                sales.put({ key: "junk", owner, begun: Date.now() }).onsuccess = kept;
            };
        };
    })""")
    page.reload()
    at(page, "entry")
    expect(page.locator("#last li")).to_have_count(1)
    sold(page, shop, number=1)


def reopened(page: Page, shop: Shop) -> Page:
    """Open the page anew in the window where it was."""
    opened = page.context.new_page()
    opened.goto(shop.url)
    return opened
