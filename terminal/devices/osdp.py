"""`answers.kind = "osdp"`: a card reader to an existing access controller."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from drivers.base import AnswerLine, DriverError
from drivers.clock import monotonic_ms
from terminal.answer_form import PSEUDONYM_OCTETS, AnswerForm, CardForm
from terminal.devices.ports import port_findings
from terminal.devices.table import Table, Text
from terminal.diagnosis.finding import Finding, fail, ok, warn

# Where systemd puts the credentials of a unit (systemd.exec(5), LoadCredential=).
_CREDENTIALS = "CREDENTIALS_DIRECTORY"


class OsdpSettings(Table):
    """A reader on an OSDP line: each grant is a card that was read."""

    kind: Literal["osdp"]
    port: Text
    baud: Literal[9600, 19200, 38400, 57600, 115200, 230400] = 9600
    address: int = Field(default=0, ge=0, le=126)  # 127 is everybody's
    octets: int = Field(default=8, ge=1, le=PSEUDONYM_OCTETS)
    format: Literal["raw", "wiegand"] = "raw"
    key_file: Text | None = None
    credential: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$")
    install: bool = False

    @model_validator(mode="after")
    def _check_key(self) -> Self:
        if (self.key_file is None) is (self.credential is None):
            raise ValueError("name either key_file or credential, for the key of the channel")
        if self.install and self.key_file is None:
            raise ValueError("install writes the controller's key into key_file: name one")
        return self

    @property
    def key_path(self) -> Path:
        """Return where the key is; the settings never have it."""
        if self.key_file is not None:
            return Path(self.key_file)
        return Path(os.environ.get(_CREDENTIALS, "/run/credentials")) / (self.credential or "")

    def answer_form(self) -> AnswerForm:
        """Return what writes its answers."""
        return CardForm(octets=self.octets)

    def make(self) -> AnswerLine:
        """Return the driver, not yet started; libosdp is loaded in a process of its own."""
        from drivers.osdp.card import CardFormat  # noqa: PLC0415  # as the next
        from drivers.osdp.process import OsdpProcess  # noqa: PLC0415  # as the next
        from drivers.osdp.reader import OsdpAddress  # noqa: PLC0415  # when there is one

        where = OsdpAddress(
            port=self.port,
            baud=self.baud,
            address=self.address,
            key_file=self.key_path,
            may_install=self.install,
        )
        return OsdpProcess(
            where=where, card_format=CardFormat(self.format), monotonic_ms=monotonic_ms
        )

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        from drivers.osdp.library import library_fault  # noqa: PLC0415  # when there is one

        if fault := library_fault():
            yield fail("device.extra", check, fault, "the lane's answers stay down until then")
        yield from port_findings(check, self.port)
        yield self._key_finding(check)

    def _key_finding(self, check: str) -> Finding:
        from drivers.osdp.key import read_key  # noqa: PLC0415  # when there is one

        if self.credential is not None and _CREDENTIALS not in os.environ:
            return ok(
                "device.key", check, f"credential {self.credential} is seen by the daemon alone"
            )
        try:
            key = read_key(self.key_path)
        except DriverError as error:
            return fail("device.key", check, str(error), "the lane's answers stay down until then")
        if self.install:
            what = "install = true: whoever is on the line may set the key"
            left = "take it out, the key is there" if key else "take it out once the key is there"
            return warn("device.key", check, what, left)
        if key is None:
            remedy = "write the controller's key (SCBK, 32 hexadecimal digits) into it, mode 0600"
            return fail("device.key", check, f"key file {self.key_path} is not there", remedy)
        return ok("device.key", check, f"key file {self.key_path} is there, for the daemon alone")
