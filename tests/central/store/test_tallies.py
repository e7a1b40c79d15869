from central.database.migrations import load_schema, statements
from central.projectors.tallies import REASON, VERDICT
from tests.central.peers import START
from tests.central.stores import Held

_HOURS = range(1 << 40)
_SUMMED_IN = 5  # the schema file that brought the sums over all lanes


def test_what_was_counted_before_there_were_sums_is_summed_up(held: Held) -> None:
    for name in ("gate-1", "gate-2"):
        held.enrol(name)
        held.bring(name, {}, {"verdict": "deny", "reason": "R.REV"}, {"at": START + 3_600})
    held.project()
    kept = [held.store.tallies.sums(kind, _HOURS) for kind in (VERDICT, REASON)]
    assert sum(count for _, _, count in kept[0]) == 6
    database = held.store.database
    database.execute("DELETE FROM hour_sum")
    dialect = "postgresql" if database.row_lock else "sqlite"
    *_, summing = statements(load_schema(dialect).scripts[_SUMMED_IN])
    database.execute(summing)
    assert [held.store.tallies.sums(kind, _HOURS) for kind in (VERDICT, REASON)] == kept
