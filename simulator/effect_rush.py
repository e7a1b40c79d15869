"""The people before the bench's lanes, and the far ends of its devices: one thread.

It writes what scanners send, at a line's pace, and reads what relays are told; in between, while
no code is on its way and none is due for a moment, it has the floor taken.
"""

import heapq
import os
import random
import select
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from central.cards import dynamic_code, issuer_part
from protocol.keys import SigningKey, new_signing_key
from simulator.benched_card import claims_of
from simulator.effect_floor import Floor
from simulator.effect_terminal import OPEN, LanePorts, Manner
from simulator.ending import Ending
from simulator.programs import ProgramFailed
from simulator.serial_peers import BAUD, BITS_A_CHARACTER, CHUNK_OCTETS, READ_OCTETS, PtyLine
from terminal.timekeeping import system_now

LANES = 4
SCANS_A_SECOND = 5  # a lane: nobody walks faster, and two phones held up in turn don't either
# Of the time between two scans, so that lanes come together now and then, and by no rule.
_UNEVEN = 0.3
# A floor is over by then, mostly: it begins so long before the next octets are due.
_QUIET_NS = 4_000_000
_FLOOR_EVERY_NS = 25_000_000
# Nobody is let wait for longer; an answer that takes it is a fault, and no figure.
_ANSWER_NS_MAX = 5_000_000_000
# Where each waits 0.7 s for the centre, fewer come.
_SLOWER = 5
_CHUNK_NS = CHUNK_OCTETS * BITS_A_CHARACTER * 1_000_000_000 // BAUD
# A gate that still stands open for the one before is opened by no command. A slow machine may close
# it late; the line's 33 ms for the next code come on top.
_CLOSED_NS = 75_000_000


class Line(PtyLine):
    """A line served by whoever waits for it, without a thread."""

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._master

    def send(self, octets: bytes) -> None:
        """Send octets at once; raises BlockingIOError where the terminal reads nothing."""
        os.write(self._master, octets)

    def take_nothing(self) -> None:
        """Take no octets any more, as a device that hangs."""
        termios.tcflow(self._slave, termios.TCOOFF)

    def receive(self) -> bytes:
        """Return what has come, maybe nothing."""
        try:
            return os.read(self._master, READ_OCTETS)
        except BlockingIOError:
            return b""


@dataclass(slots=True, kw_only=True)
class Post:
    """One lane from outside."""

    name: str
    manner: Manner
    scanner: Line
    relay: Line
    cards: Iterator[Callable[[], str]]
    sent_ns: int | None = None  # the last octet of the code under way went out
    opened_ns: int = 0  # when the gate was told to open last
    is_sending: bool = False
    took_ns: list[int] = field(default_factory=list)

    @property
    def ports(self) -> LanePorts:
        """Return where the terminal finds its devices."""
        scanner, relay = self.scanner.path, self.relay.path
        return LanePorts(name=self.name, scanner=scanner, relay=relay, manner=self.manner)

    @property
    def is_quiet(self) -> bool:
        """Return whether no code of it is on its way, and no answer that is waited for."""
        return not self.is_sending and self.sent_ns is None

    def is_ready(self, now_ns: int) -> bool:
        """Return whether the next may come: nobody is before it, and its gate has closed."""
        return self.is_quiet and now_ns - self.opened_ns >= _CLOSED_NS


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at_ns: int
    number: int  # of two due at once the first that was planned
    act: Callable[[], None] = field(compare=False)


