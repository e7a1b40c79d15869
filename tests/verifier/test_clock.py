"""The clock guard: each boundary from both sides, and every way to poison the floor."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from verifier.clock import (
    FLOOR_LEAD_S_MAX,
    FLOOR_STEP_S_MAX,
    JUMP_S_MAX,
    QUALITIES,
    SPENT_MAX,
    UNCERTAINTY_S_MAX,
    ClockGuard,
    ClockQuality,
    ClockReading,
    ClockSample,
    ClockState,
    FloorSource,
    KeptFloor,
    Lesson,
)
from verifier.model import UnixSeconds

BUILT = 1_800_000_000
DAY = 86_400
YEAR_2099 = 4_070_908_800
TRUSTED, UNTRUSTED = ClockQuality.TRUSTED, ClockQuality.UNTRUSTED
INDEX, LIST, ACK = FloorSource.TRUST_INDEX, FloorSource.STATUS_LIST, FloorSource.ACKNOWLEDGEMENT
JOURNAL = FloorSource.JOURNAL


class Machine:
    """A guard on a machine whose clocks are set by hand."""

    def __init__(self, now: int = BUILT, *, synchronised: bool = False) -> None:
        self.now, self.ms, self.synchronised = now, 7_000_000, synchronised
        self.guard = self.started()

    def started(self, kept: KeptFloor | None = None) -> ClockGuard:
        return ClockGuard(built_at=UnixSeconds(BUILT), monotonic_ms=self.ms, kept=kept)

    def restart(self) -> None:
        """Boot anew: what was kept is all that is left."""
        kept, self.ms = self.guard.kept(self.ms), 3_000
        self.guard = self.started(kept)

    def sample(self) -> ClockSample:
        return ClockSample(
            system=UnixSeconds(self.now), monotonic_ms=self.ms, is_synchronised=self.synchronised
        )

    def pass_s(self, seconds: int) -> None:
        self.now, self.ms = self.now + seconds, self.ms + seconds * 1_000

    def read(self) -> ClockReading:
        return self.guard.read(self.sample())

    def learn(self, proven: int, source: FloorSource = INDEX) -> Lesson:
        return self.guard.learn(UnixSeconds(proven), source, self.sample())

    def reset(self, number: int, floor: int) -> bool:
        return self.guard.reset(number, UnixSeconds(floor), self.ms)

    @property
    def floor(self) -> int:
        return self.guard.floor(self.ms)


# Below the floor.


@pytest.mark.parametrize("synchronised", [False, True])
@pytest.mark.parametrize(
    ("lead_s", "quality", "now"),
    [
        (-31, UNTRUSTED, BUILT),
        (-30, TRUSTED, BUILT - 30),
        (0, TRUSTED, BUILT),
        (10**9, TRUSTED, BUILT + 10**9),
        (-BUILT, UNTRUSTED, BUILT),
    ],
)
def test_a_clock_is_believed_down_to_half_a_minute_below_the_floor(
    lead_s: int, quality: ClockQuality, now: int, *, synchronised: bool
) -> None:
    reading = Machine(BUILT + lead_s, synchronised=synchronised).read()
    assert (reading.quality, reading.now) == (quality, now)


def test_a_synchronised_clock_outlives_one_document_of_a_fast_centre() -> None:
    """It was ten minutes fast, once: for ten minutes, less the honest difference, we refer."""
    machine = Machine(BUILT + DAY, synchronised=True)
    assert machine.learn(BUILT + DAY + 600) is Lesson.RAISED
    for passed_s, quality in ((0, UNTRUSTED), (569, UNTRUSTED), (1, TRUSTED), (DAY, TRUSTED)):
        machine.pass_s(passed_s)
        assert machine.read().quality is quality


@pytest.mark.parametrize(
    ("behind_s", "now_s"), [(31, -31), (FLOOR_LEAD_S_MAX, -FLOOR_LEAD_S_MAX), (901, 0), (DAY, 0)]
)
def test_near_the_floor_a_time_server_says_what_is_over(behind_s: int, now_s: int) -> None:
    """Else a centre that is two minutes fast would have every phone refused as old."""
    machine = Machine(BUILT + 10 * DAY)
    machine.learn(BUILT + 10 * DAY)
    machine.now -= behind_s
    assert machine.read().now == BUILT + 10 * DAY, "without one the floor does"
    machine.synchronised = True
    reading = machine.read()
    assert reading == ClockReading(
        now=UnixSeconds(BUILT + 10 * DAY + now_s),
        quality=UNTRUSTED,
        uncertainty_s=UNCERTAINTY_S_MAX,
    )
    assert machine.guard.state is ClockState.BEHIND


def test_a_clock_alone_stays_behind_the_floor_that_runs_on() -> None:
    machine = Machine(BUILT + DAY)
    machine.learn(BUILT + DAY + 600)
    for passed_s in (0, 570, 30 * DAY):
        machine.pass_s(passed_s)
        assert machine.read().quality is UNTRUSTED


@pytest.mark.parametrize("boot_at", [0, 1_777_000_000], ids=["1970", "plausible"])
def test_a_dead_clock_is_replaced_by_the_floor_and_what_has_passed_since(boot_at: int) -> None:
    machine = Machine(boot_at)
    machine.learn(BUILT + 1_000)
    machine.pass_s(7)
    machine.ms += 999
    assert machine.read() == ClockReading(
        now=UnixSeconds(BUILT + 1_007), quality=UNTRUSTED, uncertainty_s=UNCERTAINTY_S_MAX
    )
    assert machine.guard.state is ClockState.BEHIND


def test_the_floor_allows_for_a_fast_crystal() -> None:
    """Else a month without a time server would put the floor before the right time, for good."""
    machine = Machine(0)
    for elapsed_s, floor_s in [(19_999, 19_999), (1, 19_999), (980_000, 999_950)]:
        machine.pass_s(elapsed_s)
        assert machine.floor == BUILT + floor_s


def test_every_state_has_its_quality() -> None:
    assert set(QUALITIES) == set(ClockState)


# Jumps.


@pytest.mark.parametrize(("off_s", "quality"), [(JUMP_S_MAX, TRUSTED), (JUMP_S_MAX + 1, UNTRUSTED)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_jump_without_a_source_is_not_believed(
    off_s: int, quality: ClockQuality, sign: int
) -> None:
    machine = Machine(BUILT + DAY)
    machine.read()
    machine.now += sign * off_s
    assert machine.read().quality is quality


@pytest.mark.parametrize(
    ("off_s", "quality"), [(JUMP_S_MAX + 2, TRUSTED), (JUMP_S_MAX + 3, UNTRUSTED)]
)
def test_a_jump_is_told_from_drift(off_s: int, quality: ClockQuality) -> None:
    machine = Machine(BUILT + DAY)
    machine.read()
    machine.pass_s(40_000)
    machine.now += off_s
    assert machine.read().quality is quality


def test_many_small_steps_are_a_jump() -> None:
    machine = Machine(BUILT + DAY)
    qualities = []
    for _ in range(JUMP_S_MAX + 1):
        qualities.append(machine.read().quality)
        machine.now += 1
    assert set(qualities) == {TRUSTED}
    assert machine.read().quality is UNTRUSTED


def test_a_clock_that_stands_still_has_jumped() -> None:
    machine = Machine(BUILT + DAY)
    machine.read()
    machine.ms += (JUMP_S_MAX + 2) * 1_000
    assert machine.read().quality is UNTRUSTED


def test_a_jump_decides_by_the_floor_until_the_clock_is_as_it_was() -> None:
    machine = Machine(BUILT + DAY)
    machine.read()
    machine.now = YEAR_2099
    reading = machine.read()
    assert (reading.now, reading.quality, reading.uncertainty_s) == (BUILT, UNTRUSTED, 30)
    assert machine.guard.state is ClockState.JUMPED
    machine.pass_s(100)
    assert machine.read().quality is UNTRUSTED, "running on steadily proves nothing"
    machine.now = BUILT + DAY + 100
    assert machine.read().quality is TRUSTED


def test_a_time_server_ends_a_jump() -> None:
    machine = Machine(BUILT + DAY)
    machine.read()
    machine.now += 3_600
    assert machine.read().quality is UNTRUSTED
    machine.synchronised = True
    assert machine.read().quality is TRUSTED
    machine.synchronised = False
    machine.pass_s(60)
    assert machine.read().quality is TRUSTED, "it runs on from where the time server set it"


def test_what_a_time_server_steps_is_believed_unless_it_lies_below_the_floor() -> None:
    machine = Machine(BUILT + DAY, synchronised=True)
    machine.learn(BUILT + DAY)
    machine.now += DAY
    assert machine.read().quality is TRUSTED
    machine.now -= DAY
    assert machine.read().quality is TRUSTED
    machine.now -= 31
    assert machine.read().quality is UNTRUSTED


def test_a_clock_that_was_below_the_floor_and_is_set_by_hand_has_jumped() -> None:
    machine = Machine(0)
    machine.read()
    machine.now = BUILT + DAY
    assert machine.read().quality is UNTRUSTED
    assert machine.guard.state is ClockState.JUMPED
    machine.restart()
    assert machine.read().quality is TRUSTED, "whoever set it starts the terminal again"


# Uncertainty.


def test_a_clock_that_was_never_synchronised_is_uncertain() -> None:
    assert Machine(BUILT + DAY).read().uncertainty_s == UNCERTAINTY_S_MAX


@pytest.mark.parametrize(
    ("age_s", "uncertainty_s"),
    [
        (0, 0),
        (1, 1),
        (20_000, 1),
        (20_001, 2),
        (86_400, 5),
        (580_000, 29),
        (580_001, 30),
        (600_000, 30),
        (600_001, 30),
        (10**9, 30),
    ],
)
def test_uncertainty_grows_by_50_millionths_rounded_up_to_30_seconds(
    age_s: int, uncertainty_s: int
) -> None:
    machine = Machine(BUILT, synchronised=True)
    machine.read()
    machine.synchronised = False
    machine.pass_s(age_s)
    reading = machine.read()
    assert (reading.quality, reading.uncertainty_s) == (TRUSTED, uncertainty_s)


# What documents teach.


@pytest.mark.parametrize("source", [INDEX, LIST, ACK])
@pytest.mark.parametrize(
    ("lead_s", "lesson", "floor_s"),
    [
        (FLOOR_LEAD_S_MAX, Lesson.RAISED, FLOOR_LEAD_S_MAX),
        (FLOOR_LEAD_S_MAX + 1, Lesson.CLAMPED, FLOOR_LEAD_S_MAX),
        (YEAR_2099, Lesson.CLAMPED, FLOOR_LEAD_S_MAX),
    ],
)
def test_beside_a_time_server_a_document_reaches_a_quarter_of_an_hour(
    source: FloorSource, lead_s: int, lesson: Lesson, floor_s: int
) -> None:
    machine = Machine(BUILT + DAY, synchronised=True)
    assert machine.learn(machine.now + lead_s, source) is lesson
    assert machine.floor == BUILT + DAY + floor_s


@pytest.mark.parametrize("boot_at", [0, BUILT + DAY])
@pytest.mark.parametrize(
    ("lead_s", "lesson", "floor_s"),
    [
        (FLOOR_STEP_S_MAX, Lesson.RAISED, FLOOR_STEP_S_MAX),
        (FLOOR_STEP_S_MAX + 1, Lesson.CLAMPED, FLOOR_STEP_S_MAX),
    ],
)
def test_without_one_a_document_reaches_thirty_days_past_the_floor(
    boot_at: int, lead_s: int, lesson: Lesson, floor_s: int
) -> None:
    machine = Machine(boot_at)
    assert machine.learn(BUILT + lead_s) is lesson
    assert machine.floor == BUILT + floor_s


def test_a_document_that_is_older_than_what_has_passed_teaches_nothing() -> None:
    """Else each repetition of an old date would hide the seconds since it was learnt."""
    machine = Machine(0)
    machine.learn(BUILT + 1_000)
    machine.pass_s(60)
    assert machine.learn(BUILT + 1_060) is Lesson.KNOWN
    assert machine.floor == BUILT + 1_060
    assert machine.learn(BUILT + 1_061) is Lesson.RAISED
    assert machine.learn(BUILT + 10) is Lesson.KNOWN
    assert machine.floor == BUILT + 1_061


@pytest.mark.parametrize("source", [FloorSource.BUILD, FloorSource.RESET])
def test_what_is_no_document_is_our_bug(source: FloorSource) -> None:
    with pytest.raises(ValueError, match="no document"):
        Machine().learn(BUILT + 1, source)


def test_six_months_in_a_warehouse_are_made_good_by_several_documents() -> None:
    machine, today = Machine(0), BUILT + 183 * DAY
    lessons = [machine.learn(today + hour * 3_600) for hour in range(8)]
    assert lessons == [Lesson.CLAMPED] * 6 + [Lesson.RAISED] * 2
    assert machine.floor == today + 7 * 3_600
    assert machine.guard.kept(machine.ms).spent == (), "what has passed need not be remembered"


# Poison.


@pytest.mark.parametrize("restarts", [False, True])
def test_the_same_document_raises_once_however_often_it_comes(*, restarts: bool) -> None:
    machine = Machine(0)
    lessons = []
    for _ in range(10):
        lessons.append(machine.learn(YEAR_2099))
        if restarts:
            machine.restart()
    assert lessons == [Lesson.CLAMPED] + [Lesson.REFUSED] * 9
    assert machine.floor == BUILT + FLOOR_STEP_S_MAX


def test_a_document_just_past_the_limit_has_no_second_step() -> None:
    machine = Machine(0)
    date = BUILT + FLOOR_STEP_S_MAX + 1
    assert [machine.learn(date), machine.learn(date)] == [Lesson.CLAMPED, Lesson.REFUSED]
    assert machine.learn(date + 1) is Lesson.RAISED


def test_a_spent_document_stays_spent_among_others() -> None:
    machine = Machine(0)
    for _ in range(5):
        machine.learn(YEAR_2099, ACK)
        machine.learn(YEAR_2099 + 1, ACK)
        machine.learn(YEAR_2099, LIST)
    assert machine.floor == BUILT + 3 * FLOOR_STEP_S_MAX


def test_a_stream_of_false_documents_ends_at_a_limit() -> None:
    machine = Machine(0)
    lessons = [machine.learn(YEAR_2099 + number) for number in range(SPENT_MAX + 1)]
    assert lessons == [Lesson.CLAMPED] * SPENT_MAX + [Lesson.REFUSED]
    assert machine.floor == BUILT + SPENT_MAX * FLOOR_STEP_S_MAX
    assert machine.learn(machine.floor + DAY) is Lesson.RAISED, "what is near still counts"


def test_beside_a_time_server_a_stream_of_them_gains_nothing() -> None:
    machine = Machine(BUILT + DAY, synchronised=True)
    lessons = [machine.learn(YEAR_2099 + number) for number in range(10)]
    assert lessons == [Lesson.CLAMPED] + [Lesson.REFUSED] * 9
    assert machine.floor == machine.now + FLOOR_LEAD_S_MAX


def test_a_clock_in_2099_for_one_presentation_leaves_nothing_behind() -> None:
    machine = Machine(BUILT + DAY)
    machine.read()
    machine.now = YEAR_2099
    machine.read()
    machine.now = BUILT + DAY
    assert machine.read().quality is TRUSTED
    assert machine.floor == BUILT


# Our own entries.


@pytest.mark.parametrize(
    ("lead_s", "lesson"),
    [
        (0, Lesson.KNOWN),
        (1, Lesson.RAISED),
        (FLOOR_STEP_S_MAX, Lesson.RAISED),
        (FLOOR_STEP_S_MAX + 1, Lesson.REFUSED),
    ],
)
def test_our_own_entries_count_up_to_thirty_days(lead_s: int, lesson: Lesson) -> None:
    machine = Machine(0)
    assert machine.learn(BUILT + lead_s, JOURNAL) is lesson
    expected = lead_s if lesson is Lesson.RAISED else 0
    assert machine.read().now == BUILT + expected
    assert machine.floor == BUILT, "they prove nothing"


def test_a_time_servers_word_outweighs_our_own_entries() -> None:
    """The clock ran two minutes fast, the machine was started again, and a time server came."""
    machine = Machine(BUILT + DAY)
    machine.learn(BUILT + DAY, JOURNAL)
    machine.now -= 120
    assert machine.read().quality is UNTRUSTED
    machine.synchronised = True
    assert machine.read().quality is TRUSTED
    assert machine.learn(BUILT + DAY, JOURNAL) is Lesson.KNOWN
    machine.synchronised = False
    assert machine.read().quality is TRUSTED


def test_our_own_entries_are_not_kept_for_the_next_start() -> None:
    machine = Machine(0)
    machine.learn(BUILT + DAY, JOURNAL)
    machine.restart()
    assert machine.read().now == BUILT


# Restarts.


def test_the_floor_outlives_a_restart_with_what_has_passed() -> None:
    machine = Machine(0)
    machine.learn(BUILT + DAY)
    machine.pass_s(500)
    machine.restart()
    assert machine.read().now == BUILT + DAY + 500
    assert machine.guard.kept(machine.ms).source is INDEX


def test_a_newer_program_raises_what_was_kept() -> None:
    kept = KeptFloor(
        floor=UnixSeconds(BUILT - 1),
        source=INDEX,
        reset_number=4,
        spent=((ACK, UnixSeconds(YEAR_2099)),),
    )
    machine = Machine(0)
    machine.guard = machine.started(kept)
    assert machine.guard.kept(machine.ms) == replace(
        kept, floor=UnixSeconds(BUILT), source=FloorSource.BUILD
    )


# Resets.


def test_a_reset_lowers_the_floor_once() -> None:
    machine = Machine(BUILT + DAY)
    machine.learn(YEAR_2099)
    assert machine.read().quality is UNTRUSTED
    assert machine.reset(1, BUILT + 10)
    assert machine.floor == BUILT + 10
    assert machine.read().quality is TRUSTED
    machine.learn(BUILT + DAY)
    for _ in range(2):
        assert not machine.reset(1, BUILT + 10)
        assert machine.floor == BUILT + DAY
        machine.restart()


@pytest.mark.parametrize(("number", "is_new"), [(4, False), (5, False), (6, True)])
def test_only_a_reset_with_a_higher_number_counts(number: int, *, is_new: bool) -> None:
    machine = Machine(0)
    machine.reset(5, BUILT)
    machine.learn(BUILT + DAY)
    assert machine.guard.is_new(number) is is_new
    assert machine.reset(number, BUILT) is is_new
    assert machine.floor == (BUILT if is_new else BUILT + DAY)


def test_a_reset_never_raises_and_never_passes_below_the_build_date() -> None:
    machine = Machine(0)
    machine.reset(1, BUILT + DAY)
    assert machine.floor == BUILT
    machine.learn(BUILT + DAY)
    machine.reset(2, BUILT - 1)
    assert machine.floor == BUILT


def test_after_a_reset_the_terminal_climbs_again() -> None:
    machine = Machine(0)
    for number in range(SPENT_MAX):
        machine.learn(YEAR_2099 + number)
    machine.reset(1, BUILT)
    assert machine.learn(BUILT + 40 * DAY) is Lesson.CLAMPED
    assert machine.learn(BUILT + 40 * DAY + 1) is Lesson.RAISED


def test_a_reset_also_ends_what_our_own_entries_said() -> None:
    machine = Machine(0)
    machine.learn(BUILT + DAY, JOURNAL)
    machine.reset(1, BUILT)
    assert machine.read().now == BUILT


# Everything in any order.

DATES = st.one_of(
    st.integers(BUILT - DAY, BUILT + 100 * DAY),
    st.integers(YEAR_2099, YEAR_2099 + 2),
    st.integers(0, 2**40),
)


class AnyOrder(RuleBasedStateMachine):
    """Clocks that are set at will, true and false documents, restarts and resets."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = Machine()
        self.floor, self.resets = BUILT, 0
        self.learnt = BUILT  # what a synchronised clock is held against: it is not carried on
        self.untrusted_now: int | None = None

    @property
    def lowest_believed(self) -> int:
        floor = self.learnt if self.machine.synchronised else self.machine.floor
        return floor - UNCERTAINTY_S_MAX

    @rule(seconds=st.integers(0, 40 * DAY))
    def pass_time(self, seconds: int) -> None:
        self.machine.pass_s(seconds)

    @rule(now=DATES, synchronised=st.booleans())
    def set_clock(self, now: int, *, synchronised: bool) -> None:
        self.machine.now, self.machine.synchronised = now, synchronised

    @rule(off_s=st.integers(-40, 1_000))
    def set_near_the_floor(self, off_s: int) -> None:
        self.machine.now = self.machine.floor + off_s

    @rule(date=DATES, source=st.sampled_from([INDEX, LIST, ACK]))
    def learn(self, date: int, source: FloorSource) -> None:
        before, sample = self.machine.floor, self.machine.sample()
        lesson = self.machine.learn(date, source)
        after = self.machine.floor
        limit = FLOOR_LEAD_S_MAX + sample.system
        limit = limit if sample.is_synchronised else before + FLOOR_STEP_S_MAX
        assert before <= after <= max(before, min(date, limit))
        assert (after > before) == (lesson in (Lesson.RAISED, Lesson.CLAMPED))
        assert self.machine.learn(date, source) in (Lesson.KNOWN, Lesson.REFUSED), "once"
        assert self.machine.floor == after
        self.learnt = after if after > before else self.learnt

    @rule(date=DATES)
    def learn_own(self, date: int) -> None:
        before = self.machine.floor
        self.machine.learn(date, JOURNAL)
        assert self.machine.floor == before

    @rule(floor=DATES, number=st.integers(0, 5))
    def reset(self, floor: int, number: int) -> None:
        before = self.machine.floor
        if self.machine.reset(number, floor):
            assert number > self.resets
            self.resets, self.untrusted_now = number, None
            self.floor = self.learnt = max(BUILT, min(before, floor))
        assert self.machine.floor == (self.floor if self.resets == number else before)

    @rule()
    def restart(self) -> None:
        before = self.machine.floor
        self.machine.restart()
        assert self.machine.floor == before
        self.learnt = before
        self.untrusted_now = None  # what our own entries say is read anew at start

    @rule()
    def read(self) -> None:
        reading = self.machine.read()
        if reading.quality is TRUSTED:
            assert reading.now == self.machine.now >= self.lowest_believed
            self.untrusted_now = None
            return
        if reading.now < self.machine.floor:  # near it a time server says what is over
            assert self.machine.synchronised
            assert max(BUILT, self.machine.now) == reading.now >= self.learnt - FLOOR_LEAD_S_MAX
            return
        assert self.untrusted_now is None or reading.now >= self.untrusted_now
        self.untrusted_now = reading.now

    @precondition(lambda self: self.machine.synchronised)
    @rule()
    def time_server_is_believed_above_the_floor(self) -> None:
        expected = self.machine.now >= self.lowest_believed
        assert (self.machine.read().quality is TRUSTED) == expected
        self.untrusted_now = None

    @invariant()
    def never_falls_and_stays_bounded(self) -> None:
        assert self.machine.floor >= self.floor
        self.floor = self.machine.floor
        assert len(self.machine.guard.kept(self.machine.ms).spent) <= SPENT_MAX


TestAnyOrder = pytest.mark.slow(AnyOrder.TestCase)
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
