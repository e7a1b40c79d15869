"""Ages and the terminal's own words, in both languages. Pure."""

from collections.abc import Mapping

from terminal.diagnosis.words import Language

_UNITS = (
    (86_400, {Language.EN: ("day", "days"), Language.ZH: ("天", "天")}),
    (3_600, {Language.EN: ("hour", "hours"), Language.ZH: ("小时", "小时")}),
    (60, {Language.EN: ("minute", "minutes"), Language.ZH: ("分钟", "分钟")}),
    (1, {Language.EN: ("second", "seconds"), Language.ZH: ("秒", "秒")}),
)

# What the daemon's report says in words of its own; English shows them as they are, for scripts.
_ZH: Mapping[str, str] = {
    "idle": "空闲",
    "deciding": "正在判断",
    "open": "已放行",
    "awaiting-passage": "等待通过",
    "referred": "等工作人员",
    "attending": "工作人员处理中",
    "showing": "显示结果",
    "held-open": "紧急常开",
    "out-of-service": "停止服务",
    "starting": "启动中",
    "up": "正常",
    "down": "故障",
    "fresh": "新",
    "stale": "旧",
    "expired": "过期",
    "working": "正常",
    "backing-off": "稍后重试",
    "refused": "被中心拒绝",
    "halted": "历史不一致",
    "trusted": "可信",
    "untrusted": "不可信",
    "scanner": "扫码器",
    "gate": "闸门",
    "answers": "应答线",
    "contacts": "触点",
    "indicator": "指示",
    "printer": "打印机",
    "keys": "密钥",
    "status": "状态表",
}


def said(word: str, language: Language) -> str:
    """Return a word of the report in a language; one that is not known stays as it is."""
    return _ZH.get(word, word) if language is Language.ZH else word


def age(seconds: int, language: Language) -> str:
    """Return a time in words, its two largest units: "2 hours 5 minutes", "3 天 4 小时"."""
    left, parts = max(0, seconds), list[str]()
    for size, names in _UNITS:
        count, left = divmod(left, size)
        if count:
            one, many = names[language]
            parts.append(f"{count} {one if count == 1 else many}")
        elif parts:
            break  # "2 hours" and not "2 hours 3 seconds"
    if not parts:
        return {Language.EN: "just now", Language.ZH: "刚刚"}[language]
    return " ".join(parts[:2])
