"""A client for questions whose answer somebody waits for, signed as this terminal."""

from terminal.centre.client import CentreClient
from terminal.centre.signed_client import SignedClient, Signer
from terminal.desk import Desk
from terminal.settings import CentreSettings


def asking_client(desk: Desk, centre: CentreSettings, *, answer_ms_max: int) -> SignedClient:
    """Return a client of its own, for one thread, that waits no longer than `answer_ms_max`."""
    client = CentreClient(centre.url, ca_file=centre.ca_file, request_s_max=answer_ms_max / 1_000)
    identity = desk.identity
    signer = Signer(
        key=identity.signing, key_id=identity.terminal, now=lambda: desk.timekeeper.read().now
    )
    return SignedClient(client, signer)
