"""What contradicts itself where money moves: limits, amounts, tariffs."""

from collections.abc import Callable

from protocol.profile_file.rule import Rule
from verifier.limits import CardStanding, Way, weigh_unreachable
from verifier.model import Verdict
from verifier.profile import (
    AmountFrom,
    Direction,
    EntryType,
    Limits,
    Money,
    Online,
    Profile,
    Tariff,
)

_WITHOUT_PRICE = frozenset({EntryType.QUERY, EntryType.RATING, EntryType.APPEAL})


def _above(lower: int | None, upper: int | None) -> bool:
    return lower is not None and upper is not None and lower > upper


def _of_limits(is_broken: Callable[[Limits], bool]) -> Callable[[Profile], bool]:
    return lambda profile: profile.limits is not None and is_broken(profile.limits)


def _of_tariff(is_broken: Callable[[Tariff], bool]) -> Callable[[Profile], bool]:
    return lambda profile: profile.tariff is not None and is_broken(profile.tariff)


def _of_money(is_broken: Callable[[Money], bool]) -> Callable[[Profile], bool]:
    return lambda profile: profile.money is not None and is_broken(profile.money)


def _grants_offline(limits: Limits) -> bool:
    return limits.online is not Online.ALWAYS and limits.floor_minor > 0


def _is_unbounded(limits: Limits) -> bool:
    return limits.upper_count is None and limits.upper_sum_minor is None


def _has_random_and_never(limits: Limits) -> bool:
    asks = limits.random_per_mille or limits.lower_count is not None
    return limits.online is Online.NEVER and bool(asks or limits.lower_sum_minor is not None)


def _has_local_concession(profile: Profile) -> bool:
    concessions = () if profile.tariff is None else profile.tariff.concessions
    return profile.utc_offset_min is None and any(each.hours for each in concessions)


def _is_beyond_reach(profile: Profile) -> bool:
    money, tariff = profile.money, profile.tariff
    return money is not None and tariff is not None and tariff.base_minor > money.amount_max_minor


def _is_sold_alone(profile: Profile, *, is_stale: bool) -> bool:
    """Return whether a card's first sale at a fixed price is granted without the centre."""
    tariff, limits = profile.tariff, profile.limits
    if tariff is None or limits is None or tariff.unit_s or not _grants_offline(limits):
        return True  # of the price nothing is known, or it is meant so
    weighed = weigh_unreachable(tariff.base_minor, CardStanding(), limits, is_stale=is_stale)
    return weighed.way is Way.OFFLINE


def _has_useless_tariff(profile: Profile) -> bool:
    return profile.tariff is not None and _of_money(
        lambda money: money.amount_from is AmountFrom.REQUEST
    )(profile)


MONEY_ADVICE = (
    Rule(
        keys=(),
        path="utc_offset_min",
        is_broken=lambda p: p.money is not None and p.utc_offset_min is None,
        en="is missing: the day's totals would end at midnight UTC, which is 8 in the morning in"
        " China (480)",
        zh="缺少此项：日合计将按 UTC 零点截止，即北京时间早上 8 点（中国写 480）",
    ),
    Rule(
        keys=(),
        path="limits",
        is_broken=lambda p: not _is_sold_alone(p, is_stale=False),
        en="allow no sale at the tariff's price without the centre: floor_minor, a count or a sum"
        " is below it",
        zh="使得没有中心就无法按 tariff 的价格成交：floor_minor、次数或金额的上限低于一笔",
    ),
    Rule(
        keys=(),
        path="limits.stale_percent",
        is_broken=lambda p: (
            _is_sold_alone(p, is_stale=False) and not _is_sold_alone(p, is_stale=True)
        ),
        en="leaves less than one sale at the tariff's price: past status_limits.soft_s without a"
        " network nothing is sold. Raise floor_minor, the counts and sums, or this",
        zh="使限额不足一笔：断网超过 status_limits.soft_s 后无法成交。请提高 floor_minor、"
        "次数和金额的上限，或此项",
    ),
)

