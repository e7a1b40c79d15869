"""Where a PostgreSQL database is, and how it is spoken of: never with its password."""

from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from central.errors import BadRequest

# What a URL does not say itself. A peer that is gone is noticed within some seconds, not after
# the kernel's two hours; of several hosts the one that takes writes is taken.
_DEFAULTS = {
    "application_name": "scan-central",
    "client_encoding": "UTF8",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "target_session_attrs": "read-write",
}
_SHOWN = ("host", "port", "dbname", "user")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locator:
    """A database's address."""

    conninfo: str = field(repr=False)  # with the password, if there is one
    shown: str
    secret: str = field(repr=False)

    def told(self, error: psycopg.Error) -> str:
        """Return what went wrong in one line, without rows and without the password."""
        primary = error.diag.message_primary
        lines = [primary] if primary else str(error).splitlines()
        text = "; ".join(line.strip() for line in lines if line.strip())
        if self.secret:
            text = text.replace(self.secret, "***")
        return f"{self.shown}: {text or type(error).__name__}"


def read_locator(url: str) -> Locator:
    """Return the address that `url` names, postgresql://USER@HOST/NAME.

    What it leaves out comes as with any PostgreSQL program: PGUSER, PGPASSWORD, ~/.pgpass.

    Raises:
        BadRequest: it is no such URL; the text does not repeat it, for it may hold a password.
    """
    try:
        given = conninfo_to_dict(url) if url.startswith(("postgresql://", "postgres://")) else None
    except psycopg.ProgrammingError:
        given = None
    if given is None:
        raise BadRequest("the database must be named as postgresql://USER@HOST/NAME")
    parts = [f"{name}={given[name]}" for name in _SHOWN if name in given]
    return Locator(
        conninfo=make_conninfo("", **(_DEFAULTS | given)),
        shown=" ".join(["PostgreSQL", *parts]),
        secret=str(given.get("password") or ""),
    )
