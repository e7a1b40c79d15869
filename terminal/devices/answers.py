"""`answers.kind = "serial"`: a line to the counter's or kiosk's own program."""

from collections.abc import Iterator
from typing import Literal

from drivers.base import AnswerLine
from drivers.clock import monotonic_ms
from terminal.devices.forms import ENDINGS, Ending, FormTable
from terminal.devices.ports import port_findings
from terminal.devices.table import Baud, Text
from terminal.diagnosis.finding import Finding


class AnswerSettings(FormTable):
    """A serial line to the counter's or kiosk's own program: one JSON object or text a decision."""

    kind: Literal["serial"]
    port: Text
    baud: Baud = 115_200
    ending: Ending = "lf"

    def make(self) -> AnswerLine:
        """Return the driver, not yet started."""
        from drivers.answers import SerialAnswers  # noqa: PLC0415  # when there is one

        return SerialAnswers(
            port=self.port,
            baud=self.baud,
            ending=ENDINGS[self.ending],
            monotonic_ms=monotonic_ms,
        )

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        yield from port_findings(check, self.port)
