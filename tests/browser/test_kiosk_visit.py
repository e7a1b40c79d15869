"""A visit from the page to the journal, through the terminal itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.harness import Pages
from tests.browser.support.hall import Hall, open_hall
from tests.browser.support.visitor import Visitor

_WORDS = "设备坏了。"


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with open_hall(tmp_path) as opened:
        yield opened


def test_visit_ends_up_in_the_journal(hall: Hall, browser_page: Pages) -> None:
    page = browser_page(hall.address, has_touch=True, reduced_motion="reduce")
    visitor = Visitor(page)
    with page.expect_response("**/checklist"):
        visitor.touches("要带什么？").picks("公积金提取").touches("退休").sees("退休证")
    visitor.touches("首页").searches("gjj").picks("公积金提取").touches("刷码办理")
    visitor.sees("请出示市民码")
    hall.show_card()
    visitor.sees("A001").touches("评价服务").touches("满意").touches("提交").sees("已评价")
    visitor.touches("反映问题").touches("突发").touches(_WORDS).touches("下一步")
    visitor.touches("提交").sees("已收到").touches("下一步")
    visitor.touches("首页").searches("gljt").picks("高龄津贴").touches("刷码办理")
    visitor.sees("请出示市民码")
    hall.show_card()
    visitor.touches("已发补贴").sees("现在查不到").touches("返回").touches("办完了")
    visitor.sees("谢谢，请慢走")

    (ticket,) = hall.entries("ticket")
    (rating,) = hall.entries("rating")
    (appeal,) = hall.entries("appeal")
    listed, _, _, paid = hall.entries("query")
    assert (ticket["service"], ticket["label"], ticket["number"]) == ("fund-out", "A", 1)
    assert (rating["visit"], rating["score"]) == (ticket["visit"], 4)
    assert (appeal["visit"], appeal["urgency"]) == (ticket["visit"], "sudden")
    assert _WORDS not in str(appeal)
    assert (listed["about"], "pseudonym" in listed) == ("fund", False)
    assert (paid["asked_for"], paid["answered"]) == ("subsidies", False)
    assert paid["pseudonym"] == ticket["pseudonym"]
