from drivers.back_off import SETTLED_MS, BackOff


def test_short_lives_double_the_wait_up_to_the_cap() -> None:
    back_off = BackOff()
    waits = [back_off.wait_ms(0) for _ in range(8)]
    assert waits == [200, 400, 800, 1600, 3200, 5000, 5000, 5000]


def test_a_settled_life_forgets_what_was_before() -> None:
    back_off = BackOff()
    back_off.wait_ms(0)
    back_off.wait_ms(SETTLED_MS - 1)
    assert back_off.wait_ms(SETTLED_MS) == 0
    assert back_off.wait_ms(0) == 200
