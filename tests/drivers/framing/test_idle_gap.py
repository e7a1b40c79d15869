from drivers.framing.base import Frame, LineFault
from drivers.framing.idle_gap import IdleGap


def test_code_ends_when_nothing_comes_for_the_gap() -> None:
    framing = IdleGap(50)
    assert framing.receive(b"AB", 0) == ()
    assert framing.receive(b"C", 49) == ()
    assert framing.due_ms == 99
    assert framing.receive(b"", 98) == ()
    assert framing.receive(b"", 99) == (Frame(payload=b"ABC", began_ms=0),)
    assert framing.due_ms is None


def test_next_code_ends_the_one_before_when_nobody_looked_in_between() -> None:
    framing = IdleGap(50)
    framing.receive(b"A", 0)
    assert framing.receive(b"B", 50) == (Frame(payload=b"A", began_ms=0),)
    assert framing.receive(b"", 100) == (Frame(payload=b"B", began_ms=50),)


def test_code_exactly_on_the_limit_passes_and_a_longer_one_is_dropped_whole() -> None:
    framing = IdleGap(50, 8)
    framing.receive(b"x" * 8, 0)
    assert framing.receive(b"", 50) == (Frame(payload=b"x" * 8, began_ms=0),)
    assert framing.receive(b"x" * 9, 100) == (LineFault.ENDLESS,)
    assert framing.receive(b"", 150) == ()
    assert framing.receive(b"A", 200) == ()
    assert framing.receive(b"", 250) == (Frame(payload=b"A", began_ms=200),)
