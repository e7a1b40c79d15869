"""The doctor's look at the centre, or at the mirror that serves its folder."""

from collections.abc import Iterator
from hashlib import sha256

from offline_cache.trust_client.limits import ROOT_OCTETS_MAX, TIMESTAMP_OCTETS_MAX
from offline_cache.trust_intake import FIRST_ROOT
from protocol.trust_folder import TIMESTAMP_NAME
from terminal.bootstrap import make_client, make_source
from terminal.centre.certificate import certificate_ends_at
from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.errors import CentreRefused, CentreUnreachable
from terminal.settings import Settings
from terminal.timekeeping import system_now

# Let's Encrypt renews 30 days before the end; who is below this has a renewal that fails.
DAYS_LEFT_MIN = 21
_DAY_S = 86_400


def look_at_centre(ground: Ground) -> Iterator[Finding]:
    """Yield whether it answers, publishes, is the one that is pinned, and how long it will be."""
    found = _reached(ground.settings)
    yield found
    if found.level == "ok":
        yield from _certificates(ground.settings)


def _reached(settings: Settings) -> Finding:
    code, check = "centre.reached", "centre"
    if not settings.centre.url:
        return warn(code, check, "nobody has named it yet", "set centre.url, or enrol by a QR")
    client = make_client(settings)
    source = make_source(settings, client)
    try:
        first = source.metadata(FIRST_ROOT, limit=ROOT_OCTETS_MAX, known=None)
        newest = source.metadata(TIMESTAMP_NAME, limit=TIMESTAMP_OCTETS_MAX, known=None)
    except CentreUnreachable as error:
        return warn(code, check, str(error), "lanes work on without it; look at the network")
    except CentreRefused as error:
        return fail(code, check, str(error), "tell the operator")
    finally:
        client.close()
    address = settings.centre.trust_address
    if first is None or newest is None:
        remedy = "correct centre.trust_url, or run `scan-central publish` there"
        return fail("centre.published", check, f"{address} publishes no trust", remedy)
    if sha256(first).digest() != settings.centre.root_octets():
        what = f"{address} publishes under another trust root than the one that is pinned"
        remedy = (
            "ask the operator whether it began anew; if so, set centre.trust_root to the new one"
        )
        return fail("centre.root", check, what, remedy)
    return ok(code, check, f"{settings.centre.url} answers")


def _certificates(settings: Settings) -> Iterator[Finding]:
    """Yield how long the certificates of centre and mirror are good for."""
    code, check = "centre.certificate", "centre"
    for url in dict.fromkeys((settings.centre.url, settings.centre.trust_address)):
        ends_at = certificate_ends_at(url, ca_file=settings.centre.ca_file)
        if ends_at is None:
            continue
        days = (ends_at - system_now()) // _DAY_S
        told = f"the certificate of {url} is good for {days} days"
        if days < DAYS_LEFT_MIN:
            yield warn(code, check, told, "tell the operator: the centre must renew it")
        else:
            yield ok(code, check, told)
