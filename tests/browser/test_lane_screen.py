"""What people see who stand before a lane: each state, in each size, language and mode."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from terminal.lanes.machine import LaneState
from terminal.presenting import Outcome
from terminal.screens.composing import compose
from terminal.screens.moment import Moment, Standing
from terminal.screens.screen import Amount, Screen
from tests.browser.harness import SIZES, Pages, Size, axe, shoot
from tests.support.local_service import Counter
from verifier.model import Freshness, Verdict
from verifier.profile import Direction, EntryType, Phrase, Profile, Texts
from verifier.reasons import Reason

GATE = Profile(name="gate", entry_type=EntryType.PASSAGE, direction=Direction.IN)
LONG = Phrase(
    zh="请把屏幕调亮，对准窗口，" * 6 + "请拿稳手机，谢谢", en=("Please hold it still, " * 4)[:80]
)
TALKS = replace(GATE, texts=Texts(idle=LONG))
SHOP = Profile(name="shop", entry_type=EntryType.SALE)
BAD = Standing(offline_s=7_300, lists=Freshness.STALE, lists_age_s=10_800)
WORSE = Standing(
    offline_s=90_000,
    lists=Freshness.EXPIRED,
    lists_age_s=260_000,
    is_clock_trusted=False,
    down=("printer",),
)
_PAID: dict[str, Any] = {"amount_minor": 1_250, "currency": "CNY", "remaining_minor": 98_750}


def _ended(verdict: Verdict, reason: Reason | None = None, **more: Any) -> Outcome:
    return Outcome(verdict=verdict, reason=reason, seq=1, ms=12, **more)


def _screen(
    state: LaneState,
    outcome: Outcome | None = None,
    *,
    standing: Standing | None = None,
    profile: Profile = GATE,
    **more: Any,
) -> Screen:
    moment = Moment(lane="gate-1", state=state, outcome=outcome, profile=profile, **more)
    return compose(moment, standing or Standing())


_S = LaneState
_DUE = Amount(amount_minor=1_250, currency="CNY")
IDLE = _screen(_S.IDLE)
REFUSED = _ended(Verdict.DENY, Reason.CREDENTIAL_EXPIRED)
STATES = {
    "starting": _screen(_S.OUT_OF_SERVICE, standing=Standing(is_starting=True)),
    "idle": IDLE,
    "idle-not-well": _screen(_S.IDLE, standing=WORSE),
    # As long as a profile's own words may be (protocol/profile_file/tables.py), and all that ails.
    "idle-long": _screen(_S.IDLE, standing=WORSE, profile=TALKS),
    "idle-due": _screen(_S.IDLE, profile=SHOP, due=_DUE),
    "reading": _screen(_S.DECIDING),
    "granted": _screen(_S.OPEN, _ended(Verdict.GRANT), number=1),
    "granted-paid": _screen(
        _S.OPEN, _ended(Verdict.GRANT, **_PAID), standing=BAD, profile=SHOP, number=2
    ),
    "refused": _screen(_S.SHOWING, REFUSED, standing=BAD, number=3),
    "help": _screen(_S.REFERRED, _ended(Verdict.REFER, Reason.STATIC_CODE), number=4),
    "held-open": _screen(_S.HELD_OPEN),
    "out-of-service": _screen(_S.OUT_OF_SERVICE),
    "closed": _screen(_S.IDLE, standing=Standing(is_open=False)),
}
Live = Callable[..., Counter]


@pytest.fixture
def till(live_screen: Live) -> Counter:
    opened = live_screen(lanes=("gate-1",))
    opened.board.put(IDLE)
    return opened


def opened(browser_page: Pages, till: Counter, size: Size = "desk", **more: Any) -> Page:
    page = browser_page(f"{till.url}/screen/gate-1", size=size, reduced_motion="reduce", **more)
    shows(page, "idle")
    return page


def shows(page: Page, view: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-view", view)


def put(page: Page, till: Counter, screen: Screen) -> None:
    till.board.put(screen)
    shows(page, screen.view.value)


# In one question, for there are many: what is wider or lower than the window, or stands on another.
_AMISS = """() => {
  const box = (id) => document.querySelector(id).getBoundingClientRect();
  const [bar, words, foot] = [box("header"), box("#words"), box("footer")];
  const root = document.documentElement;
  const amiss = [];
  if (root.scrollWidth > innerWidth || words.right > innerWidth + 1) amiss.push("wide");
  if (words.top < bar.bottom - 1) amiss.push("on the bar");
  if (words.bottom > foot.top + 1) amiss.push("on the footer");
  if (foot.bottom > innerHeight + 1 || bar.top < 0) amiss.push("out of the window");
  return amiss;
}"""


def freeze(page: Page) -> None:
    """Let time stand still on a page, but for what `clock.run_for` lets pass."""
    page.clock.install(time=0)
    page.clock.pause_at(1_000)


def grows_to(page: Page, view: str) -> None:
    """Let a page's time go on until it shows `view`; what is on the line comes meanwhile."""
    for _ in range(100):
        page.clock.run_for(1_000)
        if page.locator("body").get_attribute("data-view") == view:
            return
        page.wait_for_timeout(20)
    shows(page, view)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["usual", "senior"])
