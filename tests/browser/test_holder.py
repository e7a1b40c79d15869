"""The test page as a phone meets it: its code is read from the screen and proven."""

import math
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, Route, expect

from central.holder.invitations import invite
from central.publishing import publish
from central.serving import Options
from central.site import init_site
from drivers.picture_files.reader import PictureReader
from terminal.auditing import Auditor
from tests.browser.harness import Pages, axe, fits, shoot
from tests.central.peers import RunningCentre, SetClock, running
from tests.support.site import now
from verifier.model import UnixSeconds, Verdict
from verifier.pipeline import Judgement
from verifier.reasons import Reason

PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 568}  # the smallest that is still carried
REDRAW_S = 20


@dataclass
class Crew:
    """A centre that serves the page, and whoever invites."""

    centre: RunningCentre

    @property
    def url(self) -> str:
        return f"{self.centre.url}/holder/"

    def invitation(self, hours: int = 1) -> str:
        """Return a fresh code for a card of the health pass."""
        with closing(self.centre.site.open_store()) as store:
            return invite(store, types=0, capabilities=1, hours=hours, now=now())[0]

    def judged(self, payload: bytes, at: UnixSeconds) -> Judgement:
        """Return what a terminal makes of a code by what this centre published."""
        auditor = Auditor(self.centre.site.tuf, now=at, profile=None)
        return auditor.judge(payload)


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    site = init_site(tmp_path_factory.mktemp("h") / "centre", issuer="city.example", now=now())
    with closing(site.open_store()) as store:
        store.cards.allot([bytes(8)], now())  # what is published covers the cards behind it too
    publish(site, now())
    with running(site, SetClock(now()), options=Options(has_holder_page=True)) as centre:
        yield Crew(centre)


def opened(pages: Pages, crew: Crew, lang: Literal["zh", "en"] = "en", **more: Any) -> Page:
    page = pages.context(lang=lang, device_scale_factor=2, **more).new_page()
    page.set_viewport_size(PHONE)
    page.goto(crew.url)
    return page


def carded(page: Page, invitation: str) -> None:
    """Have the page ask for a card."""
    page.locator("#code").fill(invitation)
    page.locator("#ask").click()
    expect(page.locator("#symbol path")).to_have_count(1)


def shown(page: Page, folder: Path) -> bytes:
    """Return what a camera reads off the page: one code."""
    path = folder / "phone.png"
    page.locator(".frame").screenshot(path=path, animations="disabled")
    with PictureReader() as reader, reader.open(str(path)) as file:
        (frame,) = file.frames()
        (reading,) = frame.look.readings
    return reading.payload


_OLD = (
    "globalThis.SubtleCrypto && (SubtleCrypto.prototype.generateKey = async () => {"
    " throw new DOMException('', 'NotSupportedError'); });"
)
_INSECURE = "Object.defineProperty(globalThis, 'isSecureContext', {value: false});"


@pytest.mark.parametrize(
    ("script", "says"), [(_OLD, "no Ed25519 signatures"), (_INSECURE, "https://")]
)
def test_browser_that_can_not_sign_is_told_so_and_gets_no_card(
    browser_page: Pages, crew: Crew, script: str, says: str
) -> None:
    context = browser_page.context(lang="en")
    context.add_init_script(script)
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(crew.url)
    expect(page.locator("#trouble")).to_contain_text(says)
    expect(page.locator("#invite")).to_be_hidden()
    axe(page)
    shoot(page, f"holder-trouble-{'old' if 'Ed25519' in says else 'insecure'}")


def test_invitation_that_is_wrong_or_used_is_told(browser_page: Pages, crew: Crew) -> None:
    browser_page.guard.expects(r"status of 4(04|09|22) .*holder/cards")
    code = crew.invitation()
    carded(opened(browser_page, crew), code)
    page = opened(browser_page, crew)
    for wrong, says in (
        (code, "Another phone"),
        ("A" * 26, "no such invitation"),
        ("A", "26 letters"),
    ):
        page.locator("#code").fill(wrong)
        page.locator("#ask").click()
        expect(page.locator("#trouble")).to_contain_text(says)
    expect(page.locator("#card")).to_be_hidden()


def test_code_on_the_phones_screen_is_read_by_the_ladder_and_granted(
    browser_page: Pages, crew: Crew, tmp_path: Path
) -> None:
    page = opened(browser_page, crew)
    carded(page, crew.invitation())
    payload = shown(page, tmp_path)
    assert crew.judged(payload, now()).decision.verdict is Verdict.GRANT
    page.set_viewport_size(SMALL)
    fits(page)
    assert crew.judged(shown(page, tmp_path), now()).decision.verdict is Verdict.GRANT


