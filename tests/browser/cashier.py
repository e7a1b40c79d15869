"""What a cashier does at her page, and what a test looks at."""

from playwright.sync_api import Page, expect

from tests.browser.harness import SIZES, axe, fits, shoot
from tests.browser.tills import Shop

LANGUAGES = ("zh", "en")


def at(page: Page, view: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-view", view)


def charge(page: Page, amount: str = "12.50") -> None:
    page.keyboard.type(amount)
    page.keyboard.press("Enter")


def sold(page: Page, shop: Shop, number: int = 0) -> None:
    charge(page)
    at(page, "waiting")
    shop.show(number)
    at(page, "paid")


def line(page: Page, label: str) -> str:
    """Return what stands beside a label."""
    return page.locator(f"dt:text-is('{label}') + dd").first.inner_text()


def look(page: Page, view: str) -> None:
    """Hold a view to axe's rules, and keep it in each size and language."""
    at(page, view)
    axe(page)
    for _ in LANGUAGES:
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            fits(page)
            shoot(page, f"counter-{view}")
        page.keyboard.press("F9")
    width, height = SIZES["desk"]
    page.set_viewport_size({"width": width, "height": height})
