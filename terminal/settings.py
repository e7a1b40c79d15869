"""The terminal's settings: one TOML file, every key known, every fault told by its path."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from offline_cache.care import KEEP_DAYS, SIZE_MB_MAX
from offline_cache.state import StateFolder
from protocol.trust_folder import TUF
from terminal.devices.outputs import (
    AnswersSettings,
    ContactsSettings,
    GateSettings,
    IndicatorSettings,
    PrinterSettings,
)
from terminal.devices.scanners import ScannerSettings
from terminal.devices.sharing import sharing_fault
from terminal.devices.table import Table, Text
from terminal.errors import SettingsError
from terminal.local.table import LocalSettings
from terminal.provisioning.address import kept_url
from terminal.provisioning.pinned import ROOT_FILES, root_octets, root_on_disk
from terminal.screens.table import ScreenSettings

DEFAULT_PATH = Path("/etc/scan-terminal/terminal.toml")

# The annotated example is 4 kB; a terminal of sixteen lanes stays below ten.
SETTINGS_OCTETS_MAX = 1_048_576

_NAME = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,15}$")  # fits the aud of a code: 16 octets
# As entry points, profiles and trust lists write it; longer than any family's that we know.
_FAMILY = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")


_URL = r"^https?://[^\s?#]+$"

Device = (
    ScannerSettings
    | GateSettings
    | AnswersSettings
    | ContactsSettings
    | IndicatorSettings
    | PrinterSettings
)


class LaneSettings(Table):
    """One line of people: a scanner, what it drives, and the profile that decides."""

    name: str = _NAME
    profile: str = _NAME
    scanner: ScannerSettings
    gate: GateSettings | None = None
    answers: AnswersSettings | None = None
    contacts: ContactsSettings | None = None
    # Two lamps, a display, sound and a few more.
    indicators: tuple[IndicatorSettings, ...] = Field(default=(), strict=False, max_length=8)
    printer: PrinterSettings | None = None
    screen: ScreenSettings | None = None

    @property
    def devices(self) -> tuple[Device, ...]:
        """Return every table of a device, the scanner first."""
        each = (self.scanner, self.gate, self.answers, self.contacts, *self.indicators)
        return tuple(device for device in (*each, self.printer) if device is not None)


class TerminalSettings(Table):
    """What belongs to the machine."""

    state: Text = "/var/lib/scan-terminal"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    # Each is asked about every code; a city that needs more has one that does several.
    families: tuple[Annotated[str, _FAMILY], ...] = Field(default=(), strict=False, max_length=16)


class JournalSettings(Table):
    """How long entries stay that the centre holds, and how large the journal may become."""

    # For 32 days a printed card's entry may be asked for; ten years are longer than a disk lives.
    keep_days: int = Field(default=KEEP_DAYS, ge=33, le=3_650)
    # The least is what the busiest gate writes in a week offline.
    size_mb_max: int = Field(default=SIZE_MB_MAX, ge=100, le=1_000_000)


class CentreSettings(Table):
    """Where the centre is, and which trust root its folder begins with."""

    # Empty: the enrolment slip names it; kept then in the state folder.
    url: str = Field(default="", pattern=_URL)
    # base64url of the SHA-256 of 1.root.json; pinned, never fetched. Empty: the file below has it.
    trust_root: Text = ""
    trust_root_file: Text | None = None  # without it those of terminal/provisioning/pinned.py
    # Of a mirror that serves the published folder; without it the centre's own.
    trust_url: str | None = Field(default=None, pattern=_URL)
    sync_s: int = Field(default=30, ge=1, le=86_400)
    ca_file: Text | None = None  # PEM; without it the certificates that requests brings

    def check(self) -> None:
        """Look at what a pattern can't.

        Raises:
            SettingsError: an address names no host or no port, or trust_root is no digest.
        """
        if self.url:
            _check_address("centre.url", self.url)
            _check_address("centre.trust_url", self.trust_address)
        self.root_octets()

    @property
    def trust_address(self) -> str:
        """Return where the published folder is."""
        return f"{self.url.rstrip('/')}/{TUF}" if self.trust_url is None else self.trust_url

    def root_octets(self) -> bytes:
        """Return the pinned digest.

        Raises:
            SettingsError: it is no SHA-256.
        """
        return root_octets(self.trust_root)


class MetricsSettings(Table):
    """What is counted and measured here, for monitoring that comes to no port (docs/metrics.md)."""

    # A file of node_exporter's textfile collector, on tmpfs where there is one.
    textfile: Annotated[Text, Field(pattern=r"^/.+\.prom$")]
    # How often it may be written at most; a card reader's flash is good for some 3,000 times over.
    textfile_s: int = Field(default=60, ge=15, le=3_600)


class Settings(Table):
    """The whole file."""

    terminal: TerminalSettings = TerminalSettings()
    journal: JournalSettings = JournalSettings()
    centre: CentreSettings = CentreSettings()
    local: LocalSettings | None = None
    metrics: MetricsSettings | None = None
    lane: tuple[LaneSettings, ...] = Field(default=(), strict=False, max_length=16)

    @property
    def state_folder(self) -> Path:
        """Return where the terminal keeps what must survive."""
        return Path(self.terminal.state)


def load_settings(path: Path) -> Settings:
    """Return the settings in `path`.

    Raises:
        SettingsError: unreadable, no TOML, or a key unknown, missing or out of range.
    """
    try:
        settings = Settings.model_validate(_document(path))
    except ValidationError as error:
        raise SettingsError(f"{path}: {_first_fault(error)}") from error
    _check_unique(path, settings)
    try:
        settings = _filled(settings)
        settings.centre.check()
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error
    return settings


def _filled(settings: Settings) -> Settings:
    """Return the settings with what stands elsewhere on this machine: root, and centre's address.

    Raises:
        SettingsError: no root is pinned, or a file can't be read.
    """
    centre, found = settings.centre, dict[str, str]()
    if not centre.trust_root:
        named = centre.trust_root_file
        found["trust_root"] = root_on_disk(ROOT_FILES if named is None else (Path(named),))
    if not centre.url:
        found["url"] = kept_url(StateFolder(settings.state_folder).centre)
    return settings.model_copy(update={"centre": centre.model_copy(update=found)})


def _check_address(key: str, url: str) -> None:
    """Look at what a pattern can't."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an address between them, a port that is none
        named = False
    if not named:
        raise SettingsError(f"{key}: {url} names no host and port")