MONEY_RULES = (
    Rule(
        keys=("money",),
        path="money.currency",
        is_broken=_of_money(lambda money: money.currency == "RMB"),
        en='is no code of ISO 4217: write "CNY"',
        zh='不是 ISO 4217 代码：写 "CNY"',
    ),
    Rule(
        keys=("limits",),
        path="limits.lower_count",
        is_broken=_of_limits(lambda each: _above(each.lower_count, each.upper_count)),
        en="is above upper_count: the centre would be asked only after all is refused",
        zh="大于 upper_count：还没询问中心就全部拒绝了",
    ),
    Rule(
        keys=("limits",),
        path="limits.lower_sum_minor",
        is_broken=_of_limits(lambda each: _above(each.lower_sum_minor, each.upper_sum_minor)),
        en="is above upper_sum_minor: the centre would be asked only after all is refused",
        zh="大于 upper_sum_minor：还没询问中心就全部拒绝了",
    ),
    Rule(
        keys=("limits",),
        path="limits.velocity_count",
        is_broken=_of_limits(
            lambda each: (each.velocity_count is None) != (each.velocity_window_s == 0)
        ),
        en="and velocity_window_s go together: write both, or neither",
        zh="与 velocity_window_s 须同时写或都不写",
    ),
    Rule(
        keys=("limits",),
        path="limits.online",
        is_broken=_of_limits(_has_random_and_never),
        en='is "never", yet a lower limit or random_per_mille says to ask: take them out, or write'
        ' "when-needed"',
        zh='为 "never"，但下限或 random_per_mille 要求询问中心：删去它们，或写 "when-needed"',
    ),
    Rule(
        keys=("limits",),
        path="limits.exposure_minor",
        is_broken=_of_limits(lambda e: _grants_offline(e) and e.exposure_minor is None),
        en="is missing: what the terminal may grant offline in all must have an end",
        zh="缺少此项：终端离线受理的总额须有上限",
    ),
    Rule(
        keys=("limits",),
        path="limits.upper_sum_minor",
        is_broken=_of_limits(lambda e: _grants_offline(e) and _is_unbounded(e)),
        en="or upper_count is missing: what one card may spend offline must have an end",
        zh="或 upper_count 缺少：一张卡离线使用须有上限",
    ),
    Rule(
        keys=("limits", "attended"),
        path="limits.unreachable",
        is_broken=lambda p: (
            not p.attended and _of_limits(lambda each: each.unreachable is Verdict.REFER)(p)
        ),
        en='is "refer", and attended is false: nobody is there to decide',
        zh='为 "refer"，但 attended 为 false：没有人来处理',
    ),
    Rule(
        keys=("money", "tariff"),
        path="money.amount_from",
        is_broken=lambda p: (
            p.tariff is None and _of_money(lambda money: money.amount_from is AmountFrom.TARIFF)(p)
        ),
        en='is "tariff", and there is none: write the table tariff, or "request"',
        zh='为 "tariff"，但没有 tariff 表：补上，或写 "request"',
    ),
    Rule(
        keys=("money", "tariff"),
        path="tariff",
        is_broken=_has_useless_tariff,
        en='is never used: money.amount_from is "request"',
        zh='用不到：money.amount_from 为 "request"',
    ),
    Rule(
        keys=("money", "tariff"),
        path="money.amount_max_minor",
        is_broken=_is_beyond_reach,
        en="is below tariff.base_minor: every sale would be refused",
        zh="小于 tariff.base_minor：每笔都会被拒绝",
    ),
    Rule(
        keys=("money", "entry_type"),
        path="money",
        is_broken=lambda p: p.money is not None and p.entry_type in _WITHOUT_PRICE,
        en="does not go with this entry_type, which sells nothing",
        zh="与此 entry_type 不符：它不涉及收付",
    ),
    Rule(
        keys=("tariff",),
        path="tariff.unit_s",
        is_broken=_of_tariff(lambda each: (each.unit_s == 0) != (each.unit_minor == 0)),
        en="and unit_minor go together: write both, or neither",
        zh="与 unit_minor 须同时写或都不写",
    ),
    Rule(
        keys=("tariff",),
        path="tariff.free_s",
        is_broken=_of_tariff(
            lambda e: not e.unit_s and (e.free_s > 0 or e.day_max_minor is not None)
        ),
        en="or day_max_minor is for a price by time, and unit_s is missing",
        zh="或 day_max_minor 只用于按时计费，但缺少 unit_s",
    ),
    Rule(
        keys=("tariff", "direction"),
        path="direction",
        is_broken=lambda p: (
            p.direction is not Direction.OUT and _of_tariff(lambda each: each.unit_s > 0)(p)
        ),
        en='must be "out": the price counts the time since entry',
        zh='应为 "out"：价格按入场以来的时间计算',
    ),
    Rule(
        keys=("tariff", "utc_offset_min"),
        path="utc_offset_min",
        is_broken=_has_local_concession,
        en="is missing: a concession has hours",
        zh="缺少此项：有优惠规定了时段",
    ),
)
