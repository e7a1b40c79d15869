"""What a profile that sells means, in sentences."""

from collections.abc import Iterator

from protocol.profile_file.tables import CARD_TYPES
from terminal.wording.units import duration, joined, money, spans
from verifier.model import Verdict
from verifier.profile import (
    AmountFrom,
    Concession,
    Fund,
    Limits,
    Money,
    Online,
    Phrase,
    Profile,
    Tariff,
)

_FUNDS = {
    Fund.INSURED_ACCOUNT: Phrase(zh="医保账户", en="the insured account"),
    Fund.PAY_LATER: Phrase(zh="后付费", en="what is paid later"),
    Fund.PURSE: Phrase(zh="电子钱包", en="the purse"),
}


def money_sentences(profile: Profile) -> Iterator[Phrase]:
    """Yield what a sale costs and may be; nothing where nothing is sold."""
    if profile.money is None:
        return
    sold = profile.money
    fund, most = _FUNDS[sold.fund], money(sold.amount_max_minor, sold.currency)
    yield Phrase(
        zh=f"从{fund.zh}支付，每笔至多 {most}。",
        en=f"A sale is paid from {fund.en}, {most} at most.",
    )
    if sold.amount_from is AmountFrom.REQUEST:
        yield Phrase(zh="金额由请求写明。", en="Each request says the amount.")
    if profile.tariff is not None:
        yield from _tariff(profile.tariff, sold)
    if profile.limits is not None:
        yield from _limits(profile.limits, sold)


def _tariff(tariff: Tariff, sold: Money) -> Iterator[Phrase]:
    base = money(tariff.base_minor, sold.currency)
    if not tariff.unit_s:
        yield Phrase(zh=f"每次 {base}。", en=f"A use costs {base}.")
    else:
        unit, each = duration(tariff.unit_s), money(tariff.unit_minor, sold.currency)
        free = duration(tariff.free_s)
        yield Phrase(
            zh=f"基本费 {base}，入场后每{unit.zh}加 {each}；停留不超过{free.zh}免费，超过则从入场算起。",
            en=f"It costs {base}, and {each} for each {unit.en} begun since entry; up to {free.en}"
            " nothing is due, past that the whole stay counts.",
        )
    if tariff.day_max_minor is not None:
        most = money(tariff.day_max_minor, sold.currency)
        yield Phrase(zh=f"每 24 小时至多 {most}。", en=f"No 24 hours cost more than {most}.")
    yield from (_concession(each) for each in tariff.concessions)


def _concession(concession: Concession) -> Phrase:
    names = [name for name, bit in CARD_TYPES.items() if concession.card_types & bit]
    zh, en = joined(names) if names else ("所有卡", "every card")
    when = spans(concession.hours)
    zh, en = (f"{zh}（{when.zh}）", f"{en} ({when.en})") if concession.hours else (zh, en)
    return Phrase(
        zh=f"{zh}：付价格的 {concession.percent}%。",
        en=f"For {en}: {concession.percent} % of the price.",
    )


def _limits(limits: Limits, sold: Money) -> Iterator[Phrase]:
    if limits.online is Online.ALWAYS:
        yield Phrase(zh="每笔都须中心批准。", en="The centre must approve every sale.")
    elif limits.online is Online.NEVER:
        yield Phrase(zh="从不询问中心。", en="The centre is never asked.")
    else:
        yield from _asking(limits, sold)
    if limits.online is not Online.ALWAYS:
        yield from _refusing(limits, sold)
    if limits.online is not Online.NEVER:
        denied = limits.unreachable is Verdict.DENY
        yield Phrase(
            zh=f"中心 {limits.approval_ms} 毫秒内没有答复：{'拒绝' if denied else '转工作人员'}。",
            en=f"A sale that needs its word and gets none within {limits.approval_ms} ms is"
            f" {'denied' if denied else 'referred to the attendant'}.",
        )


def _asking(limits: Limits, sold: Money) -> Iterator[Phrase]:
    floor = money(limits.floor_minor, sold.currency)
    yield Phrase(zh=f"超过 {floor} 的每笔询问中心。", en=f"A sale above {floor} asks the centre.")
    if limits.lower_count is not None:
        yield Phrase(
            zh=f"一张卡满 {limits.lower_count} 次后询问中心。",
            en=f"After {limits.lower_count} sales of a card the centre is asked.",
        )
    if limits.lower_sum_minor is not None:
        lower = money(limits.lower_sum_minor, sold.currency)
        yield Phrase(
            zh=f"一张卡累计超过 {lower} 后询问中心。",
            en=f"Past {lower} of a card the centre is asked.",
        )
    if limits.random_per_mille:
        yield Phrase(
            zh=f"每千笔随机抽取 {limits.random_per_mille} 笔询问中心。",
            en=f"Of a thousand other sales {limits.random_per_mille}, drawn by chance, ask it too.",
        )


def _refusing(limits: Limits, sold: Money) -> Iterator[Phrase]:
    if limits.upper_count is not None:
        yield Phrase(
            zh=f"没有中心批准，一张卡至多 {limits.upper_count} 次。",
            en=f"Without its word a card has {limits.upper_count} sales at most.",
        )
    if limits.upper_sum_minor is not None:
        upper = money(limits.upper_sum_minor, sold.currency)
        yield Phrase(
            zh=f"没有中心批准，一张卡累计至多 {upper}。",
            en=f"Without its word a card spends {upper} at most.",
        )
    if limits.velocity_count is not None:
        span = duration(limits.velocity_window_s)
        yield Phrase(
            zh=f"一张卡在{span.zh}内至多 {limits.velocity_count} 次。",
            en=f"A card has {limits.velocity_count} sales within {span.en} at most.",
        )
    if limits.exposure_minor is not None:
        exposure = money(limits.exposure_minor, sold.currency)
        yield Phrase(
            zh=f"未同步前，本终端离线受理至多 {exposure}。",
            en=f"Until it syncs, the terminal grants {exposure} offline at most.",
        )
    yield Phrase(
        zh=f"列表变旧时，以上限额降为 {limits.stale_percent}%。",
        en=f"While a list is stale, these limits shrink to {limits.stale_percent} %.",
    )
