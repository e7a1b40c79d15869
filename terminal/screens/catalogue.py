"""The screens' own words, by what they are said of."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from terminal.screens.screen import Bilingual
from terminal.wording.words import words_for
from verifier.profile import Direction, EntryType, Profile
from verifier.reasons import Reason

# As many as somebody takes in at one look who reads slowly.
FEW_WORDS_MAX = 12
# Chinese is counted by signs; two make a word.
FEW_SIGNS_MAX = 24

_R = Reason
# What somebody does next, of each reason whose sentence is longer than that.
_NEXT: Mapping[Reason, str] = {
    _R.FORMAT_UNKNOWN: "code",
    _R.CODE_IN_PARTS: "counter",
    _R.CREDENTIAL_EXPIRED: "counter",
    _R.PROOF_FROM_THE_FUTURE: "clock",
    _R.FORMAT_NOT_FOR_LANE: "code",
    _R.FOREIGN_CITY_CODE: "counter",
    _R.CAPABILITY_MISSING: "counter",
    _R.BOUND_TO_ANOTHER_LANE: "refresh",
    _R.TYPE_NOT_FOR_LANE: "counter",
    _R.PASSBACK: "staff",
    _R.ENTRY_UNKNOWN: "staff",
    _R.TAPPED_AGAIN: "later",
    _R.VELOCITY_LIMIT: "later",
    _R.DECLINED_ONLINE: "counter",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewWords:
    """What a screen says of one view."""

    title: Bilingual
    text: Bilingual
    few: Bilingual


def view_words(name: str) -> ViewWords:
    """Return the words of a view."""
    told = _all()["view"][name]
    return ViewWords(
        title=Bilingual(zh=told["zh"], en=told["en"]),
        text=Bilingual(zh=told["text_zh"], en=told["text_en"]),
        few=Bilingual(zh=told["few_zh"], en=told["few_en"]),
    )


def granted_title(profile: Profile | None) -> Bilingual:
    """Return what is said large of a grant."""
    if profile is None:
        return _of("granted", "other")
    if profile.entry_type is EntryType.PASSAGE:
        return _of("granted", "out" if profile.direction is Direction.OUT else "passage")
    is_known = profile.entry_type.value in _all()["granted"]
    return _of("granted", profile.entry_type.value if is_known else "other")


def few_words(reason: Reason) -> Bilingual:
    """Return what somebody does next, in few words."""
    if reason in _NEXT:
        return _of("few", _NEXT[reason])
    words = words_for(reason)
    return Bilingual(zh=words.holder_zh, en=words.holder_en)


def is_few(text: Bilingual) -> bool:
    """Return whether a text is short enough for senior mode."""
    return len(text.en.split()) <= FEW_WORDS_MAX and len(text.zh) <= FEW_SIGNS_MAX


def badge_words(name: str) -> Bilingual:
    """Return the words of a badge."""
    return _of("badge", name)


def _of(table: str, name: str) -> Bilingual:
    return Bilingual(**_all()[table][name])


@functools.cache
def _all() -> dict[str, dict[str, dict[str, str]]]:
    """Read the words once; all of them are there, or the program was not installed whole."""
    return tomllib.loads(files("terminal.screens").joinpath("words.toml").read_text("utf-8"))
