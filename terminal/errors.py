"""What can go wrong around the daemon; each text is one line: what, where, what to do."""

from protocol.problems import Problem


class TerminalError(Exception):
    """Root of this package's faults; a command ends with exit status 2."""


class SettingsError(TerminalError):
    """The settings can't be used."""


class UsageError(TerminalError):
    """A command was given something it can't work with."""


class FamilyError(TerminalError):
    """A family of codes that is named can't be had."""


class DriverUnusable(TerminalError):  # noqa: N818  # the condition is the name
    """A driver of others that is named can't be had, or refuses its settings."""


class ControlError(TerminalError):
    """The daemon did not answer as it should."""


class CentreUnreachable(TerminalError):  # noqa: N818  # the condition is the name
    """No answer, or none of the centre's; `retry_after_s` is what it asked for, 0 if nothing.

    `is_answer`: somebody did answer, if only with a status, so asking at once again helps nobody.
    """

    def __init__(self, what: str, retry_after_s: float = 0.0, *, is_answer: bool = False) -> None:
        super().__init__(what)
        self.retry_after_s, self.is_answer = retry_after_s, is_answer


class CentreRefused(TerminalError):  # noqa: N818  # the condition is the name
    """The centre said no, and why."""

    def __init__(self, problem: Problem, retry_after_s: float = 0.0) -> None:
        super().__init__(f"the centre refuses ({problem.code.value}): {problem.detail}")
        self.problem, self.retry_after_s = problem, retry_after_s
