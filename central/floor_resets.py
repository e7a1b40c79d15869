"""Orders to lower terminals' clock floors, after this centre signed a false date."""

from collections.abc import Iterator
from pathlib import Path

from central.errors import BadRequest, SiteUnusable
from central.files import SECRET_MODE, write_atomically
from central.site import Site
from protocol.floor_reset import RESET_PATH, FloorReset, read_reset, reset_octets
from verifier.errors import TrustError
from verifier.model import UnixSeconds


def order_reset(site: Site, floor: UnixSeconds, *, now: UnixSeconds) -> None:
    """Keep a new order; the next publication carries it, and each one after that.

    The number lies in the centre's own directory: were the folder lost, it must not begin again,
    for terminals follow none that they followed before.

    Raises:
        BadRequest: `floor` is not in the past.
        SiteUnusable: the order before can't be read.
    """
    if floor > now:
        raise BadRequest("--reset-floor must be in the past; if it is, set this machine's clock")
    last = next((read_reset(octets).number for _, octets in held_reset(site)), 0)
    octets = reset_octets(FloorReset(number=last + 1, floor=floor))
    try:
        read_reset(octets)
    except TrustError as error:
        raise BadRequest(f"--reset-floor: {error}") from error
    write_atomically(_kept_at(site), octets, mode=SECRET_MODE)


def held_reset(site: Site) -> Iterator[tuple[str, bytes]]:
    """Yield the last order's path in the folder and its octets; nothing where there was none.

    Raises:
        SiteUnusable: it is damaged.
    """
    path = _kept_at(site)
    if not path.exists():
        return
    octets = path.read_bytes()
    try:
        read_reset(octets)
    except TrustError as error:
        raise SiteUnusable(f"{path}: {error}; restore it from a backup") from error
    yield RESET_PATH, octets


def _kept_at(site: Site) -> Path:
    return site.directory / "floor-reset.json"
