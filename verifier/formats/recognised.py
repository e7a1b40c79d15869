"""Codes that are known at sight but can't be proven offline: told to the holder, never kept."""

from collections.abc import Callable
from dataclasses import dataclass

from verifier.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A family of codes that belong elsewhere: the reason says where."""

    name: str
    reason: Reason
    claims: Callable[[bytes], bool]  # by its text alone; cheap, never raises


RECOGNISED: tuple[Recognised, ...] = ()
