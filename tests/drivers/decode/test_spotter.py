from decode_peers import hall, noisy, with_code

from drivers.decode.regions import Box, Glance, texture
from drivers.decode.spotter import Spotter
from drivers.luma import Luma


def spotted(spotter: Spotter, luma: Luma) -> Box | None:
    return spotter.spot(texture(Glance.of(luma)), luma)


def test_code_is_spotted_on_its_second_frame() -> None:
    spotter, code = Spotter(), with_code(hall(), "HELLO")
    assert spotted(spotter, noisy(hall(), 0)) is None
    assert spotted(spotter, noisy(code, 1)) is None
    assert spotter.last is not None
    assert spotted(spotter, noisy(code, 2)) is not None


def test_what_passes_through_is_not_spotted() -> None:
    spotter = Spotter()
    for number in range(4):
        scene = with_code(hall(), "HELLO", at=(120, 40 + 120 * number))
        assert spotted(spotter, noisy(scene, number)) is None


def test_what_is_carried_by_is_not_spotted_however_large() -> None:
    spotter = Spotter()
    for number in range(6):
        scene = with_code(hall(), "A LONG TEXT " * 8, at=(120, 20 + 64 * number))
        assert spotted(spotter, noisy(scene, number)) is None


def test_what_stays_is_told_until_it_has_moved() -> None:
    spotter, code = Spotter(), with_code(hall(), "HELLO")
    for number in range(2):
        assert spotter.stays is None
        spotted(spotter, noisy(code, number))
    assert spotter.stays is not None
    spotted(spotter, noisy(with_code(hall(), "HELLO", at=(20, 420)), 3))
    assert spotter.stays is None


def test_what_is_there_all_day_becomes_furniture() -> None:
    spotter, poster = Spotter(), with_code(hall(), "POSTER")
    for number in range(100):
        spotted(spotter, noisy(poster, number))
    assert spotted(spotter, noisy(poster, 100)) is None
    both = with_code(poster, "HELLO", at=(20, 420))
    spotted(spotter, both)
    box = spotted(spotter, both)
    assert box is not None
    assert box.left > 300
