"""The doctor's look at the local interface from outside."""

from collections.abc import Iterator

from terminal.diagnosis.finding import Finding
from terminal.diagnosis.ground import Ground
from terminal.local.checks import look_at_local
from terminal.timekeeping import system_now


def look_at_interface(ground: Ground) -> Iterator[Finding]:
    """Yield what is wrong with tokens and certificate; nothing where there is no interface."""
    settings = ground.settings.local
    if settings is not None:
        yield from look_at_local(settings, ground.state.clients, now=system_now())
