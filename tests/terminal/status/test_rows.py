"""What a report comes to for people."""

from typing import Any

import pytest

from terminal.diagnosis.words import Language
from terminal.status.rows import Row, Told, screen_rows
from terminal.status.saying import age

EN, ZH = Language.EN, Language.ZH

WELL: dict[str, Any] = {
    "running": True,
    "terminal": "library-7",
    "epoch": 1,
    "clock": {
        "quality": "trusted",
        "uncertainty_s": 0,
        "state": "synchronised",
        "floor": 1,
        "far": None,
    },
    "journal": {"seq": 1_208, "acked": 1_200, "fault": None},
    "value_stop": None,
    "sales": {
        "approvals": "asked",
        "days": [
            {
                "lane": "counter-1",
                "day": "2026-11-22",
                "currency": "CNY",
                "sales": 7,
                "sum_minor": 46_713,
                "reversals": 1,
                "reversed_minor": 1_250,
            }
        ],
    },
    "trust": {
        "version": 12,
        "age_s": 7_500,
        "status_lists": 4,
        "source": "centre",
        "expired": [],
        "problems": [],
    },
    "sync": {"state": "working", "detail": ""},
    "lanes": [
        {
            "name": "gate-1",
            "profile": "gate",
            "freshness": {
                "keys": {"age_s": 7_500, "state": "fresh"},
                "status": {"age_s": 4_000, "state": "stale"},
            },
            "state": "idle",
            "trouble": "",
            "dropped": 0,
            "counts": {},
            "devices": [
                {"part": "scanner", "device": "/dev/video0", "condition": "up", "detail": ""}
            ],
        }
    ],
    "local": {"listeners": [{"name": "127.0.0.1:7070", "trouble": ""}], "clients": ""},
}


def rows(language: Language = EN, **changed: Any) -> dict[str, Row]:
    return {row.name: row for row in Told(language=language).rows(WELL | changed)}


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (-1, "just now", "刚刚"),
        (0, "just now", "刚刚"),
        (1, "1 second", "1 秒"),
        (59, "59 seconds", "59 秒"),
        (60, "1 minute", "1 分钟"),
        (61, "1 minute 1 second", "1 分钟 1 秒"),
        (3_599, "59 minutes 59 seconds", "59 分钟 59 秒"),
        (3_600, "1 hour", "1 小时"),
        (3_603, "1 hour", "1 小时"),
        (7_500, "2 hours 5 minutes", "2 小时 5 分钟"),
        (86_400, "1 day", "1 天"),
        (3 * 86_400 + 4 * 3_600 + 59, "3 days 4 hours", "3 天 4 小时"),
    ],
)
def test_age_is_told_in_its_two_largest_units(seconds: int, en: str, zh: str) -> None:
    assert (age(seconds, EN), age(seconds, ZH)) == (en, zh)


def test_terminal_that_is_well_shows_each_of_its_parts() -> None:
    told = rows()
    assert told["terminal library-7 epoch 1"] == Row(
        name="terminal library-7 epoch 1", text="running"
    )
    assert told["lane gate-1 (gate)"].text == "idle"
    assert told["keys"].text == "fresh, 2 hours 5 minutes old"
    assert (told["status"].level, told["status"].depth) == ("warn", 1)
    assert told["scanner /dev/video0"].text == "up"
    assert told["lists"].text == ("version 12, 4 status lists, 2 hours 5 minutes old, from centre")
    assert told["journal"].text == "1208 entries, acknowledged 1200, waiting in the outbox 8"
    assert told["sales counter-1 2026-11-22"].text == "7, 467.13 CNY; reversed 1, 12.50 CNY"
    assert told["local 127.0.0.1:7070"].text == "listening"
    assert {row.level for row in told.values()} == {"ok", "warn"}


def test_chinese_says_the_same_rows() -> None:
    english, chinese = list(rows().values()), list(rows(ZH).values())
    assert [row.level for row in chinese] == [row.level for row in english]
    assert rows(ZH)["通道 gate-1 (gate)"].text == "空闲"
    assert rows(ZH)["状态表"].text == "旧, 1 小时 6 分钟前"


@pytest.mark.parametrize(
    ("changed", "name", "level", "says"),
    [
        ({"journal": {"seq": 1, "acked": 0, "fault": "disk full"}}, "journal", "fail", "disk full"),
        ({"journal": {"seq": None, "acked": None, "fault": None}}, "journal", "warn", "now"),
        ({"sync": {"state": "refused", "detail": "suspended"}}, "sync", "fail", "suspended"),
        ({"sync": {"state": "backing-off", "detail": "no line"}}, "sync", "warn", "no line"),
        ({"value_stop": "histories differ"}, "money", "fail", "histories differ"),
        ({"trust": WELL["trust"] | {"expired": ["status"]}}, "lists", "warn", "expired: status"),
        (
            {"clock": WELL["clock"] | {"quality": "untrusted", "state": "behind"}},
            "clock",
            "fail",
            "clock.behind",
        ),
        (
            {"clock": WELL["clock"] | {"far": {"source": "trust-index", "date": 4_070_908_800}}},
            "clock",
            "warn",
            "clock.far trust-index",
        ),
        ({"sales": {"approvals": "out", "days": []}}, "approvals", "warn", "offline rules"),
        (
            {"local": {"listeners": [{"name": "a:1", "trouble": "taken"}], "clients": "damaged"}},
            "local a:1",
            "fail",
            "taken",
        ),
        (
            {"lanes": [WELL["lanes"][0] | {"state": "out-of-service", "trouble": "no relay"}]},
            "lane gate-1 (gate)",
            "fail",
            "out-of-service: no relay",
        ),
        (
            {"lanes": [WELL["lanes"][0] | {"trouble": "no paper"}]},
            "lane gate-1 (gate)",
            "warn",
            "idle: no paper",
        ),
    ],
)
def test_what_is_wrong_stands_out(
    changed: dict[str, Any], name: str, level: str, says: str
) -> None:
    found = rows(**changed)[name]
    assert found.level == level
    assert says in found.text


def test_terminal_that_does_not_run_tells_what_its_disk_says() -> None:
    state = {"running": False, "terminal": "c-1", "epoch": 1, "journal": WELL["journal"]}
    head, journal = Told(language=EN).rows(state)
    assert (head.text, head.level) == ("not running", "fail")
    assert journal.name == "journal"


def test_terminal_that_waits_to_be_enrolled_says_for_how_long_it_listens() -> None:
    state = {
        "running": True,
        "enrolled": False,
        "terminal": None,
        "epoch": None,
        "enrolment": {"state": "armed", "ends_in_s": 840, "zh": "等待", "en": "show the code"},
        "lanes": [],
    }
    head, enrolment = Told(language=EN).rows(state)
    assert head.text == "not enrolled"
    assert enrolment.text == "show the code (14 minutes)"


def test_screens_are_told_by_their_address() -> None:
    (row,) = screen_rows({"kiosk-1": "http://127.0.0.1:7070/screen/kiosk-1"}, ZH)
    assert (row.name, row.text) == ("屏幕 kiosk-1", "http://127.0.0.1:7070/screen/kiosk-1")
