"""The doctor's look at the local interface: who may come in, and by which certificate."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.errors import UsageError
from terminal.local.certificates import CertificateUnusable, Files, ends_at
from terminal.local.clients import ClientsFile
from terminal.local.table import LocalSettings
from verifier.model import UnixSeconds

# A shop's certificate is renewed by hand, by somebody who comes once a month.
DAYS_LEFT_MIN = 30

_DAY_S = 86_400


def look_at_local(settings: LocalSettings, clients: Path, *, now: UnixSeconds) -> Iterator[Finding]:
    """Yield what is wrong with tokens and certificate, and the remedy.

    Args:
        settings: the `[local]` table.
        clients: the file of tokens' digests.
        now: by this machine's clock.
    """
    yield _clients(clients)
    if settings.lan is not None:
        lan = settings.lan
        yield _certificate(Files(certificate=Path(lan.certificate), key=Path(lan.key)), now)


def told_of_local(told: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield which listeners a running daemon can't open."""
    for listener in told["listeners"]:
        if listener["trouble"]:
            remedy = "it is tried again by itself once that is mended; lanes serve all the while"
            yield fail("local.listener", "local interface", listener["trouble"], remedy)
        else:
            yield ok("local.listener", "local interface", f"listening on {listener['name']}")


def _clients(path: Path) -> Finding:
    try:
        clients = ClientsFile(path).read()
    except UsageError as error:
        return fail("local.clients", "clients", str(error), "no program is let in before")
    if not clients:
        return warn(
            "local.clients", "clients", "no program is let in", "scan-terminal client add NAME"
        )
    return ok("local.clients", "clients", ", ".join(client.name for client in clients))


def _certificate(files: Files, now: UnixSeconds) -> Finding:
    try:
        days = (ends_at(files) - now) // _DAY_S
    except CertificateUnusable as error:
        return fail(
            "local.certificate",
            "certificate",
            str(error),
            "no program of another machine gets in before",
        )
    told = f"{files.certificate}: good for {days} days"
    if days < DAYS_LEFT_MIN:
        return warn(
            "local.certificate",
            "certificate",
            told,
            "renew it; the daemon takes the new files by itself",
        )
    return ok("local.certificate", "certificate", told)
