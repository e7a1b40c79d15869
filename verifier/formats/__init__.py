"""The table of built-in families of codes."""

from verifier.formats.base import Format
from verifier.formats.cc1 import CC1
from verifier.formats.claim169 import Claim169
from verifier.formats.eu_dcc import EuDcc
from verifier.formats.pretix import Pretix
from verifier.formats.shc import Shc
from verifier.formats.vds_nc import VdsNc

BUILT_IN: tuple[Format, ...] = (CC1(), Claim169(), Shc(), Pretix(), EuDcc(), VdsNc())
