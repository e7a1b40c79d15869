"""What the checks stand on: the settings, and the machine beneath a folder."""

from dataclasses import dataclass, field
from pathlib import Path

from offline_cache.state import StateFolder
from terminal.diagnosis.machine import Machine
from terminal.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every check is given."""

    config: Path  # of the settings
    settings: Settings
    machine: Machine = field(default_factory=Machine)
    packages: tuple[str, ...] = ()  # folders with Python packages; none: where Python looks

    @property
    def state(self) -> StateFolder:
        """Return where the terminal keeps what must survive; it is not taken."""
        return StateFolder(self.settings.state_folder)
