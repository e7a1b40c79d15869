"""How much of everything the local interface takes from whom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the interface; tests make some of them small."""

    # A head of 1 kB on a network of the same building; whoever takes longer is no program of ours.
    head_s: float = 10.0
    # A body of some hundred octets, as above.
    body_s: float = 10.0
    # Without one octet of an answer taken.
    unread_s: float = 30.0
    # Between two requests: a till that sells each half minute keeps its connection.
    idle_s: float = 60.0
    # TLS takes two round trips and some milliseconds of work.
    handshake_s: float = 5.0
    # The largest body is `details` with all that can be said of a sale; the journal seals 4 kB.
    body_octets_max: int = 8_192
    # Ours take 600 octets; a browser's and a proxy's some kB.
    head_octets_max: int = 16_384
    # All streams, all calls in hand, and as many that begin; some 60 kB each while it is used.
    connections_max: int = 128
    # A machine on the network is one program with some connections; loopback is one peer.
    connections_of_peer_max: int = 16
    # A till's program has one stream, its screen another; twice that while one reconnects.
    streams_of_client_max: int = 4
    streams_max: int = 32
    # Of events that go out in one write: some 30 kB.
    stream_batch_max: int = 100
    # Proxies and NAT forget what is silent for a minute.
    stream_alive_s: float = 15.0
    # Sixteen lanes with a screen each, and a technician who looks.
    page_streams_max: int = 32
    # A screen, and another that stands behind it; twice that while one reconnects.
    page_streams_of_lane_max: int = 4
    # A page that has heard nothing three times says that the terminal is out of service.
    page_alive_s: float = 2.0
    # A page is some twenty files; a person who types searches ten times a second.
    page_burst: int = 200
    page_per_s: float = 40.0
    # A sale is three requests; a till that asks ten times a second need not.
    requests_burst: int = 40
    requests_per_s: float = 20.0
    # Tokens are not to be guessed (256 bits): this keeps a broken program from flooding the log.
    wrong_burst: int = 10
    wrong_per_s: float = 0.2
    # On one connection, before each costs whoever asks on a wait: a page tries its preflight and
    # its request, a person a token or two.
    refusals_at_once: int = 4
    # All connections of a listener refused on and on are 200 answers a second: 6 % of a core.
    refused_s: float = 0.5
    # Peers remembered for that.
    peers_max: int = 256
    # The daemon answers in milliseconds; a commit waits for a slow disk.
    call_s: float = 10.0
    # In the daemon's loop at once: a lane waits for each some microseconds.
    calls_max: int = 32
    # Answers in hand are given when the daemon stops.
    stop_s: float = 2.0
    # A port that was taken, an address that was not there yet, a certificate that was renewed.
    retry_s: float = 10.0
