"""The doctor's look at the centre, or at the mirror that serves its folder."""

from hashlib import sha256

from offline_cache.trust_client.limits import ROOT_OCTETS_MAX, TIMESTAMP_OCTETS_MAX
from offline_cache.trust_intake import FIRST_ROOT
from protocol.trust_folder import TIMESTAMP_NAME
from terminal.bootstrap import make_client, make_source
from terminal.errors import CentreRefused, CentreUnreachable
from terminal.finding import Finding, fail, ok, warn
from terminal.settings import Settings


def look_at_centre(settings: Settings) -> Finding:
    """Return whether it answers, publishes, and is the one that is pinned."""
    client = make_client(settings)
    source = make_source(settings, client)
    try:
        first = source.metadata(FIRST_ROOT, limit=ROOT_OCTETS_MAX, known=None)
        newest = source.metadata(TIMESTAMP_NAME, limit=TIMESTAMP_OCTETS_MAX, known=None)
    except CentreUnreachable as error:
        return warn("centre", str(error), "lanes work on without it; look at the network")
    except CentreRefused as error:
        return fail("centre", str(error), "tell the operator")
    finally:
        client.close()
    address = settings.centre.trust_address
    if first is None or newest is None:
        what = f"{address} publishes no trust"
        return fail("centre", what, "correct centre.trust_url, or run `scan-central publish` there")
    if sha256(first).digest() != settings.centre.root_octets():
        what = f"{address} publishes under another trust root than the one that is pinned"
        remedy = (
            "ask the operator whether it began anew; if so, set centre.trust_root to the new one"
        )
        return fail("centre", what, remedy)
    return ok("centre", f"{settings.centre.url} answers")
