"""Connections on which nothing goes on: ended, so that a stranger can't take them all."""

import os
import resource
import socket
import subprocess
import sys
from contextlib import suppress
from http.client import parse_headers

import pytest

from central.connections import FILES_MAX
from central.site import Site
from tests.central.peers import SetClock, running
from tests.central.slow_senders import (
    PATIENCE_S,
    answer_on,
    is_asked_for_its_body,
    pass_over_continue,
    sending,
    upload_body,
    upload_head,
)

_HEAD_S = 0.3


def _is_ended(connection: socket.socket) -> bool:
    with suppress(ConnectionError):
        return connection.recv(1) == b""
    return True


def _drip(connection: socket.socket) -> bool:
    """Send a head that never ends until the connection does."""
    connection.settimeout(0.02)
    with suppress(ConnectionError):
        for _ in range(int(PATIENCE_S / 0.02)):
            connection.sendall(b"x")
            with suppress(TimeoutError):
                if connection.recv(4_096) == b"":
                    return True
        return False
    return True


@pytest.mark.slow
def test_who_sends_no_head_loses_the_connection_and_who_sends_a_slow_body_does_not(
    site: Site,
) -> None:
    with running(site, SetClock(), head_s=_HEAD_S) as centre:
        terminal = centre.enrolled("gate-1")
        head = upload_head(terminal, expect="100-continue")
        with sending(centre, [head, b"", b"GET /healthz HTTP/1.1\r\nx: "]) as (slow, idle, drips):
            assert is_asked_for_its_body(slow)
            assert _is_ended(idle)
            assert _drip(drips)
            pass_over_continue(slow)
            slow.sendall(upload_body(terminal))
            assert answer_on(slow).status == 200


@pytest.mark.slow
def test_who_begins_another_request_and_does_not_end_it_loses_the_connection(site: Site) -> None:
    asks = b"GET /healthz HTTP/1.1\r\nhost: c\r\n\r\n"
    with (
        running(site, SetClock(), head_s=_HEAD_S) as centre,
        sending(centre, [asks + asks + b"GET /"]) as (one,),
    ):
        assert answer_on(one).read() is not None
        assert _drip(one)


@pytest.mark.slow
def test_who_reads_no_answer_loses_the_connection_and_who_reads_it_does_not(
    site: Site,
) -> None:
    large = os.urandom(16 << 20)  # more than the kernel's buffers hold
    (site.folder / "tuf" / "targets").mkdir(parents=True, exist_ok=True)
    (site.folder / "tuf" / "targets" / "large.cwt").write_bytes(large)
    head = b"GET /tuf/targets/large.cwt HTTP/1.1\r\nhost: c\r\n\r\n"
    with (
        running(site, SetClock(), head_s=_HEAD_S, unread_s=_HEAD_S) as centre,
        sending(centre, [head, head + head]) as unread,  # who asks on reads no more by that
    ):
        # One reader for both: it may hold the beginning of the second answer.
        with sending(centre, [head + head]) as (reads,), reads.makefile("rb") as stream:
            for _ in range(2):
                assert stream.readline().startswith(b"HTTP/1.1 200")
                assert stream.read(int(parse_headers(stream)["content-length"])) == large
        for _ in range(4):  # the kernel's buffers may grow and take some once more
            with sending(centre, [b""]) as (idle,):
                assert _is_ended(idle)
        for asleep in unread:
            got = 0
            with suppress(ConnectionError):
                while part := asleep.recv(1 << 20):
                    got += len(part)
            assert got < len(large)


@pytest.mark.slow
def test_fleet_has_connections_beyond_what_a_service_begins_with(site: Site) -> None:
    words = ["serve", "--dir", str(site.directory), "--port", "0"]
    program = [sys.executable, "-c", "from central.cli import main; main()", *words]
    with subprocess.Popen(
        ["/bin/sh", "-c", 'ulimit -Sn 64 && exec "$@"', "sh", *program], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert b"http" in process.stdout.readline()
        soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        process.terminate()
    assert soft == min(hard, FILES_MAX)
