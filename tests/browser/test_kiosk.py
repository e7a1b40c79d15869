"""A visit at the kiosk page, before a peer that speaks as a terminal does."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Pages, Size
from tests.browser.support.catalogue import FURTHER
from tests.browser.support.kiosk_peer import Kiosk, kiosk_peer, screen
from tests.browser.support.visitor import Visitor

APPEAL = "等候时间太长。"
_FOUND = (
    ("gjj", "公积金提取"),
    ("GJJTQ", "公积金提取"),
    ("公积金提", "公积金提取"),
    ("housing withdraw", "公积金提取"),
    ("guashi", "市民卡挂失补办"),
    ("ｇｌｊｔ", "高龄津贴"),  # full-width, as an input method leaves them
    ("sx217", "住房公积金事项217"),
    ("八十岁", "高龄津贴"),
)
# Notes what a page lets be heard, in the stead of a machine with a voice and a speaker.
_EARS = """(() => {
  const heard = globalThis.heard = [];
  globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  const voice = { speak: (said) => heard.push(said.text), cancel: () => {} };
  Object.defineProperty(globalThis, "speechSynthesis", { value: voice });
  globalThis.Audio = class extends EventTarget {
    constructor(address) { super(); this.ended = true; heard.push(address); }
    play() { return Promise.resolve(); }
    pause() {}
  };
})()"""
# As much as the page keeps of its own: nothing, wherever a browser could keep it.
_KEPT = """async () => ({
  local: localStorage.length, session: sessionStorage.length, cookies: document.cookie,
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
  state: history.state, steps: history.length, address: location.href,
  typed: [...document.querySelectorAll("input, textarea")].map((field) => field.value).join(),
})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A kiosk's peer, and how a page of it is opened."""

    kiosk: Kiosk
    address: str
    pages: Pages

    def visitor(self, *, size: Size = "desk", language: str = "zh", clock: bool = False) -> Visitor:
        """Return somebody who stands before a new page."""
        other = "en" if language == "zh" else "zh"
        self.kiosk.settings["languages"] = [language, other]
        page = self.pages(size=size, reduced_motion="reduce", has_touch=True)
        if clock:
            page.clock.install()
        page.goto(self.address)
        expect(page.locator(".tiles .tile").first).to_be_visible()
        return Visitor(page)


@pytest.fixture
def stand(browser_page: Pages) -> Iterator[Stand]:
    """A kiosk with a browser."""
    with kiosk_peer() as (kiosk, address):
        yield Stand(kiosk=kiosk, address=address, pages=browser_page)
        browser_page.close()  # or it would complain of a peer that has gone


def _ticket(stand: Stand, **more: object) -> Visitor:
    """Return who was scanned and has the ticket of a service."""
    visitor = stand.visitor(**more)  # type: ignore[arg-type]  # as `visitor` has them
    visitor.searches("gjj").picks("公积金提取").touches("刷码办理")
    visitor.sees("请出示市民码")
    stand.kiosk.scan("ready")
    visitor.sees("A017")
    return visitor


def _kinds(kiosk: Kiosk) -> list[str]:
    return [kind for kind, _ in kiosk.told]


def test_whole_visit_is_made_by_touch_in_chinese(stand: Stand) -> None:
    visitor = stand.visitor(size="tall")
    visitor.touches("社保与补贴").picks("高龄津贴").touches("刷码办理")
    stand.kiosk.show("reading")
    visitor.sees("正在读取")
    stand.kiosk.scan("ready")
    visitor.sees("您好")

    visitor.touches("评价服务").touches("非常满意").touches("提交").sees("已评价，谢谢")
    visitor.touches("反映问题").touches("一般").touches(APPEAL).touches("下一步")
    visitor.touches("1").touches("2").touches("提交").sees("1-217")
    visitor.touches("下一步").touches("已发补贴").sees("现在查不到")
    visitor.touches("返回").touches("办完了").sees("谢谢，请慢走")

    kinds = ["visit", "rate", "appeal", "subsidies", "end"]
    assert [kind for kind in _kinds(stand.kiosk) if kind != "alive"] == kinds
    assert dict(stand.kiosk.told)["rate"] == {"score": 5, "text": ""}
    told = {"urgency": "ordinary", "text": APPEAL, "contact": "12"}
    assert dict(stand.kiosk.told)["appeal"] == told


