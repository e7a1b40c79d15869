"""A new epoch on an empty disk begins with what the centre knows was shown."""

import shutil
from contextlib import closing

import pytest

from central.histories import unrecoverable
from central.site import open_site
from terminal.enrolling import enrol_terminal
from terminal.settings import Settings
from tests.support.journals import dynamic, static
from tests.support.site import Town
from tests.support.syncs import at_work, write

pytestmark = [pytest.mark.slow, pytest.mark.journey]


@pytest.mark.usefixtures("identity")
def test_empty_disk_begins_with_what_the_centre_knows_was_shown(
    settings: Settings, town: Town, name: str
) -> None:
    """The printed card that was let in before the disk died is not let in again."""
    with at_work(settings) as (desk, sync):
        desk.writer.append(static("0c")).result(10)
        write(desk, 1)
        assert sync.round() == 0.0
    shutil.rmtree(settings.state_folder)
    assert enrol_terminal(settings, town.enrolment_code(name)).epoch == 2
    with at_work(settings) as (desk, sync):
        again = desk.writer.append(static("0c")).result(10)
        photographed = desk.writer.append(dynamic("01")).result(10)
        assert [str(each.draft.record.reason.value) for each in (again, photographed)] == [  # type: ignore[union-attr]  # both refused
            "P.RPS",
            "P.RPL",
        ]
        assert again.seq > 1  # behind the snapshot
        assert sync.round() == 0.0
    entries = [entry for epoch, _, entry in town.entries(name) if epoch == 2]
    assert entries[0]["type"] == "snapshot"
    with closing(open_site(town.centre._folder).open_store()) as store:
        (row,) = [row for row in unrecoverable(store) if row["terminal"] == name]
    assert (row["epoch"], row["from"], row["to"]) == (1, 3, None)
