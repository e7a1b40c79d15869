"""What a capture process does with a stream, in threads of the test's own process."""

import threading
from queue import Queue
from typing import Self

import cv2
import numpy as np
from driver_peers import PATIENCE_S, qr_luma

from drivers.back_off import BackOff
from drivers.camera.drain import Drain
from drivers.camera.lookout import Lookout
from drivers.camera.messages import Message, Trouble, parse_trouble
from drivers.camera.source import Source
from drivers.camera.watch import SceneWatch
from drivers.luma import Luma

PAYLOAD = b"HOLDER-0007"
# Colour, for RTP carries no other.
JPEG = cv2.imencode(".jpg", cv2.cvtColor(qr_luma(PAYLOAD), cv2.COLOR_GRAY2BGR))[1].tobytes()


class StreamLane:
    """Drains a stream and looks at its frames until the test ends."""

    def __init__(self, url: str) -> None:
        self.troubles: Queue[Trouble] = Queue()
        self.pictures: Queue[Luma] = Queue()
        self._stopping = threading.Event()
        wait = self._stopping.wait
        self._drain = Drain(cv2, Source(url), self._tell, wait=wait)
        self._lookout = Lookout(cv2, self._drain, SceneWatch(0), self._tell, wait=wait)
        self._draining = threading.Thread(target=self._run)
        # It may wait for a frame when the test ends, and then for ever.
        self._looking = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._draining.start()
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._drain.reopen()
        self._draining.join(PATIENCE_S)
        assert not self._draining.is_alive()

    def trouble(self) -> Trouble:
        return self.troubles.get(timeout=PATIENCE_S)

    def wait_for_code(self) -> None:
        """Wait for a picture that is taken from now on and shows the code, whole."""
        while not self.pictures.empty():
            self.pictures.get()
        while not _shows_the_code(self.pictures.get(timeout=PATIENCE_S)):
            pass

    def _tell(self, message: Message) -> None:
        self.troubles.put(parse_trouble(message.body))

    def _run(self) -> None:
        back_off = BackOff()
        while not self._stopping.is_set():
            self._drain.drain_once(back_off)

    def _look(self) -> None:
        while not self._stopping.is_set():
            self.pictures.put(self._lookout.next_luma()[0])


def _shows_the_code(luma: Luma) -> bool:
    shown = qr_luma(PAYLOAD).astype(int)
    return luma.shape == shown.shape and bool(np.abs(luma - shown).mean() < 5)
