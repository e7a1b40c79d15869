"""A catalogue as the kiosk page loads it: some services with names, and several hundred more."""

from typing import Any

Members = dict[str, Any]

_TOPICS = [
    ("money", "社保与补贴", "Benefits and subsidies"),
    ("home", "住房公积金", "Housing fund"),
    ("card", "证件办理", "Cards and papers"),
    ("health", "医疗健康", "Health"),
    ("work", "就业创业", "Work"),
    ("school", "教育入学", "Schools"),
    ("car", "车辆与驾驶", "Vehicles"),
    ("family", "婚姻与生育", "Family"),
]
FURTHER = 300


def _service(name: str, topic: str, zh: str, en: str, **more: Any) -> Members:
    plain = {
        "id": name,
        "category": topic,
        "zh": zh,
        "en": en,
        "keywords": [],
        "needs_card": True,
        "ticket": False,
        "queue": None,
        "checklist": None,
        "subsidies": False,
        "what_zh": "",
        "what_en": "",
    }
    return plain | more


_NAMED = [
    _service(
        "fund-out",
        "home",
        "公积金提取",
        "Withdraw from the housing fund",
        keywords=["gjj", "gjjtq", "gongjijin", "公积金"],
        ticket=True,
        queue={"zh": "公积金窗口", "en": "Housing fund desk"},
        checklist="fund",
        what_zh="买房、租房、还贷时提取公积金",
        what_en="To buy, rent or pay off a home",
    ),
    _service(
        "allowance",
        "money",
        "高龄津贴",
        "Allowance for the elderly",
        keywords=["gljt", "gaoling"],
        subsidies=True,
        what_zh="查询和申请八十岁以上津贴",
        what_en="Ask about it or apply, from 80 years on",
    ),
    _service(
        "card-lost",
        "card",
        "市民卡挂失补办",
        "Replace a lost citizen card",
        keywords=["smk", "gs", "guashi"],
        needs_card=False,
        ticket=True,
        queue={"zh": "制卡窗口", "en": "Card desk"},
        checklist="card",
        what_zh="挂失旧卡，当场补办",
        what_en="Bar the old card and get a new one at once",
    ),
]

_FUND = {
    "title": {"zh": "公积金提取", "en": "Withdraw from the housing fund"},
    "start": "why",
    "questions": {
        "why": {
            "text": {"zh": "为什么提取？", "en": "What is it for?"},
            "answers": [
                {
                    "id": "buy",
                    "text": {"zh": "买房", "en": "To buy a home"},
                    "bring": ["id", "contract"],
                    "next": "married",
                },
                {
                    "id": "rent",
                    "text": {"zh": "租房", "en": "To rent a home"},
                    "bring": ["id", "lease"],
                    "next": "married",
                },
                {
                    "id": "retired",
                    "text": {"zh": "退休", "en": "I am retired"},
                    "bring": ["id", "pension"],
                    "next": None,
                },
            ],
        },
        "married": {
            "text": {"zh": "您结婚了吗？", "en": "Are you married?"},
            "answers": [
                {
                    "id": "yes",
                    "text": {"zh": "已婚", "en": "Yes"},
                    "bring": ["marriage"],
                    "next": None,
                },
                {"id": "no", "text": {"zh": "未婚", "en": "No"}, "bring": [], "next": None},
            ],
        },
    },
    "items": {
        "id": {
            "zh": "身份证原件",
            "en": "Identity card",
            "note": {"zh": "本人的", "en": "Your own, not a copy"},
        },
        "contract": {
            "zh": "购房合同",
            "en": "Purchase contract",
            "note": {"zh": "近一年内签的", "en": "Signed within the last year"},
        },
        "lease": {"zh": "租赁合同", "en": "Lease", "note": {"zh": "", "en": ""}},
        "pension": {"zh": "退休证", "en": "Pension card", "note": {"zh": "", "en": ""}},
        "marriage": {
            "zh": "结婚证",
            "en": "Marriage certificate",
            "note": {"zh": "复印件也可以", "en": "A copy will do"},
        },
    },
}

_CARD = {
    "title": {"zh": "补办市民卡", "en": "A new citizen card"},
    "start": "who",
    "questions": {
        "who": {
            "text": {"zh": "谁来办？", "en": "Who comes?"},
            "answers": [
                {"id": "self", "text": {"zh": "本人", "en": "I do"}, "bring": ["id"], "next": None},
                {
                    "id": "other",
                    "text": {"zh": "别人代办", "en": "Somebody for me"},
                    "bring": ["id", "letter"],
                    "next": None,
                },
            ],
        }
    },
    "items": {
        "id": {"zh": "身份证", "en": "Identity card", "note": {"zh": "", "en": ""}},
        "letter": {"zh": "委托书", "en": "Letter of authority", "note": {"zh": "", "en": ""}},
    },
}


def catalogue() -> Members:
    """Return a catalogue of FURTHER services and the named ones."""
    further = [
        _service(
            f"s{number}",
            _TOPICS[number % len(_TOPICS)][0],
            f"{_TOPICS[number % len(_TOPICS)][1]}事项{number:03}",
            f"{_TOPICS[number % len(_TOPICS)][2]}, matter {number:03}",
            keywords=[f"sx{number:03}"],
        )
        for number in range(FURTHER)
    ]
    return {
        "name": "civic",
        "version": 3,
        "issued_at": 1_790_000_000,
        "categories": [{"id": name, "zh": zh, "en": en} for name, zh, en in _TOPICS],
        "services": [*_NAMED, *further],
        "checklists": {"fund": _FUND, "card": _CARD},
    }
