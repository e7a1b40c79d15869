import pytest

from protocol.batch import BATCH_ENTRIES_MAX
from protocol.problems import Problem, ProblemCode
from terminal.sync.machine import (
    BACKOFF_S_MAX,
    GROWTH_SUCCESSES,
    Answer,
    Parted,
    Reached,
    Refused,
    SyncMachine,
    SyncState,
    Unreachable,
)

ALMOST_ONE = 0.999_999


def problem(code: ProblemCode, **members: int | str) -> Refused:
    return Refused(problem=Problem(code=code, detail="says why", members=tuple(members.items())))


def test_all_goes_well_at_once() -> None:
    machine = SyncMachine()
    assert machine.receive(Reached(), random_unit=0.5) == 0.0
    assert (machine.state, machine.detail) == (SyncState.WORKING, "")


def test_failures_wait_longer_and_longer_up_to_a_limit() -> None:
    machine = SyncMachine()
    delays = [machine.receive(Unreachable(what="no"), random_unit=ALMOST_ONE) for _ in range(40)]
    assert [round(delay) for delay in delays[:9]] == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert max(delays) < BACKOFF_S_MAX
    assert (machine.state, machine.detail) == (SyncState.BACKING_OFF, "no")


def test_jitter_is_full_and_begins_at_nothing() -> None:
    machine = SyncMachine()
    assert [machine.receive(Unreachable(what=""), random_unit=0.0) for _ in range(5)] == [0.0] * 5


def test_one_success_forgets_the_failures() -> None:
    machine = SyncMachine()
    for _ in range(10):
        machine.receive(Unreachable(what="no"), random_unit=ALMOST_ONE)
    machine.receive(Reached(), random_unit=0.0)
    assert machine.state is SyncState.WORKING
    assert machine.receive(Unreachable(what="no"), random_unit=ALMOST_ONE) < 1.0


@pytest.mark.parametrize("unit", [0.0, 0.25, ALMOST_ONE])
def test_a_time_that_the_centre_asks_for_is_spread_within_it(unit: float) -> None:
    machine = SyncMachine()
    asked = Unreachable(what="busy", retry_after_s=40.0)
    assert machine.receive(asked, random_unit=unit) == 40.0 * unit


def test_a_time_without_end_is_not_waited_for() -> None:
    asked = Unreachable(what="busy", retry_after_s=999_999.0)
    assert SyncMachine().receive(asked, random_unit=ALMOST_ONE) < BACKOFF_S_MAX


def test_after_a_gap_the_entries_that_are_wanted_are_sent_at_once_and_only_once() -> None:
    machine = SyncMachine()
    assert machine.receive(problem(ProblemCode.GAP, need=7), random_unit=0.9) == 0.0
    assert machine.resend_from == 7
    assert machine.receive(Reached(), random_unit=0.0) == 0.0
    assert machine.resend_from is None


def test_a_gap_that_stays_after_its_entries_were_sent_halts() -> None:
    machine = SyncMachine()
    machine.receive(problem(ProblemCode.GAP, need=7), random_unit=0.9)
    assert machine.receive(problem(ProblemCode.GAP, need=7), random_unit=0.9) > 0
    assert machine.state is SyncState.HALTED


@pytest.mark.parametrize(
    "members", [{}, {"need": "7"}, {"need": 0}, {"need": -1}, {"need": 1 << 63}]
)
def test_a_gap_that_names_no_entry_halts_and_does_not_hammer_the_centre(
    members: dict[str, int | str],
) -> None:
    machine = SyncMachine()
    assert machine.receive(problem(ProblemCode.GAP, **members), random_unit=0.9) > 0
    assert machine.state is SyncState.HALTED
    assert machine.resend_from is None


def test_a_batch_that_is_too_large_is_halved_until_it_is_one_entry() -> None:
    machine = SyncMachine()
    sizes = [machine.batch_entries]
    while machine.receive(problem(ProblemCode.TOO_LARGE), random_unit=0.9) == 0.0:
        sizes.append(machine.batch_entries)
    assert sizes == [BATCH_ENTRIES_MAX >> step for step in range(len(sizes))]
    assert machine.batch_entries == 1
    assert machine.state is SyncState.REFUSED


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (ProblemCode.FORK, SyncState.HALTED),
        (ProblemCode.EPOCH, SyncState.HALTED),
        (ProblemCode.MALFORMED, SyncState.REFUSED),
        (ProblemCode.CLOCK, SyncState.REFUSED),
        (ProblemCode.SIGNATURE, SyncState.REFUSED),
        (ProblemCode.SUSPENDED, SyncState.REFUSED),
        (ProblemCode.ENCODING, SyncState.REFUSED),
        (ProblemCode.NOT_FOUND, SyncState.REFUSED),
        (ProblemCode.OVERLOADED, SyncState.BACKING_OFF),
    ],
)
def test_each_refusal_has_its_state_and_waits(code: ProblemCode, state: SyncState) -> None:
    machine = SyncMachine()
    assert machine.receive(problem(code), random_unit=0.5) > 0
    assert machine.state is state
    assert machine.detail == f"{code.value}: says why"