def test_whole_visit_is_made_by_keys_in_english(stand: Stand) -> None:
    visitor = stand.visitor(language="en")
    visitor.goes_by_keys_to("Search services").presses("Enter").types("lost citizen")
    visitor.presses("Enter", "Enter").sees("Replace a lost citizen card")
    visitor.goes_by_keys_to("Begin").presses("Enter").sees("A017")

    visitor.goes_by_keys_to("Rate the service").presses("Enter")
    visitor.presses("Tab", "ArrowRight", "ArrowRight").goes_by_keys_to("Send").presses("Enter")
    visitor.sees("Rated, thank you")
    visitor.goes_by_keys_to("Report a problem").presses("Enter")
    visitor.goes_by_keys_to("Urgent").presses("Enter").types("A door is stuck.")
    visitor.goes_by_keys_to("Next").presses("Enter").types("12345")
    visitor.goes_by_keys_to("Send").presses("Enter").sees("1-217")

    assert dict(stand.kiosk.told)["visit"] == {"service": "card-lost", "language": "en"}
    assert dict(stand.kiosk.told)["rate"]["score"] == 3
    told = {"urgency": "urgent", "text": "A door is stuck.", "contact": "12345"}
    assert dict(stand.kiosk.told)["appeal"] == told


def test_service_is_found_first_among_hundreds_by_name_initials_and_purpose(stand: Stand) -> None:
    visitor = stand.visitor()
    visitor.touches("查找事项")
    assert FURTHER >= 300
    for typed, found in _FOUND:
        visitor.page.locator("#find").fill(typed)
        expect(visitor.page.locator(".rows .tile-name").first).to_have_text(found)


def test_search_that_finds_nothing_says_so(stand: Stand) -> None:
    stand.visitor().searches("zzzz").sees("没有找到")


def test_screen_keyboard_writes_at_the_caret_and_takes_back(stand: Stand) -> None:
    visitor = stand.visitor()
    visitor.touches("查找事项")
    for key in "gkj":
        visitor.touches(key)
    visitor.presses("ArrowLeft").touches("删除").touches("j")
    expect(visitor.page.locator("#find")).to_have_value("gjj")
    visitor.sees("找到 1 项")


def test_language_changes_by_one_touch_without_losing_the_place(stand: Stand) -> None:
    visitor = stand.visitor()
    visitor.touches("反映问题").touches("突发").touches(APPEAL).touches("English")
    visitor.sees("What has happened?")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    expect(visitor.page.locator("#appeal")).to_have_value(APPEAL)
    visitor.touches("中文").sees("发生了什么？")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_guided_list_is_made_without_the_terminal(stand: Stand) -> None:
    stand.pages.guard.expects("net::ERR_EMPTY_RESPONSE", "visit: net::ERR")
    visitor = stand.visitor()
    stand.kiosk.is_away = True
    visitor.touches("要带什么？").picks("公积金提取").touches("租房").sees("第 2 题，最多 2 题")
    visitor.touches("返回").touches("买房").touches("已婚").sees("请带这些材料")
    things = visitor.page.locator(".thing .tile-name")
    expect(things).to_have_text(["身份证原件", "购房合同", "结婚证"])


def test_guided_list_is_told_to_the_terminal(stand: Stand) -> None:
    visitor = stand.visitor()
    visitor.touches("要带什么？").picks("公积金提取").touches("退休").sees("请带这些材料")
    with visitor.page.expect_response("**/checklist"):
        visitor.touches("重新回答").touches("退休")
    answers = {"checklist": "fund", "answers": [["why", "retired"]]}
    assert ("checklist", answers) in stand.kiosk.told


def test_idle_screen_asks_and_then_wipes_all_of_the_visit(stand: Stand) -> None:
    visitor = stand.visitor(clock=True)
    page = visitor.page
    before = page.evaluate(_KEPT)
    visitor.searches("gjj").picks("公积金提取").touches("刷码办理").sees("请出示市民码")
    stand.kiosk.scan("ready")
    visitor.sees("A017").touches("大字").touches("反映问题").touches("一般").touches(APPEAL)
    visitor.touches("English").sees("What has happened?")

    page.clock.run_for(39_000)
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.clock.run_for(2_000)
    visitor.sees("Are you still there?")
    page.clock.run_for(20_000)
    visitor.sees("您要办什么事？")

    stand.kiosk.show("idle")
    told = page.content()
    assert not [trace for trace in ("A017", APPEAL, "1-217", "公积金提取") if trace in told]
    assert page.evaluate(_KEPT) == before
    expect(page.locator("html")).to_have_attribute("data-mode", "usual")
    assert _kinds(stand.kiosk)[-1] == "end"


def test_one_touch_anywhere_keeps_the_visit_as_often_as_wanted(stand: Stand) -> None:
    visitor = stand.visitor(clock=True)
    page = visitor.page
    visitor.touches("查找事项").types("gjj")
    for _ in range(3):
        page.clock.run_for(45_000)
        visitor.sees("您还在吗？")
        page.touchscreen.tap(4, 4)
        expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#find")).to_have_value("gjj")


