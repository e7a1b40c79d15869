import json

import pytest

from central.cli import main
from central.errors import BadRequest, SiteUnusable
from central.publishing import Publication, publish
from central.site import Site
from protocol.floor_reset import RESET_PATH, FloorReset, read_reset
from tests.central.peers import START
from tests.central.published import file_of, is_published, octets_of
from verifier.model import UnixSeconds

YEAR_2099 = UnixSeconds(4_070_908_800)


def _order(site: Site) -> FloorReset:
    return read_reset(octets_of(site, RESET_PATH))


def _reset(site: Site, now: int = START) -> Publication:
    return publish(site, UnixSeconds(now), reset_floor=UnixSeconds(START - 10))


def test_without_an_order_none_is_published(site: Site) -> None:
    publish(site, START)
    assert not is_published(site, RESET_PATH)


def test_a_false_date_stands_until_it_is_reset(site: Site) -> None:
    """The centre's clock stood in 2099 for one publication."""
    publish(site, YEAR_2099)
    assert publish(site, START).issued_at == YEAR_2099
    done = _reset(site, START + 60)
    assert (done.version, done.issued_at) == (3, START + 60)
    assert RESET_PATH in done.changed
    assert _order(site) == FloorReset(number=1, floor=UnixSeconds(START - 10))
    assert is_published(site, RESET_PATH)


def test_an_order_stays_in_the_folder_and_lets_no_later_date_go_back(site: Site) -> None:
    publish(site, YEAR_2099)
    _reset(site)
    later = publish(site, UnixSeconds(START - 5))
    assert (later.issued_at, is_published(site, RESET_PATH)) == (START, True)
    assert _order(site).number == 1


def test_each_order_has_the_next_number_even_where_its_file_was_lost(site: Site) -> None:
    _reset(site)
    file_of(site, RESET_PATH).unlink()
    _reset(site)
    assert _order(site).number == 2


def test_an_order_that_power_kept_from_the_timestamp_goes_out_with_the_next(site: Site) -> None:
    """Its file is in the folder and its version is spent; no timestamp leads to it yet."""
    publish(site, YEAR_2099)

    def cut(what: str, done: int, total: int) -> None:
        if what == "files" and done == total - 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        publish(site, START, reset_floor=UnixSeconds(START - 10), progress=cut)
    assert not is_published(site, RESET_PATH)
    done = publish(site, UnixSeconds(START + 60))
    assert (done.version, done.issued_at) == (3, START + 60)
    assert is_published(site, RESET_PATH)


@pytest.mark.parametrize(("ahead_s", "is_taken"), [(0, True), (1, False)])
def test_a_floor_in_the_future_is_refused(site: Site, ahead_s: int, *, is_taken: bool) -> None:
    if is_taken:
        publish(site, START, reset_floor=UnixSeconds(START + ahead_s))
        return
    with pytest.raises(BadRequest, match="in the past"):
        publish(site, START, reset_floor=UnixSeconds(START + ahead_s))
    assert not (site.directory / "floor-reset.json").exists()


def test_a_floor_before_any_code_can_name_is_refused(site: Site) -> None:
    with pytest.raises(BadRequest, match="out of range"):
        publish(site, START, reset_floor=UnixSeconds(1))
    assert not (site.directory / "floor-reset.json").exists()


def test_a_damaged_order_is_told(site: Site) -> None:
    _reset(site)
    (site.directory / "floor-reset.json").write_bytes(b"junk")
    with pytest.raises(SiteUnusable, match="restore it"):
        publish(site, START)


def test_the_command_orders_a_reset(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["publish", "--dir", str(site.directory), "--reset-floor"]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "2026-11-20T08:00:00Z", "--json"])
    assert ended.value.code == 0
    assert RESET_PATH in json.loads(capsys.readouterr().out)["changed"]
    assert _order(site).floor == 1_795_161_600
    with pytest.raises(SystemExit) as refused:
        main([*arguments, "yesterday"])
    assert refused.value.code == 2
    assert "--reset-floor must be like" in capsys.readouterr().err
