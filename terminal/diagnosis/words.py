"""The words for each check of the doctor, in both languages."""

import functools
import tomllib
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files

from terminal.diagnosis.finding import Finding


class Language(Enum):
    """In which the doctor speaks."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said of one check (docs/doctor.md)."""

    looks_zh: str  # what it looks at
    looks_en: str
    cause_zh: str  # what mostly lies behind a finding
    cause_en: str
    remedy_zh: str  # what to do then
    remedy_en: str

    def looks(self, language: Language) -> str:
        """Return what the check looks at."""
        return self.looks_zh if language is Language.ZH else self.looks_en

    def cause(self, language: Language) -> str:
        """Return what mostly lies behind a finding."""
        return self.cause_zh if language is Language.ZH else self.cause_en

    def remedy(self, language: Language) -> str:
        """Return what to do."""
        return self.remedy_zh if language is Language.ZH else self.remedy_en


def words_for(code: str) -> Words:
    """Return what is said of a check.

    Raises:
        ValueError: no check has this code.
    """
    try:
        return all_words()[code]
    except KeyError:
        raise ValueError(f"no check is called {code}") from None


def cause_of(finding: Finding, language: Language) -> str:
    """Return what mostly lies behind a finding; empty where all is well."""
    return "" if finding.level == "ok" else words_for(finding.code).cause(language)


def remedy_of(finding: Finding, language: Language) -> str:
    """Return what to do: in English for just this finding, in Chinese for its kind."""
    if finding.level == "ok":
        return ""
    if language is Language.EN and finding.remedy:
        return finding.remedy
    return words_for(finding.code).remedy(language)


@functools.cache
def all_words() -> dict[str, Words]:
    """Read the catalogue once; all of it is there, or the program was not installed whole."""
    text = files("terminal.diagnosis").joinpath("words.toml").read_text("utf-8")
    return {code: Words(**told) for code, told in tomllib.loads(text).items()}
