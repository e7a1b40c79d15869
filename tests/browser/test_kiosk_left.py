"""A kiosk's page that somebody leaves by the browser's own ways: what the next one finds of him."""

from playwright.sync_api import expect

from tests.browser.harness import Pages
from tests.browser.support.kiosk_peer import kiosk_peer
from tests.browser.support.visitor import Visitor

WORDS = "gongjijin of holder-0007"
# What Chromium does before it keeps a page for "back"; the harness starts it without that.
_LEAVE = "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"
_TYPED = "[...document.querySelectorAll('input, textarea')].map((field) => field.value).join('')"


def test_page_that_is_kept_for_back_has_nothing_of_who_left_it(browser_page: Pages) -> None:
    with kiosk_peer() as (_, address):
        page = browser_page(address, has_touch=True)
        Visitor(page).searches(WORDS)
        assert page.evaluate(_TYPED) == WORDS
        page.evaluate(_LEAVE)
        expect(page.locator("html")).to_have_attribute("data-view", "home")
        assert WORDS not in page.evaluate(_TYPED) + page.content()
        browser_page.close()  # or it would complain of a peer that has gone


def test_nothing_is_carried_to_the_next_person_by_copy_and_paste(browser_page: Pages) -> None:
    with kiosk_peer() as (_, address):
        page = browser_page(address, has_touch=True)
        for keys in (("Control+a", "Control+c"), ("Control+a", "Control+x")):
            Visitor(page).searches(WORDS).presses(*keys)
            page.evaluate(_LEAVE)
            Visitor(page).searches("").presses("Control+v")
            assert page.evaluate(_TYPED) == ""
            page.evaluate(_LEAVE)
        browser_page.close()
