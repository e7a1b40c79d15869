"""How each view of the kiosk looks: at each size, in both languages, for those who see little."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import SIZES, Pages, axe, fits, shoot
from tests.browser.support.kiosk_peer import Kiosk, kiosk_peer
from tests.browser.support.visitor import Visitor

# GB/T 37668 and its kin ask for 60 px where it matters and 44 px elsewhere: the keys of the
# screen's keyboard, and what stands in rows of them, on a panel of 320 px.
_MAIN_PX, _LEAST_PX = 60, 44
_SMALLER = ".key, .chip, .roll-keys .button, .write .button, .find-line .button, .ready .button"
# What can be touched and is too small, or lies outside of the window while nothing scrolls there.
_BAD_TARGETS = """([main, least, smaller]) => {
  const seen = (node) => node.checkVisibility() && node.getBoundingClientRect().width > 0;
  const reach = (node) => {
    const box = node.getBoundingClientRect();
    return node.closest(".roll-window")
      || (box.left >= 0 && box.right <= innerWidth && box.top >= -1 && box.bottom <= innerHeight + 1);
  };
  const small = (node) => {
    const box = node.getBoundingClientRect();
    const limit = innerHeight <= 480 && node.matches(smaller) ? least : main;
    return box.height < limit - 0.5 || box.width < (node.matches(".key") ? 40 : limit - 0.5);
  };
  const cut = (node) => node.scrollWidth > node.clientWidth + 1;
  const open = document.querySelector("dialog[open]");
  return [...(open ?? document).querySelectorAll("button, label.face")]
    .filter((node) => seen(node) && (small(node) || !reach(node) || cut(node)))
    .map((node) => {
      const { width, height, top } = node.getBoundingClientRect();
      return `${node.className} ${node.textContent} ${width}x${height} at ${top}`;
    });
}"""
# Of a larger type the whole view scrolls where it must; the bar never does.
_OUT_OF_REACH = """() => [...document.querySelectorAll("button, label.face")]
  .filter((node) => node.checkVisibility() && !node.closest("#body > *"))
  .filter((node) => node.getBoundingClientRect().bottom > innerHeight + 1)
  .map((node) => node.textContent)"""
_OTHER_LANGUAGE = """() => document.querySelector("#bar button:nth-child(4)").click()"""
_HIGHEST = """() => Math.min(...[...document.querySelectorAll("#body button, #bar button")]
  .filter((node) => node.checkVisibility()).map((node) => node.getBoundingClientRect().top))"""


@pytest.fixture
def stand(browser_page: Pages) -> Iterator[tuple[Kiosk, Page]]:
    """A kiosk that stands on end, in the middle of the day."""
    with kiosk_peer() as (kiosk, address):
        page = browser_page(address, size="tall", reduced_motion="reduce", has_touch=True)
        page.clock.install()
        expect(page.locator(".tiles .tile").first).to_be_visible()
        yield kiosk, page
        browser_page.close()


def _views(kiosk: Kiosk, page: Page) -> Iterator[str]:
    """Go through a visit; yield the name of each view while it stands."""
    visitor = Visitor(page)
    yield "home"
    visitor.searches("gjj")
    yield "search"
    visitor.picks("公积金提取")
    yield "service"
    visitor.touches("刷码办理").sees("请出示市民码")
    yield "scan"
    kiosk.scan("refused")
    visitor.sees("没有通过")
    yield "refused"
    kiosk.scan("ready")
    visitor.sees("A017")
    yield "ticket"
    visitor.touches("评价服务").touches("满意")
    yield "rate"
    visitor.touches("提交").touches("反映问题")
    yield "appeal"
    visitor.touches("突发").touches("等候时间太长。")
    yield "appeal-text"
    visitor.touches("打开键盘")
    yield "appeal-keys"
    visitor.touches("收起键盘").touches("下一步")
    yield "appeal-contact"
    visitor.touches("提交").sees("1-217")
    yield "appeal-done"
    visitor.touches("下一步").touches("要带什么？")
    yield "question"
    visitor.touches("买房").touches("已婚").sees("请带这些材料")
    yield "bring"
    visitor.touches("首页").touches("社保与补贴").picks("高龄津贴").touches("刷码办理")
    visitor.sees("请出示市民码")
    kiosk.scan("ready")
    visitor.touches("已发补贴").sees("现在查不到")
    yield "offline"
    paid = {"on": "2026-10-15", "zh": "十月津贴", "en": "October", "amount_minor": 30_000}
    answer = {"state": "answered", "paid": [paid | {"currency": "CNY"}], "total_minor": 30_000}
    kiosk.centre = answer
    visitor.touches("再查一次").sees("合计")
    yield "paid"
    visitor.touches("首页").touches("住房公积金")
    yield "topic"
    visitor.touches("求助")
    yield "help"
    visitor.touches("知道了")
    page.clock.run_for(45_000)
    visitor.sees("您还在吗？")
    yield "still-there"
    visitor.touches("办完了，清除").sees("您要办什么事？")


def _look(page: Page, name: str) -> None:
    """Hold one view to its sizes in both languages, and keep its pictures."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for language in ("zh", "en"):
            fits(page)
            if name not in ("help", "still-there"):  # nothing but the dialog is told then
                expect(page.get_by_role("heading", level=1)).to_have_count(1)
            assert "CN¥" not in page.inner_text("main")  # one sign of money on every page
            asked = [_MAIN_PX, _LEAST_PX, _SMALLER]
            assert page.evaluate(_BAD_TARGETS, asked) == [], f"{name}, {size}"
            if language == "zh" or size == "desk":  # pictures are dear, and the rest is alike
                shoot(page, f"kiosk-{name}")
            page.evaluate(_OTHER_LANGUAGE)
    page.set_viewport_size({"width": SIZES["tall"][0], "height": SIZES["tall"][1]})


def test_every_view_is_whole_at_every_size_in_both_languages(stand: tuple[Kiosk, Page]) -> None:
    kiosk, page = stand
    for name in _views(kiosk, page):
        _look(page, name)


def test_every_view_keeps_to_the_rules_for_everybody(stand: tuple[Kiosk, Page]) -> None:
    kiosk, page = stand
    for name in _views(kiosk, page):
        axe(page)
        if name not in ("help", "still-there"):
            assert page.evaluate(_HIGHEST) >= SIZES["tall"][1] / 3, name


def test_large_type_leaves_nothing_out_of_reach(stand: tuple[Kiosk, Page]) -> None:
    kiosk, page = stand
    Visitor(page).touches("大字")
    for name in _views(kiosk, page):
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            fits(page)
            assert page.evaluate(_OUT_OF_REACH) == [], f"{name}, {size}"
            if name in ("home", "ticket"):
                shoot(page, f"kiosk-{name}-large")
        page.set_viewport_size({"width": SIZES["tall"][0], "height": SIZES["tall"][1]})


def test_chosen_face_is_told_where_a_page_has_no_colours_of_its_own(browser_page: Pages) -> None:
    with kiosk_peer() as (kiosk, address):
        page = browser_page(address, size="tall", forced_colors="active", has_touch=True)
        visitor = Visitor(page)
        visitor.searches("gjj").picks("公积金提取").touches("刷码办理").sees("请出示市民码")
        kiosk.scan("ready")
        visitor.sees("A017").touches("评价服务").touches("满意")
        grounds = page.locator(".face").evaluate_all(
            "each => each.map((face) => getComputedStyle(face).backgroundColor)"
        )
        assert len(set(grounds)) == 2
        assert grounds[3] != grounds[4]
        browser_page.close()
