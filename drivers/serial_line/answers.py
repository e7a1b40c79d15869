"""A scanner's answers, taken out of the stream before they are mistaken for codes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from drivers.framing.base import Framing, Message, Outcome
from drivers.serial_line.heartbeat import ANSWER_MS_MAX

# The longest answer known is a version text of some hundred octets.
ANSWER_BYTES_MAX = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an answer looks like; with neither size nor end it is `begin` and no more."""

    begin: bytes
    size: int = 0  # in all
    end: bytes = b""

    def __post_init__(self) -> None:
        if not self.begin or not 0 <= self.size <= ANSWER_BYTES_MAX or (self.size and self.end):
            raise ValueError("an answer has a begin, and a size or an end")
        if self.size and self.size < len(self.begin):
            raise ValueError("an answer is not shorter than its begin")

    def is_whole(self, octets: bytes | bytearray) -> bool:
        """Return whether these octets are one answer."""
        if not octets.startswith(self.begin):
            return False
        if self.end:
            return len(octets) > len(self.begin) and octets.endswith(self.end)
        return len(octets) == (self.size or len(self.begin))

    def is_begun(self, octets: bytes | bytearray) -> bool:
        """Return whether more octets may make these one answer."""
        if len(octets) < len(self.begin):
            return self.begin.startswith(octets)
        size_max = ANSWER_BYTES_MAX if self.end else self.size
        return octets.startswith(self.begin) and len(octets) < size_max


class AnswerCutter:
    """Stands before a framing and takes answers out, for a short while after a command.

    Only between codes, and only while one may come: at any other time octets that look like an
    answer are a code's.

    Args:
        framing: what gets the rest.
        answers: what may come.
    """

    def __init__(self, framing: Framing, answers: Sequence[Answer]) -> None:
        self._framing = framing
        self._answers = tuple(answers)
        self._held = bytearray()
        self._until_ms: int | None = None

    @property
    def due_ms(self) -> int | None:
        """When `receive` must be called though nothing came; None: not at all."""
        dues = (self._framing.due_ms, self._until_ms if self._held else None)
        return min((due for due in dues if due is not None), default=None)

    def expect(self, now_ms: int) -> None:
        """Look for answers from now on: a command goes out."""
        if self._answers:
            self._until_ms = now_ms + ANSWER_MS_MAX

    def receive(self, octets: bytes, now_ms: int) -> tuple[Outcome, ...]:
        """Return what these octets completed, answers as messages; in order."""
        outcomes = list(self._framing.receive(b"", now_ms))
        if self._until_ms is not None and now_ms >= self._until_ms:
            outcomes += self._framing.receive(bytes(self._held), now_ms)
            self._held.clear()
            self._until_ms = None
        if self._until_ms is None:
            return (*outcomes, *self._framing.receive(octets, now_ms))
        for octet in octets:
            outcomes += self._take(octet, now_ms)
        return tuple(outcomes)

    def reset(self) -> None:
        """Drop what has begun."""
        self._framing.reset()
        self._held.clear()
        self._until_ms = None

    def _take(self, octet: int, now_ms: int) -> Iterator[Outcome]:
        if self._framing.is_mid_line:
            yield from self._framing.receive(bytes((octet,)), now_ms)
            return
        self._held.append(octet)
        if any(answer.is_whole(self._held) for answer in self._answers):
            yield Message(octets=bytes(self._held))
        elif any(answer.is_begun(self._held) for answer in self._answers):
            return
        else:
            yield from self._framing.receive(bytes(self._held), now_ms)
        self._held.clear()
