from pathlib import Path

import pytest

from central.publishing import publish
from central.site import Site
from tests.central.peers import START
from tests.support.tuf_follower import Follower


@pytest.fixture
def town(site: Site) -> Site:
    """A centre with 2,000 cards that has published once; every key lies in it."""
    store = site.open_store()
    store.cards.allot([n.to_bytes(8, "big") for n in range(2_000)], START)
    store.close()
    publish(site, START)
    return site


@pytest.fixture
def follower(town: Site, tmp_path: Path) -> Follower:
    """A terminal that has pinned the town's first root, and has followed it so far."""
    follower = Follower(town.tuf, tmp_path / "follower")
    follower.refresh(START)
    return follower
