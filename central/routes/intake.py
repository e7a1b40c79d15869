"""Letting the terminals' requests in: what the headers say is judged before a body is read."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from fastapi import Request

from central.centre import Centre
from central.errors import Refused, StoreUnavailable
from central.routes.admission import BACKLOG_HEADER
from central.routes.bodies import check_length, has_body, read_away, read_request, unread_request
from central.routes.places import Places
from central.routes.signatures import check_clock, sender_of, signature_ahead
from protocol.http_signature import Request as SignedRequest

# Headers whose signature waits for the database's one thread, some ms each. A fleet that comes
# back at once fits in; h11 lets headers be 64 kB, so this is 16 MB at most.
CHECKS_MAX = 256

# Above the largest fleet of the design (100,000); some 200 octets each.
KEYS_MAX = 131_072

# Bodies under way, each from a sender whose signature on the headers holds. 1 MiB at most each
# is 128 MiB, and 128 modems at 9.6 kbit/s bring some ten batches a second.
BODIES_MAX = 128

# An honest terminal sends one body at a time, but one whose line breaks tries again while the
# centre still waits for the last: five times in the 30 s that a body may take.
BODIES_EACH_MAX = 8

# Refused senders whose bodies are read away for a second; more are cut off in mid-word.
READ_AWAY_MAX = 64


Ask = Callable[[str, str | None], None]


def _let_in(_: str, __: str | None) -> None:
    """Ask nothing."""


class Intake:
    """Reads signed requests; used in the event loop's thread alone."""

    def __init__(self, centre: Centre, *, ask: Ask = _let_in) -> None:
        """Take requests to `centre`.

        Args:
            centre: whose keys count.
            ask: is told who wants to send a body, and the header BACKLOG_HEADER; may refuse.
        """
        self._centre, self._ask = centre, ask
        # Keys that signed before: who is turned away costs the database nothing. A key that was
        # replaced since brings its holder no further than to here.
        self._keys: dict[str, bytes] = {}
        self._checks = Places(CHECKS_MAX, what="requests")
        self._bodies = Places(BODIES_MAX, BODIES_EACH_MAX, what="bodies")
        self._repeats = Places(BODIES_MAX, 1, what="requests with one signature")
        self._read_away = Places(READ_AWAY_MAX, what="refusals")

    async def read(self, terminal: str, request: Request, *, octets_max: int) -> SignedRequest:
        """Return a request whose headers `terminal` has signed; the body is yet to be compared.

        Raises:
            Refused: too long, unsigned, unknown, by a wrong clock; too many at once; too slow.
        """
        with ExitStack() as held:
            try:
                check_length(request, octets_max)
                signature = await self._check_headers(terminal, request)
                self._ask(terminal, request.headers.get(BACKLOG_HEADER))
                # Headers that were seen on the way can be sent again, but hold one place at most.
                held.enter_context(self._repeats.one(f"{terminal} {signature}"))
                held.enter_context(self._bodies.one(terminal))
            except (Refused, StoreUnavailable):
                await self._send_off(terminal, request, octets_max)
                raise
            return await read_request(request, octets_max=octets_max)

    async def _check_headers(self, terminal: str, request: Request) -> str:
        """Return the signature on the headers, which holds."""
        signed = signature_ahead(
            unread_request(request), key_id=terminal, has_body=has_body(request)
        )
        key = self._keys.get(terminal)
        if key is not None and signed.is_by(key):
            check_clock(self._centre, signed)
            return signed.signature.hex()
        with self._checks.one(terminal):
            sender = await self._centre.work(partial(sender_of, self._centre, terminal, signed))
        if len(self._keys) >= KEYS_MAX:
            self._keys.clear()  # they come back with their terminals
        self._keys[terminal] = sender.public
        return signed.signature.hex()

    async def _send_off(self, terminal: str, request: Request, octets_max: int) -> None:
        try:
            with self._read_away.one(terminal):
                await read_away(request, octets_max=octets_max)
        except Refused:
            return  # the answer may be lost to this one; it will come back
