"""The words for each reason, and a profile's own in their place."""

import functools
import tomllib
from dataclasses import dataclass
from importlib.resources import files

from verifier.model import Verdict
from verifier.profile import Phrase, Texts
from verifier.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What each person is told of one reason (docs/reasons.md)."""

    holder_zh: str  # what to do next; never which check failed
    holder_en: str
    attendant_zh: str  # what to look at
    attendant_en: str
    technician_zh: str  # cause and remedy
    technician_en: str


# What a holder hears who is granted, and while nothing is shown, where the profile says nothing.
_GRANTED = Phrase(zh="请通行。", en="Please go on.")
_IDLE = Phrase(zh="请出示市民码。", en="Please show your citizen code.")
_NO_TEXTS = Texts()


def words_for(reason: Reason) -> Words:
    """Return what is told of `reason`."""
    return _all()[reason]


def idle_words(texts: Texts | None) -> Phrase:
    """Return what a lane shows while it waits, in its profile's words if it has any."""
    return (texts or _NO_TEXTS).idle or _IDLE


def holder_words(verdict: Verdict, reason: Reason | None, texts: Texts | None) -> Phrase:
    """Return what the holder is told of a decision, in the lane's own words if it has any.

    Args:
        verdict: of the decision.
        reason: of the decision; None only with GRANT.
        texts: those of the lane's profile.
    """
    own = texts or _NO_TEXTS
    match verdict:
        case Verdict.GRANT:
            return own.granted or _GRANTED
        case Verdict.REFER:
            return own.referred or _usual(reason)
        case Verdict.DENY:
            return own.refused or _usual(reason)


def _usual(reason: Reason | None) -> Phrase:
    """Return the holder's words; a refusal without a reason sounds like a broken form."""
    words = words_for(reason or Reason.FORM_MALFORMED)
    return Phrase(zh=words.holder_zh, en=words.holder_en)


@functools.cache
def _all() -> dict[Reason, Words]:
    """Read the catalogue once; all of it is there, or the program was not installed whole."""
    text = files("terminal.wording").joinpath("reasons.toml").read_text("utf-8")
    return {Reason(code): Words(**told) for code, told in tomllib.loads(text).items()}
