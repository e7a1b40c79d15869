"""What goes wrong in the centre: refusals on the wire, and errors for the operator's terminal."""

from protocol.problems import Problem, ProblemCode


class Refused(Exception):  # noqa: N818  # the house's word for it
    """A request is refused; `routes/refusals.py` alone makes the answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code.value)
        self.problem = problem


class Overloaded(Refused):
    """There is no place for a request just now; it may come back.

    Args:
        detail: which places are taken.
        is_its_own: the sender has taken them itself; others may find one.
    """

    def __init__(self, detail: str, *, is_its_own: bool = False) -> None:
        super().__init__(Problem(code=ProblemCode.OVERLOADED, detail=detail))
        self.is_its_own = is_its_own


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
