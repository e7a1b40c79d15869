"""`answers.kind = "keyboard"`: answers that are typed, as a scanner in keyboard mode types codes."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from drivers.base import AnswerLine
from drivers.clock import monotonic_ms
from terminal.answer_form import AnswerForm, TextForm
from terminal.devices.table import Table
from terminal.diagnosis.finding import Finding, fail, ok

_NODE = Path("/dev/uinput")


class KeyboardOutSettings(Table):
    """A virtual keyboard: printable ASCII on a US layout, wherever the focus is."""

    kind: Literal["keyboard"]
    template: str = "{card}"
    on: Literal["all", "grant"] = "grant"
    end: Literal["enter", "tab", "none"] = "enter"
    key_ms: int = Field(default=5, ge=0, le=100)

    @model_validator(mode="after")
    def _check_template(self) -> Self:
        self.answer_form()
        if not self.template.isascii():
            raise ValueError("template is no ASCII: a keyboard types nothing else")
        return self

    @property
    def port(self) -> None:
        """No device of this lane's alone: each lane has a keyboard of its own."""
        return

    def answer_form(self) -> AnswerForm:
        """Return what writes its answers."""
        return TextForm(template=self.template, is_grant_alone=self.on == "grant")

    def make(self) -> AnswerLine:
        """Return the driver, not yet started."""
        from drivers.keyboard_out.answers import KeyboardAnswers  # noqa: PLC0415  # when there is one

        return KeyboardAnswers(end=self.end, key_ms=self.key_ms, monotonic_ms=monotonic_ms)

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        yield node_finding(check, _NODE)


def node_finding(check: str, node: Path) -> Finding:
    """Return whether the kernel makes keyboards for us."""
    if not node.exists():
        return fail(
            "device.node",
            check,
            f"{node} is not there",
            "modprobe uinput, and name it in modules-load.d",
        )
    if not os.access(node, os.R_OK | os.W_OK):
        return fail(
            "device.access",
            check,
            f"{node} may not be opened by who asks",
            "copy 70-scan-terminal.rules to /etc/udev/rules.d; run doctor as the daemon's user",
        )
    return ok("device.node", check, f"{node} is there")
