"""What a profile means, in sentences: for who writes it, and who must answer for it."""

from collections.abc import Iterator

from protocol.profile_file.tables import CARD_TYPES
from terminal.wording.explaining_money import money_sentences
from terminal.wording.units import duration, joined, spans
from verifier.model import FreshnessLimits, Verdict
from verifier.profile import (
    Again,
    Binding,
    CardsInView,
    ConsumeOn,
    Direction,
    EntryType,
    Passback,
    Phrase,
    Profile,
)

_ENTRIES = {
    EntryType.PASSAGE: Phrase(zh="放人通行。", en="It lets people through."),
    EntryType.SALE: Phrase(zh="办理收付。", en="It sells."),
    EntryType.REGISTRATION: Phrase(zh="办理登记。", en="It registers people."),
    EntryType.LOAN: Phrase(zh="办理借还。", en="It notes what is lent or brought back."),
    EntryType.PARKING_IN: Phrase(zh="放车入场。", en="It lets vehicles in."),
    EntryType.PARKING_OUT: Phrase(zh="放车离场。", en="It lets vehicles out."),
    EntryType.TICKET: Phrase(zh="发放号票。", en="It gives out queue tickets."),
    EntryType.QUERY: Phrase(zh="核验身份和资格。", en="It says who is entitled."),
    EntryType.RATING: Phrase(zh="接受评价。", en="It takes ratings."),
    EntryType.APPEAL: Phrase(zh="接受申诉。", en="It takes appeals."),
}
_VERDICTS = {
    Verdict.GRANT: Phrase(zh="放行", en="granted"),
    Verdict.REFER: Phrase(zh="转工作人员", en="referred to the attendant"),
    Verdict.DENY: Phrase(zh="拒绝", en="denied"),
}
_PASSBACKS = {Passback.REFER: Verdict.REFER, Passback.DENY: Verdict.DENY}


def sentences(profile: Profile) -> Iterator[Phrase]:
    """Yield what `profile` means, what matters most first."""
    if profile.entry_type in _ENTRIES:
        yield _ENTRIES[profile.entry_type]
    yield from _who(profile)
    yield from _when(profile)
    yield from _where(profile)
    yield from _asked(profile)
    yield from money_sentences(profile)
    yield from _again(profile)
    yield from _doubts(profile)
    yield from _people(profile)


def _say(zh: str, en: str) -> Phrase:
    return Phrase(zh=zh.strip(), en=en)


def _who(profile: Profile) -> Iterator[Phrase]:
    formats = ", ".join(profile.formats)
    yield _say(f"读取的码：{formats}。", f"It reads codes of {formats}.")
    if profile.capability is not None:
        name = str(profile.capability.name).lower().replace("_", "-")
        yield _say(f"卡上须有用途 {name}。", f"The card must carry {name}.")
    if profile.card_types:
        names = [name for name, bit in CARD_TYPES.items() if profile.card_types & bit]
        zh, en = joined(names)
        yield _say(f"只供这些类型的卡：{zh}。", f"It is for cards of these types alone: {en}.")


def _when(profile: Profile) -> Iterator[Phrase]:
    east = profile.utc_offset_min or 0
    zone = f"UTC{'-' if east < 0 else '+'}{abs(east) // 60}:{abs(east) % 60:02}"
    if profile.hours:
        told = spans(profile.hours)
        yield _say(f"开放时间（{zone}）：{told.zh}。", f"It is open ({zone}): {told.en}.")
    if profile.closed_on:
        days = ", ".join(profile.closed_on)
        yield _say(f"不开放的日期：{days}。", f"It is closed on {days}.")
    if profile.hours or profile.closed_on:
        then = _VERDICTS[profile.outside_hours]
        yield _say(f"其余时间出示的卡：{then.zh}。", f"At other times a card is {then.en}.")


