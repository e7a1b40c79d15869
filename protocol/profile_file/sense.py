"""What contradicts itself in a profile whose every value is in form, and what is only unwise."""

from collections.abc import Iterable

from protocol.profile_file.faults import Fault
from protocol.profile_file.lane_rules import ADVICE, LANE_RULES
from protocol.profile_file.money_rules import MONEY_ADVICE, MONEY_RULES
from protocol.profile_file.rule import Rule
from verifier.profile import Profile


def contradictions(profile: Profile, *, without: Iterable[str] = ()) -> list[Fault]:
    """Return what contradicts itself; rules on the keys in `without`, which are faulty, are left."""
    return _broken((*LANE_RULES, *MONEY_RULES), profile, without)


def advice(profile: Profile) -> list[Fault]:
    """Return what is in form and makes sense, and should be thought about once more."""
    return _broken((*ADVICE, *MONEY_ADVICE), profile, ())


def _broken(rules: Iterable[Rule], profile: Profile, without: Iterable[str]) -> list[Fault]:
    faulty = set(without)
    return [
        rule.fault for rule in rules if faulty.isdisjoint(rule.keys) and rule.is_broken(profile)
    ]
