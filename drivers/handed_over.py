"""Whether what a driver hands over is what it should be: for drivers that others make."""

from collections.abc import Callable

from drivers.base import (
    PAYLOAD_BYTES_MAX,
    Condition,
    Contact,
    ContactEvent,
    DeviceReport,
    ScannedCode,
)

# A code that was read longer ago, or will be read in the future, is of another clock.
CODE_AGE_MS_MAX = 10_000

COMPANIONS_MAX = 7
ENGINE_CHARACTERS_MAX = 32


def code_fault(given: object, now_ms: int) -> str:
    """Return why `given` is no code that was just scanned; empty: it is one."""
    if type(given) is not ScannedCode:
        return f"a {type(given).__name__} and no ScannedCode"
    return next((words for holds, words in _CODE if not holds(given, now_ms)), "")


def contact_fault(given: object, now_ms: int) -> str:
    """Return why `given` is nothing that a contact just did; empty: it is."""
    if type(given) is not ContactEvent:
        return f"a {type(given).__name__} and no ContactEvent"
    if type(given.contact) is not Contact or type(given.is_active) is not bool:
        return "a contact or a state that is none"
    if not _is_whole(given.at_ms) or not now_ms - CODE_AGE_MS_MAX <= given.at_ms <= now_ms:
        return "a time that is not of the monotonic_ms it was given"
    return ""


def report_fault(given: object) -> str:
    """Return why `given` is no report; empty: it is one."""
    if type(given) is not DeviceReport:
        return f"a {type(given).__name__} and no DeviceReport"
    if type(given.condition) is not Condition:
        return "a condition that is none"
    if type(given.device) is not str or type(given.detail) is not str:
        return "a device or a detail that is no text"
    if given.condition is Condition.DOWN and not given.detail:
        return "DOWN without a word of why"
    return ""


def _is_payload(value: object) -> bool:
    return type(value) is bytes and 0 < len(value) <= PAYLOAD_BYTES_MAX


def _is_text(value: object, longest: int) -> bool:
    return type(value) is str and 0 < len(value) <= longest and value.isprintable()


def _is_whole(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_now(code: ScannedCode, now_ms: int) -> bool:
    if not (_is_whole(code.seen_ms) and _is_whole(code.read_ms)):
        return False
    return now_ms - CODE_AGE_MS_MAX <= code.read_ms <= now_ms and code.seen_ms <= code.read_ms


def _has_companions(code: ScannedCode, _now_ms: int) -> bool:
    given: object = code.companions
    if not isinstance(given, tuple) or len(given) > COMPANIONS_MAX:
        return False
    return all(_is_payload(each) for each in given)


# What a code must hold to be one; types are looked at too, for nobody else does.
_CODE: tuple[tuple[Callable[[ScannedCode, int], bool], str], ...] = (
    (
        lambda code, _: _is_payload(code.payload),
        f"a payload that is not 1 to {PAYLOAD_BYTES_MAX} octets of bytes",
    ),
    (lambda code, _: _is_text(code.engine, ENGINE_CHARACTERS_MAX), "an engine that is no name"),
    (_is_now, "times that are not those of the monotonic_ms it was given"),
    (
        lambda code, _: code.showing is None or _is_whole(code.showing),
        "a showing that is no number",
    ),
    (_has_companions, f"companions that are no tuple of at most {COMPANIONS_MAX} payloads"),
)
