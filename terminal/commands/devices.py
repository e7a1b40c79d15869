"""`doctor`: what is wrong with this terminal, and what to do about it."""

from typing import Annotated

import typer

from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line
from terminal.diagnosis.finding import Finding
from terminal.diagnosis.words import Language, cause_of, remedy_of, words_for

LanguageOption = Annotated[Language, typer.Option("--lang", help="The language: zh or en.")]

_MARKS = {
    Language.EN: {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"},
    Language.ZH: {"ok": "正常", "warn": "注意", "fail": "故障"},
}
_CAUSE = {Language.EN: "cause", Language.ZH: "原因"}
_REMEDY = {Language.EN: "remedy", Language.ZH: "处理"}


def doctor(
    config: ConfigOption = DEFAULT_CONFIG,
    language: LanguageOption = Language.EN,
    *,
    as_json: JsonOption = False,
) -> int:
    """Check settings, libraries, devices, disk, identity, journal, trust, clock and centre.

    Each check has a code that docs/doctor.md explains. Exit 0: nothing fails, though there may be
    warnings; 1: something fails; 2: bad usage.
    """
    from terminal.diagnosis.registry import diagnose  # noqa: PLC0415  # everything, when used

    has_failed = False
    for finding in diagnose(config):
        if as_json:
            print_json(members(finding, language))
        else:
            print_finding(finding, language)
        has_failed |= finding.level == "fail"
    return 1 if has_failed else 0


def members(finding: Finding, language: Language) -> dict[str, object]:
    """Return a finding as members of a JSON object."""
    return {
        "code": finding.code,
        "check": finding.check,
        "level": finding.level,
        "what": finding.what,
        "cause": cause_of(finding, language),
        "remedy": remedy_of(finding, language),
    }


def print_finding(finding: Finding, language: Language) -> None:
    """Print a finding for a person: one line, and two more where something is to be done."""
    mark, what = _MARKS[language][finding.level], finding.what
    if language is Language.ZH:
        what = f"{words_for(finding.code).looks(language)}：{what}"
    print_line(f"{mark} {finding.check}: {what} [{finding.code}]")
    if finding.level != "ok":
        print_line(f"     {_CAUSE[language]}: {cause_of(finding, language)}")
        print_line(f"     {_REMEDY[language]}: {remedy_of(finding, language)}")
