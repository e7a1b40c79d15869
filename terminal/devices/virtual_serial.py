"""`answers.kind = "virtual-serial"`: a serial port that is none, for a program on this machine."""

import grp
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from drivers.base import AnswerLine
from drivers.clock import monotonic_ms
from terminal.devices.forms import ENDINGS, Ending, FormTable
from terminal.devices.table import Text
from terminal.diagnosis.finding import Finding, fail, ok

_MODES: dict[str, int] = {"0600": 0o600, "0660": 0o660, "0666": 0o666}


class VirtualSerialSettings(FormTable):
    """A pseudo-terminal under a name that stays; the counter's program opens it as a port."""

    kind: Literal["virtual-serial"]
    link: Annotated[Text, Field(pattern=r"^/")]
    mode: Literal["0600", "0660", "0666"] = "0660"
    group: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] | None = None
    ending: Ending = "lf"

    @property
    def port(self) -> str:
        """The device that is this lane's alone."""
        return self.link

    def make(self) -> AnswerLine:
        """Return the driver, not yet started."""
        from drivers.virtual_serial import PortAccess, VirtualSerialAnswers  # noqa: PLC0415  # when there is one

        return VirtualSerialAnswers(
            link=self.link,
            access=PortAccess(mode=_MODES[self.mode], group=self.group or ""),
            ending=ENDINGS[self.ending],
            monotonic_ms=monotonic_ms,
        )

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        folder = Path(self.link).parent
        if not folder.is_dir():
            yield fail(
                "device.helper",
                check,
                f"{folder} is not there, so {self.link} can't be made",
                "name a link in a folder that is, such as /run/scan-terminal",
            )
            return
        if self.group is not None and not _is_group(self.group):
            yield fail(
                "device.helper",
                check,
                f"there is no group {self.group}",
                f"groupadd --system {self.group}",
            )
            return
        yield ok("device.helper", check, f"{self.link} is made when the daemon runs")


def _is_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
