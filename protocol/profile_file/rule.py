"""A rule that a profile must not break, or had better not."""

from collections.abc import Callable
from dataclasses import dataclass

from protocol.profile_file.faults import Fault
from verifier.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that must not be so; `keys` are those of the file that it looks at."""

    keys: tuple[str, ...]
    path: str
    is_broken: Callable[[Profile], bool]
    en: str
    zh: str

    @property
    def fault(self) -> Fault:
        """Return what is told where it is broken."""
        return Fault(path=self.path, en=self.en, zh=self.zh)
