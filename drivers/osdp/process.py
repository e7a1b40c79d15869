"""A card reader to an access controller, in a process of its own; an `AnswerLine`.

libosdp parses in C what comes by the line, and changed frames have ended it: what ends there ends
one process, which is started anew, and no lane.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

from drivers.back_off import BackOff
from drivers.base import Condition, DriverError, Report, Shown
from drivers.clock import monotonic_ms as machine_monotonic_ms
from drivers.condition import ConditionTeller
from drivers.osdp.card import CardFormat, card_of
from drivers.osdp.child import BEAT_S
from drivers.osdp.reader import OsdpAddress
from drivers.waker import Waker

# Five beats missed: it spins or hangs.
SILENT_S_MAX = 5 * BEAT_S
# Asked to end it closes its port; what does not is killed.
END_S_MAX = 2.0
# Cards that wait for the process: one is told in 0.1 s, and a lane grants one in a second.
CARDS_MAX = 8
DETAIL_CHARACTERS_MAX = 300
# Reports are shorter than this; what has no line end by then is none of ours.
_LINE_OCTETS_MAX = 4_096
# No tokens, no proxies, no paths to other keys.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "CREDENTIALS_DIRECTORY")
_BOOT = "import sys; sys.path[:] = sys.argv[2:]; from drivers.osdp.child import main; main()"


class OsdpProcess:
    """Starts the reader's process, again and again, and hands it cards; an `AnswerLine`.

    Args:
        where: line, address and key file; the key is read by the process.
        card_format: what the controller takes the card's bits for.
        monotonic_ms: the clock of the back-off.
    """

    def __init__(
        self,
        *,
        where: OsdpAddress,
        card_format: CardFormat = CardFormat.RAW,
        monotonic_ms: Callable[[], int] = machine_monotonic_ms,
    ) -> None:
        self._where, self._format, self._monotonic_ms = where, card_format, monotonic_ms
        self._waker, self._lock = Waker(), threading.Lock()
        self._cards: list[bytes] = []
        self._follow: Callable[[Shown], None] | None = None
        self._is_stopping = False
        self._thread: threading.Thread | None = None
        self.dropped = 0  # cards that were never handed to the process
        self.pid = 0  # of the present process; 0: none

    def follow(self, show: Callable[[Shown], None]) -> None:
        """Have `show` called with what the controller's light says; call it before `start`."""
        self._follow = show

    def start(self, report: Report) -> None:
        """Start the process; returns at once. What hinders it is reported, never raised."""
        if self._thread is not None:
            raise ValueError(f"{self._where.port} is started already")
        teller = ConditionTeller(self._where.port, report)
        self._thread = threading.Thread(
            target=self._run, args=(teller,), name=f"osdp {self._where.port}", daemon=True
        )
        self._thread.start()

    def send(self, line: bytes) -> None:
        """Tell one card; returns at once.

        Raises:
            ValueError: it is no card in hexadecimal.
        """
        card_of(line)
        with self._lock:
            self._cards.append(line)
            if len(self._cards) > CARDS_MAX:
                self._cards.pop(0)
                self.dropped += 1
        self._waker.wake()

    def stop(self) -> None:
        """End the process and free the line; what waits is dropped."""
        self._is_stopping = True
        self._waker.wake()
        if self._thread is not None:
            self._thread.join()
        self._waker.close()

    def _run(self, teller: ConditionTeller) -> None:
        teller.starting()
        back_off = BackOff()
        while not self._is_stopping:
            began_ms = self._monotonic_ms()
            try:
                self._serve(teller)
            except OSError as fault:
                teller.down(f"no process can be started for {self._where.port}: {fault.strerror}")
            except DriverError as fault:
                teller.down(f"the process of {self._where.port} {fault}; it is started anew")
            self._drop_cards()
            self._pause(back_off.wait_ms(self._monotonic_ms() - began_ms))

    def _serve(self, teller: ConditionTeller) -> None:
        """Run one process to its end.

        Raises:
            DriverError: it ended by itself, or hung.
            OSError: it can't be started.
        """
        child = subprocess.Popen(
            [sys.executable, "-c", _BOOT, str(os.getpid()), *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what a line sends could fill the log
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,  # a Ctrl-C at the daemon's terminal is not for it
            bufsize=0,
        )
        self.pid = child.pid
        try:
            self._write(child, json.dumps(self._asked()).encode() + b"\n")
            self._talk(child, teller)
        finally:
            self.pid = 0
            _end(child)

    def _asked(self) -> dict[str, object]:
        where = self._where
        return {
            "port": where.port,
            "baud": where.baud,
            "address": where.address,
            "key_file": str(where.key_file),
            "may_install": where.may_install,
            "card_format": self._format.value,
        }

    def _talk(self, child: "subprocess.Popen[bytes]", teller: ConditionTeller) -> None:
        assert child.stdout is not None  # noqa: S101  # it is a pipe
        poller, heard = select.poll(), b""
        poller.register(self._waker, select.POLLIN)
        poller.register(child.stdout, select.POLLIN)
        heard_ms = self._monotonic_ms()
        while not self._is_stopping:
            ready = {fd for fd, _ in poller.poll(SILENT_S_MAX * 1_000)}
            self._waker.clear()
            self._hand_over(child)
            if child.stdout.fileno() in ready:
                octets = os.read(child.stdout.fileno(), _LINE_OCTETS_MAX)
                if not octets:
                    if words := _ending(child):
                        raise DriverError(words)
                    return  # its line was plugged in anew, or out
                heard_ms = self._monotonic_ms()
                *lines, heard = (heard + octets)[-2 * _LINE_OCTETS_MAX :].split(b"\n")
                for line in lines:
                    self._take(line, teller)
            elif self._monotonic_ms() - heard_ms >= SILENT_S_MAX * 1_000:
                raise DriverError("does not answer")

    def _hand_over(self, child: "subprocess.Popen[bytes]") -> None:
        with self._lock:
            cards, self._cards = self._cards, []
        for card in cards:
            self._write(child, card + b"\n")

    def _write(self, child: "subprocess.Popen[bytes]", octets: bytes) -> None:
        assert child.stdin is not None  # noqa: S101  # it is a pipe
        os.set_blocking(child.stdin.fileno(), False)
        try:
            os.write(child.stdin.fileno(), octets)  # below PIPE_BUF: whole or not at all
        except BlockingIOError:
            self.dropped += 1  # it reads nothing, and is ended for it before long
        except BrokenPipeError as fault:
            raise DriverError(_ending(child) or "has ended") from fault

    def _take(self, line: bytes, teller: ConditionTeller) -> None:
        """Take one line of the process: it may say anything, and is believed only as to form."""
        try:
            told = dict(json.loads(line))
            condition = Condition(told["condition"]) if "condition" in told else None
            shown = Shown(told["shown"]) if "shown" in told else None
        except (ValueError, TypeError, RecursionError) as fault:
            raise DriverError("says what it must not") from fault
        if condition is Condition.UP:
            teller.up(_detail(told))
        elif condition is Condition.DOWN:
            teller.down(_detail(told))
        if shown is not None and self._follow is not None:
            self._follow(shown)

    def _drop_cards(self) -> None:
        with self._lock:
            self.dropped += len(self._cards)
            self._cards.clear()

    def _pause(self, wait_ms: int) -> None:
        """Wait the whole time unless stopped."""
        until_ms = self._monotonic_ms() + wait_ms
        poller = select.poll()
        poller.register(self._waker, select.POLLIN)
        while not self._is_stopping and (left_ms := until_ms - self._monotonic_ms()) > 0:
            poller.poll(left_ms)
            self._waker.clear()


def _detail(told: dict[str, object]) -> str:
    text = str(told.get("detail", ""))
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain[:DETAIL_CHARACTERS_MAX]


def _ending(child: "subprocess.Popen[bytes]") -> str:
    """Return how it ended; empty: as it shall."""
    try:
        code = child.wait(END_S_MAX)
    except subprocess.TimeoutExpired:
        return "hung up"
    if not code:
        return ""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Have a process end, one way or the other."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    try:
        child.wait(END_S_MAX)
    except subprocess.TimeoutExpired:
        child.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # stuck in a driver of the kernel
            child.wait(END_S_MAX)
