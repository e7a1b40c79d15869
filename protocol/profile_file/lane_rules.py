"""What contradicts itself in how a lane is kept, and what is only unwise."""

from protocol.profile_file.rule import Rule
from verifier.model import Verdict
from verifier.profile import (
    Again,
    AmountFrom,
    Binding,
    ConsumeOn,
    Direction,
    EntryType,
    Passback,
    Profile,
)

# What happens at a desk: nobody passes there.
_AT_A_DESK = frozenset(
    {EntryType.QUERY, EntryType.REGISTRATION, EntryType.LOAN, EntryType.RATING, EntryType.APPEAL}
)


def _refers(profile: Profile) -> bool:
    rules = (profile.static, profile.status_unknown, profile.status_expired, profile.keys_expired)
    return Verdict.REFER in (*rules, profile.clock_untrusted, profile.outside_hours)


LANE_RULES = (
    Rule(
        keys=("status_limits",),
        path="status_limits.soft_s",
        is_broken=lambda p: p.status_limits.soft_s > p.status_limits.hard_s,
        en="is above hard_s: a list would expire before it is stale",
        zh="大于 hard_s：列表还没变旧就过期了",
    ),
    Rule(
        keys=("keys_limits",),
        path="keys_limits.soft_s",
        is_broken=lambda p: p.keys_limits.soft_s > p.keys_limits.hard_s,
        en="is above hard_s: a list would expire before it is stale",
        zh="大于 hard_s：列表还没变旧就过期了",
    ),
    Rule(
        keys=("passback", "direction"),
        path="passback",
        is_broken=lambda p: p.passback is not Passback.OFF and p.direction is Direction.BOTH,
        en='needs a direction, "in" or "out"',
        zh='需要方向 direction："in" 或 "out"',
    ),
    Rule(
        keys=("passback", "passback_s"),
        path="passback_s",
        is_broken=lambda p: p.passback is Passback.OFF and p.passback_s > 0,
        en='has no use while passback is "off"',
        zh='passback 为 "off" 时没有用处',
    ),
    Rule(
        keys=("again", "again_s"),
        path="again",
        is_broken=lambda p: p.again is Again.FREE and p.again_s == 0,
        en='is "free", and again_s says for how long: write it',
        zh='为 "free"，须用 again_s 写明时限',
    ),
    Rule(
        keys=("again", "consume_on"),
        path="again",
        is_broken=lambda p: p.again is Again.FREE and p.consume_on is ConsumeOn.PASSAGE,
        en='is "free", and consume_on is "passage": who pays at one lane and passes at another has'
        ' the first taken back, and paid at none; write consume_on = "grant"',
        zh='为 "free"，而 consume_on 为 "passage"：在一条通道付费、从另一条通过，付费会被撤销，'
        '等于没付；写 consume_on = "grant"',
    ),
    Rule(
        keys=("again", "money"),
        path="again",
        is_broken=lambda p: (
            p.again is Again.FREE
            and p.money is not None
            and p.money.amount_from is AmountFrom.REQUEST
        ),
        en='is "free", and a program says what is due: its next sale to the same card would cost'
        ' nothing; write "deny", or take again_s out',
        zh='为 "free"，而金额由程序给出：同一张卡的下一笔就不收钱了；写 "deny"，或删去 again_s',
    ),
    Rule(
        keys=("attended", "attendants"),
        path="attendants",
        is_broken=lambda p: bool(p.attendants) and not p.attended,
        en="are named, and attended is false: write true, or take them out",
        zh="已列出，但 attended 为 false：改为 true，或删去",
    ),
    Rule(
        keys=("consume_on", "entry_type"),
        path="consume_on",
        is_broken=lambda p: p.consume_on is ConsumeOn.PASSAGE and p.entry_type in _AT_A_DESK,
        en='is "passage", and with this entry_type nobody passes: write "grant"',
        zh='为 "passage"，但此 entry_type 没有人通行：改为 "grant"',
    ),
    Rule(
        keys=("consume_on", "open_ms"),
        path="open_ms",
        is_broken=lambda p: p.consume_on is ConsumeOn.PASSAGE and p.open_ms == 0,
        en='is 0, and consume_on is "passage": nobody could pass in time',
        zh='为 0，而 consume_on 为 "passage"：没有人来得及通行',
    ),
    Rule(
        keys=("consume_on", "open_ms", "gate_pulse_ms"),
        path="gate_pulse_ms",
        is_broken=lambda p: p.consume_on is ConsumeOn.PASSAGE and 0 < p.open_ms < p.gate_pulse_ms,
        en='is above open_ms, and consume_on is "passage": the gate would stand open when the grant'
        " is taken back already",
        zh='大于 open_ms，而 consume_on 为 "passage"：授权已撤销时闸门仍开着',
    ),
    Rule(
        keys=("reference", "asked", "money"),
        path="reference",
        is_broken=lambda p: p.reference is Binding.REQUIRED and not p.is_asked,
        en='is "required", and this lane takes no requests: write asked = true',
        zh='为 "required"，但此通道不受理请求：写 asked = true',
    ),
)

# Who walks takes longer to go through; whoever writes less has taken milliseconds for seconds.
_PASSAGE_MS_MIN = 1_000

# The longest pulse that a relay is given, whatever a profile says (drivers/outputs.py).
_PULSE_MS_MAX = 10_000

ADVICE = (
    Rule(
        keys=(),
        path="gate_pulse_ms",
        is_broken=lambda p: p.gate_pulse_ms > _PULSE_MS_MAX,
        en="is above 10 s, and no gate is held longer but in an emergency",
        zh="超过 10 秒；除紧急情况外，闸门不会保持更久",
    ),
    Rule(
        keys=(),
        path="open_ms",
        is_broken=lambda p: p.consume_on is ConsumeOn.PASSAGE and p.open_ms < _PASSAGE_MS_MIN,
        en="is below a second: who does not go through within it is annulled (3 s: 3000)",
        zh="不到一秒：在此之内没有通过就撤销（3 秒写 3000）",
    ),
    Rule(
        keys=(),
        path="attended",
        is_broken=lambda p: not p.attended and _refers(p),
        en='is false, and some rules say "refer": holders will be told to wait for nobody; think of'
        ' "deny"',
        zh='为 false，但有的规则为 "refer"：持有人会白等，可考虑 "deny"',
    ),
    Rule(
        keys=(),
        path="challenge",
        is_broken=lambda p: (
            p.money is not None and not p.attended and p.challenge is not Binding.REQUIRED
        ),
        en='is not "required", though nobody watches a lane that moves money: a code could be'
        " relayed to it",
        zh='不是 "required"，而这是无人值守的收付通道：码可能被转发冒用',
    ),
    Rule(
        keys=(),
        path="static",
        is_broken=lambda p: p.money is not None and p.static is Verdict.GRANT,
        en='is "grant" where money moves: whoever holds a copy of a printed card spends it',
        zh='为 "grant" 而涉及收付：拿到实体卡复印件的人也能花费',
    ),
)
