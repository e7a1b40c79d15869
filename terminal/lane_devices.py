"""What a lane is connected to, and which of it the lane can't serve without."""

from dataclasses import dataclass
from enum import Enum

from drivers.base import AnswerLine, Gate, Scanner
from verifier.policy import Binding


class Part(Enum):
    """What a device is to its lane."""

    SCANNER = "scanner"
    GATE = "gate"
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """What a lane is connected to."""

    scanner: Scanner
    gate: Gate | None
    answers: AnswerLine | None

    def essential(self, challenge: Binding) -> tuple[Part, ...]:
        """Return what the lane can't serve without: its scanner, and what acts on a grant.

        A gate opens without the line to a display; a counter without a gate has only its line.
        A challenge that is asked for needs the line that it is shown by.
        """
        gate = () if self.gate is None else (Part.GATE,)
        is_asked = challenge is Binding.REQUIRED
        is_told = is_asked or (self.gate is None and self.answers is not None)
        return (Part.SCANNER, *gate, *((Part.ANSWERS,) if is_told else ()))