def _check_unique(path: Path, settings: Settings) -> None:
    """Refuse names and devices that two would fight over."""
    names = [lane.name for lane in settings.lane]
    if len(set(names)) < len(names):
        raise SettingsError(f"{path}: lane: two lanes have the same name; give each its own")
    if fault := sharing_fault(device for lane in settings.lane for device in lane.devices):
        raise SettingsError(f"{path}: lane: {fault}")


def _document(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            octets = file.read(SETTINGS_OCTETS_MAX + 1)
    except OSError as error:
        raise SettingsError(
            f"{path}: can't be read ({error.strerror}); name the settings with --config"
        ) from error
    if len(octets) > SETTINGS_OCTETS_MAX:
        raise SettingsError(
            f"{path}: larger than {SETTINGS_OCTETS_MAX} octets; is it the settings?"
        )
    try:
        return tomllib.loads(octets.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: no UTF-8; is it the settings?") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path}: no TOML: {error}") from error


_FAULTS = {
    "extra_forbidden": "no setting is called so",
    "missing": "is missing",
    "string_pattern_mismatch": "is not of the form that docs/settings.md gives",
    "union_tag_not_found": "has no kind",
}
# Tables whose keys depend on their kind, which stands in pydantic's paths and in nobody's file.
_BY_KIND = frozenset({"scanner", "gate", "answers", "framing", "contacts", "printer"})
# The same, of which a lane has several: their number stands between.
_SEVERAL_BY_KIND = frozenset({"indicators"})


def _first_fault(error: ValidationError) -> str:
    """Return the first fault in a technician's words: lanes count from 1, as he does."""
    faults = error.errors(include_url=False, include_input=False)
    path = faults[0]["loc"]
    where = ".".join(
        str(part + 1 if isinstance(part, int) else part)
        for place, part in enumerate(path)
        if isinstance(part, int) or not _is_kind(path, place)
    )
    what = _words(faults[0])
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{where}: {what}{more}; docs/settings.md lists every key"


def _is_kind(path: tuple[int | str, ...], place: int) -> bool:
    """Return whether what stands at this place of pydantic's path is a kind, and no key."""
    several, before = ("", "", *path[:place])[-2:]
    return before in _BY_KIND or several in _SEVERAL_BY_KIND


def _words(fault: ErrorDetails) -> str:
    if fault["type"] == "union_tag_invalid":
        kinds = fault["ctx"]["expected_tags"].replace("'", "")
        return f"kind {fault['ctx']['tag']} is none of {kinds}"
    return _FAULTS.get(fault["type"], fault["msg"].removeprefix("Value error, "))
