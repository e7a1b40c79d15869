"""What keeps a publication from going out."""

from central.errors import CentralError


class NotSigned(CentralError):  # noqa: N818  # the house's word for it
    """Nothing was published: a role must be signed first."""

    exit_code = 1


class OldCopy(CentralError):  # noqa: N818  # the house's word for it
    """Nothing was published: the directory, or a part of it, is older than what is known."""


class BulkRefused(CentralError):  # noqa: N818  # the house's word for it
    """Nothing was published: a status list would change more than one key may change."""

    exit_code = 1
