"""How long the certificate of a server is good for, for the doctor."""

import socket
import ssl
from contextlib import closing
from urllib.parse import urlsplit

from terminal.centre.http_door import CONNECT_S_MAX, authorities
from verifier.model import UnixSeconds

_HTTPS_PORT = 443


def certificate_ends_at(url: str, *, ca_file: str | None) -> UnixSeconds | None:
    """Return when the certificate of the server at `url` ends.

    None: it has none, or none that is accepted, of which a request says more.

    Args:
        url: the server's address.
        ca_file: certificates that its must descend from; None: those of requests.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None:
        return None
    place = (parts.hostname, parts.port or _HTTPS_PORT)
    try:
        context = ssl.create_default_context(cafile=authorities(ca_file))
        with (
            closing(socket.create_connection(place, timeout=CONNECT_S_MAX)) as line,
            context.wrap_socket(line, server_hostname=parts.hostname) as secured,
        ):
            told = secured.getpeercert() or {}
    except OSError:  # SSLError is one
        return None
    return UnixSeconds(int(ssl.cert_time_to_seconds(str(told["notAfter"]))))
