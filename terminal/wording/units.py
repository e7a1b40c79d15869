"""Times, amounts and lists of names, as people say them."""

from collections.abc import Sequence

from protocol.profile_file.tables import WEEKDAYS
from verifier.profile import Hours, Phrase

_UNITS = ((86_400, "天", "d"), (3_600, "小时", "h"), (60, "分钟", "min"), (1, "秒", "s"))

_WEEKDAYS_ZH = "一二三四五六日"

# Digits behind the point of currencies that do not have two (ISO 4217).
_EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "JOD": 3}


def duration(seconds: int) -> Phrase:
    """Return a span of time in the largest unit that it is a whole number of."""
    for size, zh, en in _UNITS:
        if seconds and seconds % size == 0:
            return Phrase(zh=f" {seconds // size} {zh}", en=f"{seconds // size} {en}")
    return Phrase(zh=" 0 秒", en="0 s")


def clock_time(minutes: int) -> str:
    """Return minutes since midnight as hours and minutes."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def spans(hours: Sequence[Hours]) -> Phrase:
    """Return spans of the week; of one that goes past midnight, that it does."""
    told = [(each, f"{clock_time(each.from_min)}-{clock_time(each.to_min)}") for each in hours]
    names = list(WEEKDAYS.items())
    return Phrase(
        zh="；".join(
            f"周{'、'.join(_WEEKDAYS_ZH[n] for _, n in names if n in each.days)}"
            f" {when}{'（次日）' if each.to_min <= each.from_min else ''}"
            for each, when in told
        ),
        en="; ".join(
            f"{' '.join(name for name, n in names if n in each.days)}"
            f" {when}{' of the next day' if each.to_min <= each.from_min else ''}"
            for each, when in told
        ),
    )


def money(minor: int, currency: str) -> str:
    """Return an amount in minor units as people write it: 1250 of CNY is "12.50 CNY"."""
    digits = _EXPONENTS.get(currency, 2)
    if not digits:
        return f"{minor} {currency}"
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}} {currency}"


def joined(names: Sequence[str]) -> tuple[str, str]:
    """Return names in a row, in Chinese and in English."""
    return "、".join(names), ", ".join(names)
