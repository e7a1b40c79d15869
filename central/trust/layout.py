"""How this centre lays its roles out: how many keys, how many of them must sign, how long it holds.

Lifetimes tell terminals when to call what they hold stale; a terminal refuses nothing for them
alone (docs/protocol.md, "Trust folder").
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.trust_folder import TufRole

_DAY_S = 86_400
_WEEK_S, _YEAR_S = 7 * _DAY_S, 365 * _DAY_S

# A key carries its name in metadata, so that a lost one can be called by it.
X_NAME = "x-name"

# Of targets: name and public key, hex, of what approves bulk changes. It stands under the threshold of
# targets, so nobody who holds the server alone can name another.
X_BULK_KEY = "x-bulk-key"
BULK = "bulk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One role."""

    keys: int
    threshold: int
    lifetime_s: int
    renewed_s: int  # what is left of the lifetime when it is signed anew
    is_online: bool  # its key lies on the machine that publishes


# Three custodians: one may lose a key, and none can act alone. A year, for their ceremony is a
# yearly one; signed anew two months before, which is time to bring them together.
_CUSTODIANS = Layout(
    keys=3, threshold=2, lifetime_s=_YEAR_S, renewed_s=60 * _DAY_S, is_online=False
)
# One operator: a profile opens no lane to a card that no issuer signed.
_OPERATOR = Layout(keys=1, threshold=1, lifetime_s=_YEAR_S, renewed_s=60 * _DAY_S, is_online=False)
# An hourly job signs them. A week without it is a fault that terminals tell of; half of it is
# left whenever terminals hold something that is not changing.
_ONLINE = Layout(keys=1, threshold=1, lifetime_s=_WEEK_S, renewed_s=_WEEK_S // 2, is_online=True)

LAYOUT: Mapping[TufRole, Layout] = {
    TufRole.ROOT: _CUSTODIANS,
    # The root's threshold: who can sign targets can name every other key but the root's.
    TufRole.TARGETS: _CUSTODIANS,
    TufRole.ISSUERS: _CUSTODIANS,
    TufRole.POLICY: _OPERATOR,
    TufRole.STATUS: _ONLINE,
    TufRole.SNAPSHOT: _ONLINE,
    TufRole.TIMESTAMP: _ONLINE,
}

TOP_ROLES = (TufRole.ROOT, TufRole.TARGETS, TufRole.SNAPSHOT, TufRole.TIMESTAMP)


def key_names(role: TufRole) -> tuple[str, ...]:
    """Return what the first keys of a role are called."""
    return tuple(f"{role.value}-{number}" for number in range(1, LAYOUT[role].keys + 1))