def _where(profile: Profile) -> Iterator[Phrase]:
    zone = profile.zone_name
    match profile.direction:
        case Direction.IN:
            yield _say(f"通向区域 {zone} 之内。", f"It leads into the zone {zone}.")
        case Direction.OUT:
            yield _say(f"通向区域 {zone} 之外。", f"It leads out of the zone {zone}.")
        case Direction.BOTH:
            pass
    if profile.passback in _PASSBACKS:
        told = _VERDICTS[_PASSBACKS[profile.passback]]
        span = duration(profile.passback_s)
        zh = f"{span.zh}内" if profile.passback_s else "反向通行之前"
        en = f"within {span.en}" if profile.passback_s else "before it went the other way"
        yield _say(
            f"{zh}再次同向通行的卡：{told.zh}。",
            f"A card that goes the same way again {en} is {told.en}.",
        )
    if profile.direction is Direction.OUT and _asks_for_entry(profile):
        told = _VERDICTS[profile.entry_unknown]
        yield _say(
            f"没有入场记录的卡：{told.zh}。",
            f"A card that is not known to have come in is {told.en}.",
        )


def _asks_for_entry(profile: Profile) -> bool:
    by_time = profile.tariff is not None and profile.tariff.unit_s > 0
    return by_time or profile.passback is not Passback.OFF


def _asked(profile: Profile) -> Iterator[Phrase]:
    if profile.is_asked:
        yield _say(
            "只受理程序发起的请求；没有请求时不作决定。",
            "It decides only what a program asks for; while nothing is asked, nothing.",
        )
    if profile.reference is Binding.REQUIRED:
        yield _say("请求须写明事由编号。", "A request must name what it is for.")


def _again(profile: Profile) -> Iterator[Phrase]:
    if profile.again_s:
        span = duration(profile.again_s)
        free = profile.again is Again.FREE
        yield _say(
            f"同一人在{span.zh}内再次扫码：{'免费放行' if free else '拒绝'}。",
            f"The same holder again within {span.en} is {'granted at no charge' if free else 'denied'}.",
        )


def _doubts(profile: Profile) -> Iterator[Phrase]:
    printed, window = _VERDICTS[profile.static], duration(profile.static_window_s)
    if profile.static is Verdict.DENY or not profile.static_window_s:
        yield _say(f"实体卡：{printed.zh}。", f"A printed card is {printed.en}.")
    else:
        yield _say(
            f"实体卡：{printed.zh}；同一张卡{window.zh}内不能再用。",
            f"A printed card is {printed.en}; the same one is denied for {window.en} after.",
        )
    if profile.audience is Binding.REQUIRED:
        yield _say("码须为本通道生成。", "A code must be drawn for this very lane.")
    if profile.challenge is Binding.REQUIRED:
        yield _say("码须回应本通道显示的口令。", "A code must answer what this lane shows.")
    yield _lists("状态表", "the status list", profile.status_limits, profile.status_expired)
    yield _lists("密钥列表", "the key list", profile.keys_limits, profile.keys_expired)
    unknown, clock = _VERDICTS[profile.status_unknown], _VERDICTS[profile.clock_untrusted]
    yield _say(
        f"没有状态表的卡：{unknown.zh}。", f"A card whose status list is not held is {unknown.en}."
    )
    yield _say(
        f"时钟不可信时：{clock.zh}。", f"While the clock is not trusted, a card is {clock.en}."
    )


def _lists(zh: str, en: str, limits: FreshnessLimits, expired: Verdict) -> Phrase:
    soft, hard, told = duration(limits.soft_s), duration(limits.hard_s), _VERDICTS[expired]
    return _say(
        f"{zh}超过{soft.zh}算旧，超过{hard.zh}算过期；过期时：{told.zh}。",
        f"Past {soft.en} {en} is stale, past {hard.en} expired; then a card is {told.en}.",
    )


def _people(profile: Profile) -> Iterator[Phrase]:
    if profile.cards_in_view is CardsInView.ANY:
        yield _say("可以同时出示几个人的码。", "Codes of several holders may be in view.")
    if not profile.attended:
        yield _say("无人值守。", "Nobody attends to it.")
    if profile.attendants:
        count, span = len(profile.attendants), duration(profile.override_s)
        yield _say(
            f"{count} 位值班员可用本人动态码放行，须在{span.zh}内，每小时至多 {profile.overrides_per_hour_max} 次。",
            f"{count} attendants may override with a dynamic code of their own, within {span.en},"
            f" {profile.overrides_per_hour_max} times an hour at most.",
        )
    if profile.consume_on is ConsumeOn.PASSAGE:
        yield _say(
            f"通过后才算数；{profile.open_ms / 1000:g} 秒内没有通过则撤销。",
            f"A grant counts when somebody passes; after {profile.open_ms / 1000:g} s without,"
            " it is annulled.",
        )
