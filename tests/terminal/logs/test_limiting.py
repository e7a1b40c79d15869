from terminal.logs.limiting import NAMES_MAX, LogLimit


def test_burst_is_taken_and_one_more_is_left_out() -> None:
    limit = LogLimit()
    taken = [limit.take("lane.decided", 0.0, burst=3, per_s=1.0) for _ in range(5)]
    assert taken == [0, 0, 0, None, None]


def test_next_one_that_is_taken_tells_how_many_were_left_out() -> None:
    limit = LogLimit()
    for _ in range(5):
        limit.take("a", 0.0, burst=1, per_s=1.0)
    assert limit.take("a", 0.999, burst=1, per_s=1.0) is None
    assert limit.take("a", 1.0, burst=1, per_s=1.0) == 5
    assert limit.take("a", 2.0, burst=1, per_s=1.0) == 0


def test_what_is_left_out_of_one_name_costs_no_other() -> None:
    limit = LogLimit()
    limit.take("a", 0.0, burst=1, per_s=1.0)
    assert limit.take("a", 0.0, burst=1, per_s=1.0) is None
    assert limit.take("b", 0.0, burst=1, per_s=1.0) == 0


def test_what_is_owed_is_told_once_when_it_would_be_taken_again() -> None:
    limit = LogLimit()
    for _ in range(3):
        limit.take("a", 0.0, burst=1, per_s=0.5)
    assert list(limit.owed(1.9)) == []
    assert list(limit.owed(2.0)) == [("a", 2)]
    assert list(limit.owed(9.0)) == list(limit.all_owed()) == []


def test_at_the_end_everything_that_is_owed_is_told() -> None:
    limit = LogLimit()
    for _ in range(3):
        limit.take("a", 0.0, burst=1, per_s=0.5)
    assert list(limit.all_owed()) == [("a", 2)]


def test_names_without_end_take_no_more_room() -> None:
    limit = LogLimit()
    for number in range(3 * NAMES_MAX):
        limit.take(f"event-{number}", 0.0, burst=1, per_s=0.1)
    assert len(limit._buckets) == NAMES_MAX