def test_question_can_be_answered_with_no(stand: Stand) -> None:
    visitor = stand.visitor(clock=True)
    visitor.touches("查找事项")
    visitor.page.clock.run_for(45_000)
    visitor.sees("您还在吗？").touches("办完了，清除").sees("您要办什么事？")


def test_terminal_hears_that_somebody_who_writes_is_still_there(stand: Stand) -> None:
    visitor = _ticket(stand, clock=True)
    visitor.touches("反映问题").touches("一般")
    for _ in range(3):
        visitor.types("慢")
        visitor.page.clock.run_for(10_000)
    expect(visitor.page.locator("dialog[open]")).to_have_count(0)
    assert _kinds(stand.kiosk).count("alive") >= 3


def test_refused_code_can_be_shown_again(stand: Stand) -> None:
    visitor = stand.visitor()
    visitor.searches("gjj").picks("公积金提取").touches("刷码办理").sees("请出示市民码")
    stand.kiosk.scan("refused")
    visitor.sees("没有通过").sees("请到人工窗口，带上证件。")
    stand.kiosk.show("idle")
    visitor.sees("请出示市民码")
    stand.kiosk.scan("ready")
    visitor.sees("A017")


def test_code_refused_once_too_often_ends_the_visit_honestly(stand: Stand) -> None:
    visitor = stand.visitor()
    visitor.searches("gjj").picks("公积金提取").touches("刷码办理").sees("请出示市民码")
    stand.kiosk.scan("ended")
    visitor.sees("这次没有刷成").touches("重新开始").sees("刷码办理")


def test_subsidies_are_shown_when_the_centre_answers(stand: Stand) -> None:
    visitor = stand.visitor(language="en")
    visitor.searches("gljt").picks("Allowance for the elderly").touches("Scan my code")
    visitor.sees("Show your code")
    stand.kiosk.scan("ready")
    visitor.touches("Subsidies paid").sees("Not while offline")
    paid = {"on": "2026-10-15", "zh": "十月", "en": "October", "amount_minor": 30_050}
    answer = {"state": "answered", "paid": [paid | {"currency": "CNY"}], "total_minor": 30_050}
    stand.kiosk.centre = answer
    visitor.touches("Ask again").sees("15 October 2026").sees("¥300.50")
    expect(visitor.page.locator(".paid")).to_be_focused()  # not lost with the button
    visitor.touches("中文").sees("2026年10月15日").sees("¥300.50")


def test_appeal_survives_a_terminal_that_does_not_answer_and_is_counted_once(stand: Stand) -> None:
    stand.pages.guard.expects("net::ERR_EMPTY_RESPONSE")
    visitor = _ticket(stand)
    visitor.touches("反映问题").touches("紧急").touches(APPEAL).touches("下一步")
    stand.kiosk.is_deaf = True
    visitor.touches("提交").sees("没有回应").sees("重复提交只算一次")
    stand.kiosk.is_deaf = False
    visitor.touches("再试一次").sees("1-217")
    assert _kinds(stand.kiosk).count("appeal") == 1


def test_appeal_that_may_have_arrived_is_not_sent_again_unasked(stand: Stand) -> None:
    stand.pages.guard.expects("net::ERR_EMPTY_RESPONSE", "status of 404")
    visitor = _ticket(stand)
    visitor.touches("反映问题").touches("紧急").touches(APPEAL).touches("下一步")
    stand.kiosk.is_deaf = True
    visitor.touches("提交").sees("没有回应")
    stand.kiosk.is_deaf = False
    stand.kiosk.begin_anew()
    visitor.touches("再试一次").sees("不能确定是否已经收到")
    assert _kinds(stand.kiosk).count("appeal") == 1
    visitor.touches("仍然再提交").sees("1-217")
    assert _kinds(stand.kiosk).count("appeal") == 2


def test_appeal_that_never_left_is_sent_in_a_new_visit(stand: Stand) -> None:
    stand.pages.guard.expects("status of 404")
    visitor = _ticket(stand)
    visitor.touches("反映问题").touches("紧急").touches(APPEAL).touches("下一步")
    stand.kiosk.begin_anew()
    visitor.touches("提交").sees("没有提交，您填的内容还在这里")
    visitor.touches("重新开始并提交").sees("1-217")
    assert _kinds(stand.kiosk).count("appeal") == 1


def test_ticket_is_asked_for_again_by_itself_when_the_terminal_is_back(stand: Stand) -> None:
    stand.pages.guard.expects("net::ERR_EMPTY_RESPONSE")
    visitor = stand.visitor()
    visitor.searches("guashi").picks("市民卡挂失补办")
    stand.kiosk.is_away = True
    visitor.touches("开始办理").sees("没有回应")
    stand.kiosk.is_away = False
    visitor.touches("再试一次").sees("A017")


