"""The table of built-in families of codes."""

from verifier.formats.base import Format
from verifier.formats.cc1 import CC1

BUILT_IN: tuple[Format, ...] = (CC1(),)
