"""The process that libosdp runs in: the line reaches a C parser here, and nothing else does.

It is told by a line of JSON on its standard input what to be, and by further lines which cards to
tell; it says on its standard output how it does, and ends when its input does. But in install mode,
which writes the key, it gives up what it does not need first: capabilities, files, and every device
but its own line. A line that is plugged in anew may have another node, and gets another process.
"""

import json
import os
import select
import sys
import threading
from pathlib import Path

from drivers.base import DeviceReport, Shown
from drivers.camera.child_setup import settle
from drivers.camera.landlock import Reach, restrict
from drivers.osdp.card import CardFormat
from drivers.osdp.reader import OsdpAddress, OsdpReader

# So often it says that it is alive: a C parser that spins holds the interpreter, and is silent.
BEAT_S = 1.0
READ_OCTETS_MAX = 4_096


def main() -> None:
    """Be a reader until the daemon ends it or is gone."""
    first, rest = _first_line()
    where, card_format = _asked(first)
    node = _node(where.port)
    _give_up(int(sys.argv[1]), where)
    reader = OsdpReader(where=where, card_format=card_format)
    lock = threading.Lock()

    def tell(**what: str) -> None:
        line = json.dumps(what).encode() + b"\n"
        with lock:
            os.write(sys.stdout.fileno(), line)

    def report(told: DeviceReport) -> None:
        if not node[1] and _node(where.port) != node:
            return  # it is there now, and not for this process
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
        if _node(where.port) != node:
            break
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


def _asked(line: bytes) -> tuple[OsdpAddress, CardFormat]:
    asked = json.loads(line)
    where = OsdpAddress(
        port=asked["port"],
        baud=asked["baud"],
        address=asked["address"],
        key_file=Path(asked["key_file"]),
        may_install=asked["may_install"],
    )
    return where, CardFormat(asked["card_format"])


def _give_up(parent_pid: int, where: OsdpAddress) -> None:
    """Keep what a reader needs: Python's own files, the key, and the line."""
    if where.may_install:
        return
    settle(parent_pid)
    python = (Path("/usr"), Path("/lib"), Path("/lib64"), Path(sys.prefix), Path(sys.base_prefix))
    program = (*python, *map(Path, filter(None, sys.path)), Path("/proc/self"))
    line = Path(where.port).resolve()
    restrict(Reach(read=(*program, where.key_file.resolve()), use=(line,)))


def _node(port: str) -> tuple[str, int, int]:
    """Return what a port leads to at this moment; zeros: it is not there."""
    path = os.path.realpath(port)
    try:
        status = Path(path).stat()
    except OSError:
        return path, 0, 0
    return path, status.st_ino, status.st_ctime_ns  # pseudo terminals use their numbers again
