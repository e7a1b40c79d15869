import gc
from weakref import ref

from terminal.garbage import leave_out_what_stays


class Knot:
    """Holds itself, so that nothing but the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_there_is_looked_through_no_more_and_what_comes_is() -> None:
    there = Knot()
    leave_out_what_stays()
    try:
        watched = ref(there)
        del there
        gc.collect()
        assert watched() is not None, "it was left out"
        later = ref(Knot())
        gc.collect()
        assert later() is None
    finally:
        gc.unfreeze()
        gc.collect()
    assert watched() is None
