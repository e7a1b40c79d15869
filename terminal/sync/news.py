"""How soon the centre is told again of how this terminal does."""

from protocol.health import Health

# How a terminal does is told as often, besides before each backlog: an operator sees within five
# minutes that a disk fills, for 400 octets.
TELL_S = 300.0

# A lane that fails, or begins to serve, is told of sooner; a plug that comes and goes all day
# costs three checkpoints a minute and no more.
NEWS_S = 20.0

# They grow all the time: no news.
_AGES = "_age_s"


def tell_after_s(told: Health, standing: Health) -> float:
    """Return after how many seconds without a checkpoint the next is due.

    Args:
        told: how lanes and lists stood in the last.
        standing: how they stand.
    """
    return TELL_S if _lasting(told) == _lasting(standing) else NEWS_S


def _lasting(health: Health) -> dict[str, object]:
    return {name: value for name, value in health.items() if not name.endswith(_AGES)}
