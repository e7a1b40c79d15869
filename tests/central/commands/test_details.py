from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from central.site import Site
from protocol.keys import new_opening_key
from protocol.sealed import seal_details
from tests.central.cli_runs import Run
from tests.central.stores import Held

_DETAILS = {"account": "account-0007", "note": "\x1b[2J"}


@pytest.fixture
def own(site: Site) -> Iterator[Held]:
    with closing(site.open_store()) as store:
        held = Held(store)
        held.enrol("shop-1")
        yield held


def test_details_are_opened_with_the_centres_key(run: Run, site: Site, own: Held) -> None:
    sealed = seal_details(_DETAILS, site.keys.seal.public).members()
    own.bring("shop-1", {"type": "sale", "sealed": sealed}, {})
    (told,) = run("open-details", "shop-1", 1, 1, "--json").objects
    assert told == {"terminal": "shop-1", "epoch": 1, "seq": 1, "details": _DETAILS}
    shown = run("open-details", "shop-1", 1, 1).out
    assert shown == 'account: "account-0007"\nnote: "\\u001b[2J"\n'
    assert run("open-details", "shop-1", 1, 2).code == 1, "an entry without"
    assert run("open-details", "shop-1", 1, 3).code == 1, "no such entry"


def test_details_of_an_earlier_key_are_opened_with_that(
    run: Run, own: Held, tmp_path: Path
) -> None:
    old, file = new_opening_key(), tmp_path / "old.key"
    own.bring("shop-1", {"type": "sale", "sealed": seal_details(_DETAILS, old.public).members()})
    outcome = run("open-details", "shop-1", 1, 1)
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
    assert "--key FILE" in outcome.err
    file.write_text(f"{old.secret.hex()}\n")
    assert run("open-details", "shop-1", 1, 1, "--key", file, "--json").objects


@pytest.mark.parametrize("text", ["", "zz", "00" * 31])
def test_file_that_holds_no_key_is_told(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "old.key"
    file.write_text(text)
    outcome = run("open-details", "shop-1", 1, 1, "--key", file)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