def test_lost_terminal_is_told_of_and_found_again(stand: Stand) -> None:
    visitor = stand.visitor(clock=True)
    stand.kiosk.is_silent = True
    visitor.page.clock.run_for(7_000)
    visitor.sees("本机暂时没有回应")
    stand.kiosk.show("idle")
    expect(visitor.page.locator(".lost")).to_be_hidden()


def test_offline_terminal_shows_it_on_every_view(stand: Stand) -> None:
    visitor = stand.visitor()
    text = {"zh": "离线，照常办理", "en": "Offline, serving as usual"}
    stand.kiosk.show("idle", {"kind": "offline", "text": text, "since_s": 60})
    visitor.sees("离线，照常办理").touches("查找事项").sees("离线，照常办理")


def test_code_shown_too_early_is_answered_with_what_to_do_first(stand: Stand) -> None:
    visitor = stand.visitor()
    stand.kiosk.show("granted")
    visitor.sees("请先选事项，再刷码。")
    stand.kiosk.show("out-of-service")
    visitor.sees("暂停服务")
    expect(visitor.page.get_by_text("请先选事项")).to_have_count(0)


def test_newer_list_of_services_is_shown_to_the_next_person(stand: Stand) -> None:
    visitor = stand.visitor(clock=True)
    assert stand.kiosk.catalogue is not None
    newer = [{"id": "new", "zh": "新的分类", "en": "New topic"}]
    stand.kiosk.catalogue |= {"version": 4, "categories": newer}
    visitor.page.clock.run_for(301_000)
    visitor.sees("新的分类")


def test_ticket_on_paper_can_be_printed_again(stand: Stand) -> None:
    stand.kiosk.has_printer = True
    visitor = _ticket(stand)
    visitor.sees("小票已打印")
    with visitor.page.expect_response("**/print"):
        visitor.touches("再打印一张")


def test_screen_is_wiped_also_while_it_waits_for_a_code(stand: Stand) -> None:
    visitor = stand.visitor(clock=True)
    visitor.searches("gjj").picks("公积金提取").touches("刷码办理").sees("请出示市民码")
    visitor.page.clock.run_for(61_000)
    visitor.sees("您要办什么事？")


def test_refusal_stays_for_its_time_though_the_lane_is_idle_again(stand: Stand) -> None:
    visitor = stand.visitor(clock=True)
    visitor.searches("gjj").picks("公积金提取").touches("刷码办理").sees("请出示市民码")
    refused = screen("refused") | {"number": 1, "shown_ms": 2_000}
    stand.kiosk.tell("screen", refused)
    visitor.sees("没有通过").page.clock.pause_at(visitor.page.evaluate("Date.now() / 1000 + 0.1"))
    stand.kiosk.tell("screen", screen("idle") | {"number": 1})
    visitor.page.clock.run_for(1_500)
    visitor.sees("没有通过")
    visitor.page.clock.run_for(600)
    visitor.sees("请出示市民码")


def test_large_type_is_read_aloud_and_an_answer_has_a_tone(stand: Stand) -> None:
    stand.kiosk.settings |= {"sound": True, "mode": "senior"}
    page = stand.pages(reduced_motion="reduce", has_touch=True)
    page.add_init_script(_EARS)
    page.goto(stand.address)
    visitor = Visitor(page).searches("gjj").picks("公积金提取").touches("刷码办理")
    visitor.sees("请出示市民码")
    stand.kiosk.scan("refused")
    visitor.sees("没有通过")
    heard = page.evaluate("globalThis.heard")
    assert heard[0] == "查找事项 输入名称或拼音首字母"
    assert "/assets/chime-deny.wav" in heard
    assert heard[-1] == "没有通过 请到人工窗口，带上证件。"


def test_unsent_words_are_not_lost_by_one_wrong_touch(stand: Stand) -> None:
    visitor = stand.visitor()
    visitor.touches("反映问题").touches("一般").touches(APPEAL).touches("首页")
    visitor.sees("还没有提交").touches("继续填写")
    expect(visitor.page.locator("#appeal")).to_have_value(APPEAL)
    visitor.touches("首页").touches("离开").sees("您要办什么事？")


def test_kiosk_without_a_list_of_services_says_so(stand: Stand) -> None:
    stand.pages.guard.expects("status of 404")
    held, stand.kiosk.catalogue = stand.kiosk.catalogue, None
    page = stand.pages(stand.address, has_touch=True)
    visitor = Visitor(page).sees("暂时没有办事目录")
    stand.kiosk.catalogue = held
    visitor.touches("再试一次").sees("社保与补贴")


def test_page_keeps_to_one_step_of_history(stand: Stand) -> None:
    visitor = stand.visitor()
    visitor.searches("gjj").picks("公积金提取").touches("返回").touches("首页")
    assert visitor.page.evaluate("history.length") == 2  # the empty page, and this one
