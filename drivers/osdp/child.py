"""The process that libosdp runs in: the line reaches a C parser here, and nothing else does.

It is told by lines of JSON on its standard input what to be and which cards to tell, says on its
standard output how it does, and ends when its input does.
"""

import json
import os
import select
import sys
import threading
from pathlib import Path

from drivers.base import DeviceReport, Shown
from drivers.osdp.card import CardFormat
from drivers.osdp.reader import OsdpAddress, OsdpReader

# So often it says that it is alive: a C parser that spins holds the interpreter, and is silent.
BEAT_S = 1.0
READ_OCTETS_MAX = 4_096


def main() -> None:
    """Be a reader until the daemon ends it or is gone."""
    first, rest = _first_line()
    reader = _reader(first)
    lock = threading.Lock()

    def tell(**what: str) -> None:
        line = json.dumps(what).encode() + b"\n"
        with lock:
            os.write(sys.stdout.fileno(), line)

    def report(told: DeviceReport) -> None:
        tell(condition=told.condition.value, detail=told.detail)

    def follow(shown: Shown) -> None:
        tell(shown=shown.value)

    reader.follow(follow)
    reader.start(report)
    while True:
        *cards, rest = rest.split(b"\n")
        for card in cards:
            reader.send(card)
        if select.select([0], [], [], BEAT_S)[0]:
            octets = os.read(0, READ_OCTETS_MAX)
            if not octets:
                break
            rest += octets
        else:
            tell(beat="")
    reader.stop()


def _first_line() -> tuple[bytes, bytes]:
    octets = b""
    while b"\n" not in octets:
        more = os.read(0, READ_OCTETS_MAX)
        if not more:
            sys.exit(0)
        octets += more
    line, _, rest = octets.partition(b"\n")
    return line, rest


def _reader(line: bytes) -> OsdpReader:
    asked = json.loads(line)
    where = OsdpAddress(
        port=asked["port"],
        baud=asked["baud"],
        address=asked["address"],
        key_file=Path(asked["key_file"]),
        may_install=asked["may_install"],
    )
    return OsdpReader(where=where, card_format=CardFormat(asked["card_format"]))