HALTING = pytest.mark.parametrize(
    "halting",
    [
        Parted(what="another history"),
        problem(ProblemCode.FORK),
        problem(ProblemCode.EPOCH),
        problem(ProblemCode.GAP),
    ],
)


@HALTING
@pytest.mark.parametrize("later", [Unreachable(what="no network"), problem(ProblemCode.CLOCK)])
def test_a_halt_stays_whatever_the_network_does(halting: Answer, later: Answer) -> None:
    machine = SyncMachine()
    machine.receive(halting, random_unit=0.5)
    detail = machine.detail
    assert machine.receive(later, random_unit=0.5) == BACKOFF_S_MAX
    assert (machine.state, machine.detail) == (SyncState.HALTED, detail)


@HALTING
def test_a_halt_is_tried_again_slowly_and_ends_with_an_acknowledgement(halting: Answer) -> None:
    """Nobody signed the refusal: anybody between terminal and centre may have written it."""
    machine = SyncMachine()
    assert machine.receive(halting, random_unit=0.0) == BACKOFF_S_MAX
    assert machine.receive(halting, random_unit=0.0) == BACKOFF_S_MAX
    assert machine.receive(Reached(), random_unit=0.5) == 0.0
    assert (machine.state, machine.detail) == (SyncState.WORKING, "")
    assert machine.receive(Unreachable(what="no"), random_unit=ALMOST_ONE) < 1.0


def test_a_halt_learns_of_a_newer_one() -> None:
    machine = SyncMachine()
    machine.receive(problem(ProblemCode.FORK), random_unit=0.5)
    machine.receive(problem(ProblemCode.EPOCH), random_unit=0.5)
    assert machine.detail == "epoch: says why"


def test_a_halted_sync_still_sends_what_the_centre_wants_again() -> None:
    machine = SyncMachine()
    machine.receive(problem(ProblemCode.FORK), random_unit=0.5)
    assert machine.receive(problem(ProblemCode.GAP, need=7), random_unit=0.5) == 0.0
    assert machine.resend_from == 7
    assert machine.state is SyncState.HALTED


def test_what_was_wanted_before_a_halt_is_forgotten() -> None:
    """Otherwise a gap that somebody made up would be wanted for ever."""
    machine = SyncMachine()
    machine.receive(problem(ProblemCode.GAP, need=7), random_unit=0.5)
    machine.receive(Parted(what="not here"), random_unit=0.5)
    assert machine.resend_from is None
    assert machine.receive(problem(ProblemCode.GAP, need=7), random_unit=0.5) == 0.0


def test_gaps_that_move_on_are_followed_and_one_that_does_not_halts() -> None:
    """A centre that lost a thousand entries asks batch by batch; a liar asks for the same."""
    machine = SyncMachine()
    for need in (1, 501, 1001):
        assert machine.receive(problem(ProblemCode.GAP, need=need), random_unit=0.5) == 0.0
        assert machine.receive(Reached(), random_unit=0.5) == 0.0
    assert machine.receive(problem(ProblemCode.GAP, need=1001), random_unit=0.5) > 0
    assert machine.state is SyncState.HALTED


def test_a_gap_after_all_went_well_is_a_new_one() -> None:
    machine = SyncMachine()
    machine.receive(problem(ProblemCode.GAP, need=7), random_unit=0.5)
    machine.receive(Reached(), random_unit=0.5)
    machine.receive(Reached(), random_unit=0.5)
    assert machine.receive(problem(ProblemCode.GAP, need=7), random_unit=0.5) == 0.0


def test_batches_grow_back_after_many_successes() -> None:
    machine = SyncMachine()
    while machine.receive(problem(ProblemCode.TOO_LARGE), random_unit=0.9) == 0.0:
        pass
    sizes = []
    while machine.batch_entries < BATCH_ENTRIES_MAX:
        for _ in range(GROWTH_SUCCESSES):
            machine.receive(Reached(), random_unit=0.5)
        sizes.append(machine.batch_entries)
    assert sizes == [2, 4, 8, 16, 32, 64, 128, 256, BATCH_ENTRIES_MAX]
    machine.receive(Reached(), random_unit=0.5)
    assert machine.batch_entries == BATCH_ENTRIES_MAX


def test_a_refusal_of_a_batch_waits_longer_and_longer() -> None:
    machine = SyncMachine()
    malformed = problem(ProblemCode.MALFORMED)
    delays = [machine.receive(malformed, random_unit=ALMOST_ONE) for _ in range(9)]
    assert [round(delay) for delay in delays] == [1, 2, 4, 8, 16, 32, 64, 120, 120]
