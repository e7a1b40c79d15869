from terminal.local.rates import Rates


def test_burst_is_free_and_then_each_waits_its_turn() -> None:
    rates = Rates(burst=2, per_s=0.5, names_max=9)
    assert [rates.wait_s("a", 100.0) for _ in range(3)] == [0, 0, 2]
    assert rates.wait_s("a", 101.5) == 0.5
    assert rates.wait_s("a", 102.0) == 0
    assert rates.wait_s("a", 102.0) == 2


def test_pause_gives_back_no_more_than_the_burst() -> None:
    rates = Rates(burst=2, per_s=1.0, names_max=9)
    assert [rates.wait_s("a", at) for at in (0.0, 900.0, 900.0, 900.0)] == [0, 0, 0, 1]


def test_names_do_not_take_from_each_other() -> None:
    rates = Rates(burst=1, per_s=1.0, names_max=9)
    assert [rates.wait_s(name, 0.0) for name in "abab"] == [0, 0, 1, 1]


def test_names_remembered_are_bounded() -> None:
    rates = Rates(burst=1, per_s=0.001, names_max=2)
    for name in "abc":
        rates.wait_s(name, 0.0)
    assert rates.wait_s("c", 0.0) > 0
    assert rates.wait_s("a", 0.0) == 0  # forgotten