class Rush:
    """What is due is done, what comes back is noted, and in between floors are taken."""

    def __init__(self, posts: list[Post], floor: Floor, ending: Ending) -> None:
        self.floors_us: list[float] = []
        self._posts, self._floor, self._ending = posts, floor, ending
        self._due: list[_Due] = []
        self._numbers, self._random = count(), random.Random(1)  # no secret
        self._floored_ns = 0
        self._poller = select.poll()
        self._by_fd = {post.relay.fileno(): post for post in posts}
        for fd in self._by_fd:
            self._poller.register(fd, select.POLLIN)

    def run(self, seconds: float) -> None:
        """Send people for so long, and wait for the last of them.

        Raises:
            ProgramFailed: a gate did not open.
            Ended: the end has come.
        """
        self._ends_ns = time.perf_counter_ns() + int(seconds * 1e9)
        for post in self._posts:
            is_flooded = post.manner is Manner.FLOODED
            self._plan(self._pause_ns(), partial(self._flood if is_flooded else self._begin, post))
            if post.manner is Manner.STUCK_GATE:
                post.relay.take_nothing()
        while self._due or not all(post.is_quiet for post in self._posts):
            self._ending.check()
            self._step()

    def _step(self) -> None:
        now_ns = time.perf_counter_ns()
        left_ns = self._due[0].at_ns - now_ns if self._due else _QUIET_NS
        if left_ns <= 0:
            heapq.heappop(self._due).act()
        elif self._is_quiet(now_ns, left_ns):
            self.floors_us.append(self._floor.once())
            self._floored_ns = now_ns
        else:
            self._await(left_ns)
        self._require_answers(now_ns)

    def _is_quiet(self, now_ns: int, left_ns: int) -> bool:
        """Return whether a floor may be taken now."""
        is_due = now_ns - self._floored_ns >= _FLOOR_EVERY_NS
        return is_due and left_ns >= _QUIET_NS and all(post.is_quiet for post in self._posts)

    def _await(self, left_ns: int) -> None:
        """Wait for relays until the next is due, but look each time whether a floor may be taken."""
        for fd, _ in self._poller.poll(min(left_ns, _QUIET_NS) / 1_000_000):
            self._hear(self._by_fd[fd], time.perf_counter_ns())

    def _hear(self, post: Post, now_ns: int) -> None:
        if OPEN in post.relay.receive() and post.sent_ns is not None:
            post.took_ns.append(now_ns - post.sent_ns)
            post.sent_ns, post.opened_ns = None, now_ns

    def _require_answers(self, now_ns: int) -> None:
        for post in self._posts:
            if post.sent_ns is not None and now_ns - post.sent_ns > _ANSWER_NS_MAX:
                raise ProgramFailed(f"the bench's terminal: {post.name} did not open")

    def _pause_ns(self) -> int:
        return int(1e9 / SCANS_A_SECOND * self._random.uniform(1 - _UNEVEN, 1 + _UNEVEN))

    def _plan(self, in_ns: int, act: Callable[[], None]) -> None:
        at_ns = time.perf_counter_ns() + in_ns
        heapq.heappush(self._due, _Due(at_ns, next(self._numbers), act))

    def _begin(self, post: Post) -> None:
        """Draw the next card's code and send it octets by octets; then the next is planned."""
        if time.perf_counter_ns() >= self._ends_ns:
            return
        slower = _SLOWER if post.manner is Manner.SLOW_WORD else 1
        self._plan(self._pause_ns() * slower, partial(self._begin, post))
        if post.is_ready(time.perf_counter_ns()):
            post.is_sending = True
            octets = next(post.cards)().encode() + b"\r"
            self._send(post, octets)

    def _send(self, post: Post, octets: bytes) -> None:
        chunk, rest = octets[:CHUNK_OCTETS], octets[CHUNK_OCTETS:]
        if rest:
            post.scanner.send(chunk)
            self._plan(_CHUNK_NS, partial(self._send, post, rest))
            return
        post.is_sending = False
        if post.manner is Manner.WELL:  # others may be answered late, or never
            post.sent_ns = time.perf_counter_ns()
        post.scanner.send(chunk)

    def _flood(self, post: Post) -> None:
        """Send junk as fast as the line goes, each of another text."""
        if time.perf_counter_ns() >= self._ends_ns:
            return
        self._plan(_CHUNK_NS, partial(self._flood, post))
        with suppress(BlockingIOError):  # as on a line without flow control: it is lost
            post.scanner.send(b"%015d\r" % next(self._numbers))


def phones_of(issuer: SigningKey) -> Iterator[Callable[[], str]]:
    """Yield phones without end, each of another holder, that draw by the machine's clock."""
    for number in count():
        holder, subject = new_signing_key(), number.to_bytes(8)
        bound = issuer_part(
            claims=claims_of(subject, system_now()), key=issuer, holder_key=holder.public
        )

        def draw(bound: bytes = bound, holder: SigningKey = holder) -> str:
            return dynamic_code(bound, holder=holder, drawn_at=system_now())

        yield draw


def open_post(
    name: str, phones: Iterator[Callable[[], str]], stack: ExitStack, manner: Manner = Manner.WELL
) -> Post:
    """Return one lane's devices; `stack` takes them away."""
    scanner, relay = stack.enter_context(Line()), stack.enter_context(Line())
    return Post(name=name, manner=manner, scanner=scanner, relay=relay, cards=phones)
