"""What goes wrong in the centre: refusals on the wire, and errors for the operator's terminal."""

from protocol.problems import Problem


class Refused(Exception):  # noqa: N818  # the house's word for it
    """A request is refused; `routes/refusals.py` alone makes the answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code.value)
        self.problem = problem


class CentralError(Exception):
    """Root of the errors an operator reads: what is wrong, where, what to do."""

    exit_code = 2


class SiteUnusable(CentralError):  # noqa: N818  # the house's word for it
    """The centre's directory is missing, in the way, or damaged."""


class BadRequest(CentralError):  # noqa: N818  # the house's word for it
    """The command's words make no sense together."""


class ExtraMissing(CentralError):  # noqa: N818  # the house's word for it
    """A package of an extra is not installed."""

    def __init__(self, extra: str = "central") -> None:
        super().__init__(
            f"this command needs the extra \"{extra}\": pip install 'scan-terminal[{extra}]'"
        )


class NotFound(CentralError):  # noqa: N818  # the house's word for it
    """The centre knows no such card or terminal."""

    exit_code = 1


class StoreUnavailable(CentralError):  # noqa: N818  # the house's word for it
    """The database can't be read or written just now: locked, full, or failing."""


class RowTaken(CentralError):  # noqa: N818  # the house's word for it
    """A row of that key is in the table already, or one breaks the table's rules."""
