"""The certificate by which programs on the network know this terminal."""

import os
import ssl
import stat
from dataclasses import dataclass
from pathlib import Path

from terminal.errors import TerminalError
from verifier.model import UnixSeconds


class CertificateUnusable(TerminalError):  # noqa: N818  # the condition is the name
    """The certificate or its key can't be used; the text says which, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where the two lie."""

    certificate: Path
    key: Path

    @property
    def stamp(self) -> tuple[int, ...]:
        """Return what changes when they are renewed; empty where one can't be looked at."""
        try:
            found = [path.stat() for path in (self.certificate, self.key)]
        except OSError:
            return ()
        return tuple(number for each in found for number in (each.st_mtime_ns, each.st_ino))


def server_context(files: Files) -> ssl.SSLContext:
    """Return how the terminal speaks TLS: 1.2 and up, with the ciphers that OpenSSL holds for good.

    Raises:
        CertificateUnusable: a file is missing, no PEM, or they do not belong together.
    """
    for path in (files.certificate, files.key):
        if not os.access(path, os.R_OK):
            what = "can't be read by the daemon's user" if path.exists() else "is not there"
            raise CertificateUnusable(f"{path} {what}; local.lan names the certificate and its key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # each costs us what it costs the peer ten times
    context.set_alpn_protocols(["http/1.1"])
    try:
        if files.key.stat().st_mode & stat.S_IRWXO:
            raise CertificateUnusable(f"{files.key}: everybody may use it; chmod o= and renew it")
        # A key with a password would have it asked for on the terminal.
        context.load_cert_chain(files.certificate, files.key, password=lambda: b"")
    except (OSError, ValueError) as error:  # SSLError is one of the first
        raise CertificateUnusable(
            f"{files.certificate} and {files.key} are no certificate and its key in PEM,"
            " the key without a password; look with openssl x509 -text"
        ) from error
    return context


def ends_at(files: Files) -> UnixSeconds:
    """Return when the certificate ends.

    The standard library reads certificates of peers alone: so one is made of this, in memory.

    Raises:
        CertificateUnusable: it can't be used, or has ended by this machine's clock.
    """
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    serving = server_context(files)
    try:
        trusting.load_verify_locations(files.certificate)
        return _told_to_peer(serving, trusting)
    except OSError as error:  # SSLError is one
        what = getattr(error, "verify_message", "") or "it is not accepted"
        raise CertificateUnusable(
            f"{files.certificate}: {what}; renew it, and look at this machine's clock"
        ) from error


def _told_to_peer(serving: ssl.SSLContext, trusting: ssl.SSLContext) -> UnixSeconds:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    client = trusting.wrap_bio(to_client, to_server)
    for side in (client, server, client):  # hello, certificate, its check
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    told = client.getpeercert() or {}
    return UnixSeconds(int(ssl.cert_time_to_seconds(str(told["notAfter"]))))
