"""Answers that are typed, for programs that only know a scanner in keyboard mode."""

from collections.abc import Callable
from typing import Literal

from drivers.answers import AnswerLines
from drivers.base import Report
from drivers.clock import monotonic_ms as machine_monotonic_ms
from drivers.condition import ConditionTeller
from drivers.device_link import DeviceLink
from drivers.keyboard_out.keys import strokes_of, strokes_of_end
from drivers.keyboard_out.uinput import NODE, VirtualKeyboard, open_keyboard

# A desktop looks at a keyboard that was just plugged in before it listens to it.
SETTLE_MS = 1_000


class KeyboardAnswers:
    """Types each answer wherever the machine's focus is; an `AnswerLine`.

    Only printable ASCII is typed, on a US layout: a line with anything else is a bug.

    Args:
        end: the key behind each line.
        key_ms: the pause behind each character. The kernel keeps some 16 for a program that is
            slow, and drops all of them when there are more.
        settle_ms: how long after it was made the keyboard is UP.
        open_device: makes the keyboard.
    """

    def __init__(
        self,
        *,
        end: Literal["enter", "tab", "none"] = "enter",
        key_ms: int = 5,
        settle_ms: int = SETTLE_MS,
        open_device: Callable[[], VirtualKeyboard] = open_keyboard,
        monotonic_ms: Callable[[], int] = machine_monotonic_ms,
    ) -> None:
        self._end, self._key_ms, self._settle_ms = end, key_ms, settle_ms
        self._lines = AnswerLines(monotonic_ms, ending=b"")
        self._link = DeviceLink[VirtualKeyboard](
            name=NODE,
            open_device=open_device,
            session=self._session,
            monotonic_ms=monotonic_ms,
        )

    @property
    def dropped(self) -> int:
        """Lines that were never typed: too many waited, or they waited too long."""
        return self._lines.dropped

    def start(self, report: Report) -> None:
        """Make the keyboard; returns at once. What hinders it is reported, never raised."""
        self._link.start(report)

    def send(self, line: bytes) -> None:
        """Type one line; returns at once.

        Raises:
            ValueError: it is no printable ASCII, or too long.
        """
        if not all(0x20 <= octet <= 0x7E for octet in line):
            raise ValueError("a keyboard types printable ASCII alone")
        if line:
            self._lines.put(line)
            self._link.wake()

    def stop(self) -> None:
        """Take the keyboard away; what waits is dropped."""
        self._link.stop()

    def _session(self, keyboard: VirtualKeyboard, teller: ConditionTeller) -> None:
        self._link.pause(self._settle_ms)
        teller.up()
        while not self._link.is_stopping:
            line = self._lines.take()
            if line:
                self._type(keyboard, line.decode("ascii"))
            elif self._link.wait(keyboard, timeout_ms=None).to_read:
                keyboard.read()

    def _type(self, keyboard: VirtualKeyboard, line: str) -> None:
        for character in line:
            keyboard.press(strokes_of(character))
            if self._key_ms:
                self._link.pause(self._key_ms)  # not when it is to stop: half a line would stay
        keyboard.press(strokes_of_end(self._end))
