from drivers.framing.arrived import Arrived


def test_octets_keep_their_times_when_those_before_them_go() -> None:
    arrived = Arrived()
    arrived.add(b"abc", 10)
    arrived.add(b"de", 10)
    arrived.add(b"f", 20)
    arrived.drop(4)
    assert (arrived.octets, arrived.began_ms) == (b"ef", 10)
    arrived.drop(1)
    assert (arrived.octets, arrived.began_ms) == (b"f", 20)
    arrived.drop(1)
    arrived.drop(0)
    arrived.add(b"g", 30)
    assert arrived.began_ms == 30
    arrived.clear()
    arrived.add(b"h", 40)
    assert (arrived.octets, arrived.began_ms) == (b"h", 40)
