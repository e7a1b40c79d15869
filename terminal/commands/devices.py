"""`doctor`: what is wrong with this terminal, and what to do about it."""

from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line

_MARKS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}


def doctor(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> int:
    """Check settings, libraries, devices, disk, identity, journal, trust, clock and centre."""
    from terminal.diagnosis.registry import diagnose  # noqa: PLC0415  # everything, when used

    worst = "ok"
    for finding in diagnose(config):
        if as_json:
            print_json(
                {
                    "code": finding.code,
                    "check": finding.check,
                    "level": finding.level,
                    "what": finding.what,
                    "remedy": finding.remedy,
                }
            )
        else:
            remedy = f" -> {finding.remedy}" if finding.remedy else ""
            print_line(f"{_MARKS[finding.level]} {finding.check}: {finding.what}{remedy}")
        worst = finding.level if finding.level == "fail" or worst == "ok" else worst
    return 1 if worst == "fail" else 0