def test_every_state_is_whole_in_both_languages(
    browser_page: Pages, till: Counter, size: Size, mode: str
) -> None:
    page = opened(browser_page, till, size)
    if mode == "senior":
        page.locator("#senior").click()
    for language in ("zh", "en"):
        if language == "en":
            page.locator("#language").click()
        for name, screen in STATES.items():
            put(page, till, screen)
            expect(page.locator("#title")).to_have_text(screen.title.members()[language])
            assert page.evaluate(_AMISS) == [], (name, language)
            if mode == "usual":
                shoot(page, f"lane-{name}")
    if mode == "senior":
        shoot(page, "lane-senior")


@pytest.mark.parametrize("name", ["idle-not-well", "granted-paid", "help"])
def test_state_is_for_everybody(browser_page: Pages, till: Counter, name: str) -> None:
    page = opened(browser_page, till)
    put(page, till, STATES[name])
    axe(page)


def test_headline_is_legible_at_two_metres_and_targets_are_for_fingers(
    browser_page: Pages, till: Counter
) -> None:
    page = opened(browser_page, till, "tall")
    size = page.locator("#title").evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    assert size >= 96
    for name in ("#language", "#senior"):
        box = page.locator(name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 60


def test_large_text_is_a_switch_of_one_name_whose_state_is_told(
    browser_page: Pages, till: Counter
) -> None:
    page = opened(browser_page, till, forced_colors="active")
    switch = page.get_by_role("button", name="大字", pressed=False)
    ground = "each => getComputedStyle(each).backgroundColor"
    before = switch.evaluate(ground)
    switch.click()
    pressed = page.get_by_role("button", name="大字", pressed=True)
    assert pressed.evaluate(ground) != before  # also where a page's own colours are taken away


def test_language_changes_by_one_touch_and_comes_back_when_nobody_is_there(
    browser_page: Pages, till: Counter
) -> None:
    page = opened(browser_page, till, has_touch=True)
    freeze(page)
    page.locator("#language").tap()
    expect(page.locator("#title")).to_have_text("Show your citizen code")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.clock.run_for(59_000)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.clock.run_for(2_000)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_answer_stays_for_its_time_and_the_next_one_ends_it(
    browser_page: Pages, till: Counter
) -> None:
    page = opened(browser_page, till)
    freeze(page)
    put(page, till, STATES["refused"])
    till.board.put(IDLE)
    page.clock.run_for(1_900)
    shows(page, "refused")
    put(page, till, STATES["granted"])
    till.board.put(IDLE)
    page.clock.run_for(2_200)
    shows(page, "idle")


def test_answer_that_is_told_again_with_another_badge_stays_no_longer(
    browser_page: Pages, till: Counter
) -> None:
    page = opened(browser_page, till)
    freeze(page)
    put(page, till, STATES["refused"])
    page.clock.run_for(1_500)
    till.board.put(replace(STATES["refused"], badges=()))
    expect(page.locator("#badges li")).to_have_count(0)
    till.board.put(IDLE)
    page.clock.run_for(700)
    shows(page, "idle")


def test_senior_mode_gives_an_answer_more_time(browser_page: Pages, till: Counter) -> None:
    page = opened(browser_page, till)
    freeze(page)
    page.locator("#senior").click()
    put(page, till, STATES["refused"])
    till.board.put(IDLE)
    page.clock.run_for(3_000)
    shows(page, "refused")
    page.clock.run_for(400)
    shows(page, "idle")


def test_code_that_is_decided_at_once_makes_no_flicker(browser_page: Pages, till: Counter) -> None:
    page = opened(browser_page, till)
    freeze(page)
    till.board.put(STATES["reading"])
    page.clock.run_for(100)
    shows(page, "idle")
    put(page, till, STATES["granted"])
    page.clock.run_for(1_000)
    shows(page, "granted")


def test_page_that_has_lost_its_terminal_says_so(browser_page: Pages, live_screen: Live) -> None:
    browser_page.guard.expects(r"ERR_")
    till = live_screen(lanes=("gate-1",), limits={"page_alive_s": 0.1})
    till.board.put(IDLE)
    page = opened(browser_page, till)
    freeze(page)
    page.context.set_offline(True)
    till.interface.stop()
    grows_to(page, "out-of-service")
    expect(page.locator("#title")).to_have_text("暂停服务")
    sign = page.locator('[data-sign="out-of-service"] use')
    assert sign.evaluate("each => each.getBBox().width") > 100  # drawn, though nobody serves it
    shoot(page, "lane-lost")


def test_page_whose_daemon_hangs_says_so_and_is_well_when_it_goes_on(
    browser_page: Pages, live_screen: Live
) -> None:
    till = live_screen(lanes=("gate-1",), limits={"page_alive_s": 0.05})
    till.board.put(IDLE)
    page = opened(browser_page, till)
    freeze(page)
    till.board._beat_s = -60.0
    grows_to(page, "out-of-service")
    till.board.beat()
    shows(page, "idle")


def test_state_is_told_to_who_can_not_see_it(browser_page: Pages, till: Counter) -> None:
    page = opened(browser_page, till)
    status = page.get_by_role("status")
    expect(status).to_have_attribute("aria-live", "polite")
    put(page, till, STATES["refused"])
    expect(status).to_contain_text("此码已过期")


def test_script_that_is_not_ours_does_not_run(browser_page: Pages, till: Counter) -> None:
    browser_page.guard.expects("Content Security Policy", "TrustedHTML", "Trusted")
    page = opened(browser_page, till)
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          try { script.text = "document.title = 'theirs'"; } catch {}
          document.body.append(script);
          try { document.body.setAttribute("onclick", "document.title = 'theirs'"); } catch {}
          document.body.click();
        }"""
    )
    assert page.title() == "市民码"


def test_list_of_screens_leads_to_each(browser_page: Pages, till: Counter) -> None:
    page = browser_page(f"{till.url}/screen/")
    axe(page)
    page.get_by_role("link").click()
    shows(page, "idle")


def test_answer_is_heard_once_and_none_of_before_the_page_came(
    browser_page: Pages, till: Counter
) -> None:
    till.board.put(STATES["help"])
    page = browser_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{till.url}/screen/gate-1")
    shows(page, "help")
    with page.expect_request("**/chime-deny.wav"):
        till.board.put(STATES["refused"])
    assert not [each for each in asked if "chime-refer" in each]


def test_page_of_an_older_terminal_is_loaded_anew(browser_page: Pages, till: Counter) -> None:
    page, loads = browser_page(), list[Page]()
    page.on("load", lambda loaded: loads.append(loaded))  # noqa: PLW0108  # playwright marks it
    settings = '{"languages":["zh","en"],"mode":"usual","sound":true,"idle_s":60,"site":"%s"}'
    old, new = (f"event: settings\ndata: {settings % site}\n\n" for site in ("older", "newer"))
    stream = {"content_type": "text/event-stream", "body": old + new}
    page.route("**/events", lambda route: route.fulfill(**stream), times=1)
    page.goto(f"{till.url}/screen/gate-1")
    shows(page, "idle")
    while len(loads) < 2:
        page.wait_for_timeout(20)
