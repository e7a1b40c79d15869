"""The `[local]` table of the settings: where programs may reach the terminal, and from which pages."""

from ipaddress import ip_address
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from terminal.devices.table import Table, Text

# A browser's word for a page's origin (RFC 6454, 6.2): small letters, no path; never `null`.
_ORIGIN = Field(pattern=r"^https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?$")
_HOST = Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")
_PORT = Field(ge=0, le=65_535)


class SocketSettings(Table):
    """A Unix socket: who may connect is what its mode and group say."""

    path: Text
    mode: Literal["0600", "0660", "0666"] = "0660"
    group: Text | None = None  # one that the daemon's user is in; without it the daemon's own


class LanSettings(Table):
    """A listener for programs on other machines: TLS, whatever the address."""

    address: str
    port: Annotated[int, _PORT] = 7443
    certificate: Text  # PEM, the whole chain, the terminal's own first
    key: Text  # PEM, without a password, for the daemon's user alone
    hosts: tuple[Annotated[str, _HOST], ...] = Field(default=(), strict=False, max_length=16)

    @model_validator(mode="after")
    def _look(self) -> Self:
        try:
            address = ip_address(self.address)
        except ValueError:
            raise ValueError("address is no IP address; 0.0.0.0 is every one") from None
        if address.is_unspecified and not self.hosts:
            raise ValueError("hosts must name what programs call this machine by")
        return self


class LocalSettings(Table):
    """The interface for programs of the same counter; without this table there is none."""

    loopback: tuple[Literal["127.0.0.1", "::1"], ...] = Field(
        default=("127.0.0.1",), strict=False, max_length=2
    )
    port: Annotated[int, _PORT] = 7070
    screens: bool = True  # pages for people, beside the interface for programs
    origins: tuple[Annotated[str, _ORIGIN], ...] = Field(default=(), strict=False, max_length=16)
    socket: SocketSettings | None = None
    lan: LanSettings | None = None
    # Whoever may run a program on this machine may read /metrics, which names nobody.
    metrics_open: bool = False

    @model_validator(mode="after")
    def _look(self) -> Self:
        if len(set(self.loopback)) < len(self.loopback):
            raise ValueError("loopback names an address twice")
        if not (self.loopback or self.socket or self.lan):
            raise ValueError("there is nothing to listen on: name loopback, socket or lan")
        return self