def test_code_is_drawn_anew_by_the_same_key_and_the_key_can_not_be_read(
    browser_page: Pages, crew: Crew, tmp_path: Path
) -> None:
    context = browser_page.context(lang="en", device_scale_factor=2)
    page = context.new_page()
    page.clock.install()
    page.goto(crew.url)
    carded(page, crew.invitation())
    first = shown(page, tmp_path)
    drawn = page.locator("#symbol path").get_attribute("d")
    page.clock.run_for(REDRAW_S * 1_000)
    expect(page.locator("#symbol path")).not_to_have_attribute("d", drawn or "")
    second = shown(page, tmp_path)
    one, two = (crew.judged(each, UnixSeconds(now() + REDRAW_S)) for each in (first, second))
    assert one.verification.credential is not None
    assert two.verification.credential is not None
    assert one.verification.credential.proof is not None
    assert two.verification.credential.proof is not None
    assert one.verification.credential.subject == two.verification.credential.subject
    assert one.verification.credential.proof.key == two.verification.credential.proof.key
    assert two.verification.credential.proof.drawn_at > one.verification.credential.proof.drawn_at
    assert (
        page.evaluate(
            "async () => { const {load} = await import('./assets/card.js');"
            " const key = await load('key');"
            " return crypto.subtle.exportKey('pkcs8', key.privateKey).then(() => 'read', e => e.name); }"
        )
        == "InvalidAccessError"
    )


def test_lost_answer_is_asked_for_again_and_brings_the_same_card(
    browser_page: Pages, crew: Crew, tmp_path: Path
) -> None:
    browser_page.guard.expects(r"failed: /holder/cards", r"ERR_CONNECTION_RESET")
    page, lost = opened(browser_page, crew), list[int]()

    def lose(route: Route) -> None:
        lost.append(route.fetch().json()["status"])
        route.abort("connectionreset")

    page.route("**/holder/cards", lose, times=1)
    code = crew.invitation()
    page.locator("#code").fill(code)
    page.locator("#ask").click()
    expect(page.locator("#trouble")).to_contain_text("can't be reached")
    carded(page, code)
    found = crew.judged(shown(page, tmp_path), now()).verification.credential
    assert found is not None
    assert found.status_index == lost[0]


@pytest.mark.parametrize(("skew_s", "is_bad"), [(-120, True), (90, True), (0, False)])
def test_phone_with_a_wrong_clock_says_so_and_its_code_is_refused_as_that(
    browser_page: Pages, crew: Crew, tmp_path: Path, skew_s: int, *, is_bad: bool
) -> None:
    page = browser_page.context(lang="en", device_scale_factor=2).new_page()
    page.clock.install(time=now() + skew_s)
    page.goto(crew.url)
    carded(page, crew.invitation())
    expect(page.locator("#clock")).to_have_attribute("data-bad", str(is_bad).lower())
    told = float(page.locator("#clock").inner_text().split("by ")[1].split(" s")[0])
    assert math.isclose(told, skew_s, abs_tol=8)  # this machine may be busy
    decision = crew.judged(shown(page, tmp_path), now()).decision
    if is_bad:
        assert decision.reason in (Reason.PROOF_TOO_OLD, Reason.PROOF_FROM_THE_FUTURE)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_is_whole_on_a_phone_in_both_languages(
    browser_page: Pages, crew: Crew, lang: Literal["zh", "en"]
) -> None:
    page = opened(browser_page, crew, lang)
    expect(page.locator("#invite")).to_be_visible()
    axe(page)
    fits(page)
    shoot(page, "holder-invite")
    carded(page, crew.invitation())
    axe(page)
    for size in (SMALL, PHONE):
        page.set_viewport_size(size)
        fits(page)
        shoot(page, "holder-card")
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("Test citizen card" if lang == "zh" else "测试市民卡")
    page.locator("#forget").click()
    expect(page.locator("#invite")).to_be_visible()


def test_link_fills_the_invitation_in_and_leaves_no_trace_in_the_address(
    browser_page: Pages, crew: Crew
) -> None:
    page = browser_page.context(lang="en").new_page()
    page.goto(f"{crew.url}#ABCDE")
    expect(page.locator("#code")).to_have_value("ABCDE")
    assert page.url == crew.url


def test_card_that_has_ended_takes_the_next_one_not_with_it(
    browser_page: Pages, crew: Crew
) -> None:
    """Somebody looks at another page with the second card on the screen, and comes back."""
    page = browser_page.context(lang="en", device_scale_factor=2).new_page()
    page.clock.install(time=now())
    page.goto(crew.url)
    expect(page.locator("#clock")).to_have_attribute("data-bad", "false")
    carded(page, crew.invitation())
    page.clock.set_system_time(now() + 3_700)
    page.clock.run_for(REDRAW_S * 1_000)
    expect(page.locator("#trouble")).to_contain_text("ended")
    carded(page, crew.invitation(hours=48))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.run_for(REDRAW_S * 1_000)
    expect(page.locator("#trouble")).to_be_empty()
    expect(page.locator("#card")).to_be_visible()


def test_phone_that_is_a_day_ahead_keeps_its_card(browser_page: Pages, crew: Crew) -> None:
    """By its own clock the card has ended; that it lasts an hour is the centre's to say."""
    ahead_s = 86_400
    page = browser_page.context(lang="en", device_scale_factor=2).new_page()
    page.clock.install(time=now() + ahead_s)
    page.goto(crew.url)
    expect(page.locator("#clock")).to_have_attribute("data-bad", "true")
    carded(page, crew.invitation())
    page.reload()
    expect(page.locator("#symbol path")).to_have_count(1)
    page.clock.set_system_time(now() + ahead_s + 3_700)
    page.clock.run_for(REDRAW_S * 1_000)
    expect(page.locator("#trouble")).to_contain_text("ended")
    expect(page.locator("#card")).to_be_hidden()
