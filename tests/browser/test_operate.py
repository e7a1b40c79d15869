"""The operators' pages as people meet them: in a browser, by keyboard, in both languages."""

from collections.abc import Iterator
from contextlib import closing
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from central.operators.audit import lines, members_of
from tests.browser.harness import Pages, axe, fits, shoot
from tests.browser.operate_city import MARKUP, City, city
from tests.central.operators.conftest import PASSWORD


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with city(tmp_path_factory.mktemp("operated")) as found:
        yield found


@pytest.fixture(autouse=True)
def _expected(browser_page: Pages) -> None:
    browser_page.guard.expects(r"status of 401 .*api/session")  # asked before anybody is in


def _signed_in(pages: Pages, operated: City, name: str, lang: Literal["zh", "en"] = "en") -> Page:
    page = pages(operated.url, lang=lang)
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".tiles")).to_be_visible()
    return page


def _looked_at(page: Page, name: str) -> None:
    """Hold a page to what every view keeps, on a desk and on a telephone, and keep its picture."""
    axe(page)
    for width, height in ((1280, 800), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        fits(page)
        shoot(page, f"operate-{name}")
    page.set_viewport_size({"width": 1280, "height": 800})


def test_wrong_password_is_told_without_saying_which_was_wrong(
    browser_page: Pages, operated: City
) -> None:
    page = browser_page(operated.url, lang="en")
    page.get_by_label("Name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Name or password is wrong.")
    _looked_at(page, "sign-in")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_view_is_whole_in_both_languages(
    browser_page: Pages, operated: City, lang: Literal["zh", "en"]
) -> None:
    page = _signed_in(browser_page, operated, "admin", lang)
    _looked_at(page, "overview")
    for name, hash_ in (
        ("terminal", "#/terminal/gate-010"),
        ("work", "#/work"),
        ("appeals", "#/appeals"),
        ("card", "#/card"),
        ("audit", "#/audit"),
        ("password", "#/password"),
    ):
        page.evaluate("hash => { location.hash = hash; }", hash_)
        expect(page.locator("h1")).to_be_focused()
        page.wait_for_load_state("networkidle")
        _looked_at(page, name)


def test_terminals_are_filtered_searched_and_turned_over(
    browser_page: Pages, operated: City
) -> None:
    page = _signed_in(browser_page, operated, "viewer")
    expect(page.locator("tbody tr").first).to_contain_text("gate-silent")
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".pager")).to_contain_text("26 to 50")
    page.get_by_role("button", name="Clock untrusted").click()
    expect(page.locator(".tiles + form + .scroll tbody tr")).to_have_count(1)
    expect(page.locator(".tiles + form + .scroll tbody")).to_contain_text("gate-003")
    page.get_by_role("button", name="All").click()
    expect(page.locator(".tiles + form + .scroll tbody tr")).to_have_count(25)
    page.get_by_label("Search terminals").fill("GATE-01")
    page.keyboard.press("Enter")
    expect(page.locator(".tiles + form + .scroll tbody tr")).to_have_count(10)


def test_one_terminal_is_looked_into_and_what_it_writes_is_no_markup(
    browser_page: Pages, operated: City
) -> None:
    page = _signed_in(browser_page, operated, "viewer")
    page.get_by_label("Search terminals").fill("shop-1")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="shop-1").click()
    expect(page.get_by_role("heading", name="shop-1")).to_be_focused()
    expect(page.get_by_role("rowheader", name=MARKUP)).to_be_visible()
    page.evaluate("hash => { location.hash = hash; }", "#/terminal/gate-011")
    expect(page.locator("h1")).to_have_text("gate-011")
    page.locator("summary").last.click()
    expect(page.get_by_role("cell", name=MARKUP)).to_be_visible()
    assert page.locator("img").count() == 0
    assert page.get_by_role("button", name="Suspend this terminal").count() == 0


def test_plots_are_tables_too(browser_page: Pages, operated: City) -> None:
    page = _signed_in(browser_page, operated, "viewer")
    drawing = page.get_by_role("img", name="Passed per hour: ")
    expect(drawing).to_be_visible()
    page.locator("summary").first.press("Enter")
    expect(page.locator("figure").first.locator("tbody tr")).to_have_count(24)


def test_double_use_is_worked_through_by_keyboard_alone(
    browser_page: Pages, operated: City
) -> None:
    page = _signed_in(browser_page, operated, "operator")
    page.get_by_role("link", name="Work queue").press("Enter")
    expect(page.get_by_role("heading", name="Work queue")).to_be_focused()
    page.get_by_role("link", name="dddddddddddd").press("Enter")
    expect(page.locator("h1")).to_be_focused()
    page.get_by_role("button", name="Take it").press("Enter")
    expect(page.get_by_role("status")).to_have_text("It is yours.")
    _other_comes_second(browser_page, operated)
    note = page.get_by_label("Note")
    note.focus()
    page.keyboard.type(f"two phones, one code {MARKUP}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Done.")
    expect(page.locator("blockquote")).to_contain_text(MARKUP)
    axe(page)
    shoot(page, "operate-case")
    with closing(operated.centre.site.open_store()) as store:
        told = [members_of(each) for each in lines(store)]
    acts = [(each["who"], each["what"]) for each in told if str(each["what"]).startswith("case")]
    assert acts == [("operator", "case.claim"), ("operator", "case.resolve")]


def _other_comes_second(pages: Pages, operated: City) -> None:
    page = _signed_in(pages, operated, "admin")
    page.evaluate("hash => { location.hash = hash; }", "#/work?kind=double&state=claimed")
    page.get_by_role("link", name="dddddddddddd").click()
    expect(page.get_by_text("By: operator")).to_be_visible()
    assert page.get_by_label("Note").count() == 0


def test_appeal_is_opened_by_whom_works_on_it_and_answered(
    browser_page: Pages, operated: City
) -> None:
    page = _signed_in(browser_page, operated, "operator")
    page.get_by_role("link", name="Appeals").click()
    page.get_by_role("link", name="kiosk-1 1-1").click()
    page.get_by_role("button", name="Take it").click()
    page.get_by_role("button", name="Open what was written").click()
    expect(page.get_by_text("The ramp is too steep.")).to_be_visible()
    axe(page)
    page.get_by_label("Note").fill("called back")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("status")).to_have_text("Done.")
    expect(page.locator("blockquote")).to_have_text("called back")


def test_terminal_is_suspended_with_a_reason_and_resumed(
    browser_page: Pages, operated: City
) -> None:
    page = _signed_in(browser_page, operated, "operator")
    page.evaluate("hash => { location.hash = hash; }", "#/terminal/gate-020")
    for button in ("Suspend this terminal", "Resume this terminal"):
        page.get_by_label("Why (goes into the audit)").fill("it was carried away")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("status")).to_have_text("Done.")


def test_signing_out_shows_the_door_and_nothing_else(browser_page: Pages, operated: City) -> None:
    page = _signed_in(browser_page, operated, "viewer", "zh")
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    assert page.locator("table").count() == 0
