import numpy as np
from decode_peers import Clock, ScriptedClimber, hall

from drivers.decode.regions import Box
from drivers.decode.rungs import Rung
from drivers.decode.sweep import Sweep
from drivers.luma import Luma


class Recorder(ScriptedClimber):
    def __init__(self) -> None:
        super().__init__(Clock())
        self.seen: dict[str, np.ndarray] = {}

    def look(self, luma: Luma, box: Box, rung: Rung) -> object:
        covered = self.seen.setdefault(rung.name, np.zeros(luma.shape, bool))
        covered[box.top : box.bottom, box.left : box.right] = True
        return super().look(luma, box, rung)


def test_each_rung_looks_at_all_of_a_scene_once() -> None:
    recorder = Recorder()
    sweep = Sweep(recorder)
    for _ in range(100):
        assert sweep.go_on(hall()) == ()
    assert set(recorder.seen) == {"halved", "whole-softened", "doubled", "whole-zbar"}
    assert all(covered.all() for covered in recorder.seen.values())
    assert recorder.asked.count("halved") == 1


def test_new_scene_goes_on_where_the_last_was_left() -> None:
    recorder = Recorder()
    sweep = Sweep(recorder)
    sweep.go_on(hall())
    sweep.begin()
    sweep.go_on(hall())
    assert recorder.asked == ["halved", "whole-softened"]


def test_tiles_of_the_smallest_frame_are_no_bug() -> None:
    sweep = Sweep(Recorder())
    for _ in range(20):
        sweep.go_on(np.zeros((1, 1), np.uint8))
