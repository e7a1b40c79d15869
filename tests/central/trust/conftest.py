import shutil
from pathlib import Path

import pytest

from central.publishing import publish
from central.site import Site, init_site, open_site
from tests.central.peers import START
from tests.support.tuf_follower import Follower


@pytest.fixture(scope="session")
def first_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a centre with 2,000 cards that has published once; every key lies in it."""
    directory = tmp_path_factory.mktemp("town") / "centre"
    site = init_site(directory, issuer="city.example", now=START)
    store = site.open_store()
    store.cards.allot([n.to_bytes(8, "big") for n in range(2_000)], START)
    store.close()
    publish(site, START)
    return directory


@pytest.fixture
def town(first_town: Path, tmp_path: Path) -> Site:
    """A copy of that centre, for one test to change."""
    directory = tmp_path / "centre"
    shutil.copytree(first_town, directory)
    site = open_site(directory)
    shutil.copy(open_site(first_town).counters, site.counters)
    return site


@pytest.fixture
def follower(town: Site, tmp_path: Path) -> Follower:
    """A terminal that has pinned the town's first root, and has followed it so far."""
    follower = Follower(town.tuf, tmp_path / "follower")
    follower.refresh(START)
    return follower
