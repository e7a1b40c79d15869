"""A cashier sells, is refused, reverses and adds up, by the keyboard alone."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.cashier import at, charge, line, look, sold
from tests.browser.harness import Pages, axe
from tests.browser.tills import Shop


def test_whole_sale_by_keyboard(shop: Shop, till: Callable[..., Page]) -> None:
    page = till()
    sold(page, shop)
    expect(page.locator("#amount")).to_have_text("¥12.50")
    assert line(page, "Paid from") == "Medical insurance account"
    assert line(page, "Approval") == "Offline (within the terminal's limit)"
    assert line(page, "Left while offline") == "¥37.50"
    assert line(page, "Receipt no.") == "1-1"
    expect(page.locator("#sums")).to_contain_text("¥12.50")
    page.keyboard.press("Enter")
    at(page, "entry")
    expect(page.locator("#typed")).to_have_value("")
    assert shop.kinds() == ["sale"]


def test_next_sale_begins_with_its_first_digit(shop: Shop, till: Callable[..., Page]) -> None:
    page = till()
    sold(page, shop)
    page.keyboard.type("3")
    at(page, "entry")
    expect(page.locator("#typed")).to_have_value("3")


def test_what_is_no_amount_of_this_lane_is_asked_again(
    shop: Shop, till: Callable[..., Page]
) -> None:
    page = till()
    for typed in ("", "10,5", "1e3", "-1", "007", "1.005", "0", "1000.01", "abc", "5²", "١"):
        charge(page, typed)
        expect(page.locator("#fault")).not_to_be_empty()
        expect(page.locator("#typed")).to_have_attribute("aria-invalid", "true")
        at(page, "entry")
        page.keyboard.press("Escape")
        expect(page.locator("#fault")).to_be_empty()
    assert not shop.counter.desk.requests.is_open_at("counter-1")


def test_whole_yuan_and_wide_digits_are_amounts(shop: Shop, till: Callable[..., Page]) -> None:
    page = till()
    for typed, amount in (
        ("10", "¥10.00"),
        ("10.00", "¥10.00"),
        ("１２.5", "¥12.50"),
        ("12。5", "¥12.50"),
    ):
        page.keyboard.insert_text(typed)
        page.keyboard.press("Enter")
        at(page, "waiting")
        expect(page.locator("#amount")).to_have_text(amount)
        page.keyboard.press("Escape")
        at(page, "canceled")
        page.keyboard.press("Escape")
    assert shop.kinds() == []


def test_refusal_says_what_to_do_and_the_same_sale_is_tried_again(
    shop: Shop, till: Callable[..., Page]
) -> None:
    page = till()
    charge(page, "51.00")  # above what a card may spend without the centre
    at(page, "waiting")
    shop.show()
    at(page, "refused")
    assert line(page, "For you")
    assert line(page, "Say to the customer")
    assert line(page, "Reason code").startswith("P.")
    page.keyboard.press("Enter")
    at(page, "waiting")
    expect(page.locator("#amount")).to_have_text("¥51.00")
    page.keyboard.press("Escape")
    at(page, "canceled")


def test_cashier_looks_at_a_printed_card_and_grants_by_a_code_of_his_own(
    shop: Shop, till: Callable[..., Page]
) -> None:
    shop.refers_printed_cards()
    page = till()
    charge(page)
    at(page, "waiting")
    referred = shop.show_printed_card()
    look(page, "referred")
    page.set_viewport_size({"width": 480, "height": 320})
    axe(page)  # it scrolls there, by the arrow keys too
    assert line(page, "For you")
    shop.attend(referred)
    at(page, "paid")
    assert shop.kinds() == ["sale", "sale"]


def test_cashier_who_does_not_like_a_printed_card_gives_the_sale_up(
    shop: Shop, till: Callable[..., Page]
) -> None:
    shop.refers_printed_cards()
    page = till()
    charge(page)
    at(page, "waiting")
    shop.show_printed_card()
    at(page, "referred")
    page.keyboard.press("Escape")
    at(page, "canceled")


def test_sale_is_reversed_after_a_second_thought(shop: Shop, till: Callable[..., Page]) -> None:
    page = till()
    sold(page, shop)
    page.keyboard.press("F2")
    at(page, "sales")
    page.keyboard.press("Enter")
    at(page, "sale")
    page.keyboard.press("F2")
    at(page, "confirm")
    page.keyboard.press("Escape")
    at(page, "paid")
    assert shop.kinds() == ["sale"]
    for key in ("F2", "Enter", "F2", "Enter"):
        page.keyboard.press(key)
    at(page, "reversed")
    assert line(page, "Reversal no.") == "1-2"
    expect(page.locator("#sums")).to_contain_text("¥0.00")
    for key in ("F2", "Enter"):
        page.keyboard.press(key)
    at(page, "sale")
    expect(page.locator(".key", has_text="Reverse")).to_have_count(0)
    assert shop.kinds() == ["sale", "annul"]


def test_receipt_is_shown_and_printed_again_at_the_lane(
    shop: Shop, till: Callable[..., Page]
) -> None:
    page = till()
    sold(page, shop)
    page.keyboard.press("F4")
    at(page, "slip")
    expect(page.locator("#slip")).to_contain_text("¥12.50")
    page.emulate_media(media="print")
    expect(page.locator("#slip")).to_be_visible()
    expect(page.locator("#keys")).to_be_hidden()
    page.emulate_media(media="screen")
    page.keyboard.press("Enter")
    expect(page.locator("#fault")).to_have_text("Sent to the printer, as a copy")
    assert len(shop.lane.printed) == 1


def test_totals_are_of_all_tills_of_the_lane(shop: Shop, till: Callable[..., Page]) -> None:
    one, other = till("till-1"), till("till-2")
    sold(one, shop)
    one.keyboard.press("Enter")
    sold(other, shop, number=1)
    one.keyboard.press("F8")
    at(one, "totals")
    expect(one.locator("tbody td").nth(1)).to_have_text("2")
    expect(one.locator("tbody td").nth(2)).to_have_text("¥25.00")
    one.keyboard.press("Escape")
    one.keyboard.press("F2")
    expect(one.locator("tbody tr")).to_have_count(1)


def test_lane_that_another_till_holds_is_told_with_what_to_do(
    shop: Shop, till: Callable[..., Page], browser_page: Pages
) -> None:
    browser_page.guard.expects("status of 409")
    one, other = till("till-1"), till("till-2")
    charge(one)
    at(one, "waiting")
    charge(other, "3")
    at(other, "problem")
    expect(other.locator("#text")).to_have_text("another request is open at this lane")
    assert line(other, "For you") == "Wait until that one has ended, then try again."
    one.keyboard.press("Escape")
    at(one, "canceled")
    other.keyboard.press("Enter")
    at(other, "waiting")
    shop.show()
    at(other, "paid")


def test_key_that_is_held_acts_once(till: Callable[..., Page], browser_page: Pages) -> None:
    browser_page.guard.expects("status of 409")
    one, other = till("till-1"), till("till-2")
    charge(one)
    at(one, "waiting")
    asked: list[str] = []
    other.on("request", lambda request: asked.append(request.method))
    other.keyboard.type("3")
    other.keyboard.down("Enter")
    at(other, "problem")
    for _ in range(5):
        other.keyboard.down("Enter")  # as a key repeats that is not let go of
    at(other, "problem")
    other.keyboard.up("Enter")
    assert asked.count("POST") == 1
    one.keyboard.press("Escape")
    at(one, "canceled")


def test_fault_is_seen_on_a_small_panel(shop: Shop, browser_page: Pages) -> None:
    browser_page.guard.expects("status of 401")
    page = browser_page(shop.url, size="small", lang="en")
    at(page, "token")
    charge(page, "no token of this terminal")
    expect(page.locator("#fault")).to_contain_text("one that opens nothing")
    expect(page.locator("#fault")).to_be_in_viewport(ratio=0.9)


def test_one_window_alone_works_for_a_counter(shop: Shop, till: Callable[..., Page]) -> None:
    page = till()
    second = page.context.new_page()
    second.goto(shop.url)
    at(second, "double")
    page.close()
    at(second, "entry")


def test_token_is_forgotten_by_a_key_and_a_wrong_one_is_refused(
    till: Callable[..., Page], browser_page: Pages
) -> None:
    browser_page.guard.expects("status of 401")
    page = till()
    page.keyboard.press("F7")
    at(page, "forget")
    page.keyboard.press("Enter")
    at(page, "token")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('token'))") == []
    charge(page, "no token of this terminal")
    expect(page.locator("#fault")).to_contain_text("one that opens nothing")


def test_every_view_is_legible_in_each_size_and_language(
    shop: Shop, till: Callable[..., Page], browser_page: Pages
) -> None:
    look(browser_page(shop.url, lang="en"), "token")
    page = till()
    page.keyboard.type("128.60")
    look(page, "entry")
    page.keyboard.press("Enter")
    look(page, "waiting")
    shop.show()
    look(page, "refused")
    page.keyboard.press("Escape")
    sold(page, shop, number=1)
    look(page, "paid")
    for key, view in (("F4", "slip"), ("Escape", "paid"), ("F8", "totals"), ("Escape", "paid")):
        page.keyboard.press(key)
        if view != "paid":
            look(page, view)
    for key, view in (("F2", "sales"), ("Enter", "sale"), ("F2", "confirm"), ("Enter", "reversed")):
        page.keyboard.press(key)
        look(page, view)
