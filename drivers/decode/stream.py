"""Reading a camera's frames: each is looked at once, and what there was no time for is carried on.

An idle lane shall cost next to nothing and a code held up shall be read in the first frames that
show it, so time is given by what is seen: a still scene gets the change gate alone; a code that an
engine saw and could not read gets rung after rung, frame after frame; a frame with nothing in it
gets one look, and now and then one more from what was saved.
"""

from collections.abc import Callable, Sequence

from drivers.decode.budget import CPU_TIME, Credit, Nanoseconds, Stopwatch
from drivers.decode.climb import Climber
from drivers.decode.engines import NOTHING, Seen, Unread
from drivers.decode.gate import ChangeGate, Portrait
from drivers.decode.regions import Box, Glance, box_around, texture, whole
from drivers.decode.rungs import HALVED, PLACE
from drivers.decode.spotter import Spotter
from drivers.decode.sweep import Sweep
from drivers.decode.trail import COMBINED_AT, COMBINED_AT_UNSEEN, Trail, trail_of
from drivers.luma import Luma
from drivers.reading import Look, Reading, Sign

# Later rungs on one frame take at most this many times as long as the first look: where a code was
# seen, and where one may be.
PLAINS_MAX, PLAINS_MAX_GUESSED = 12, 4
# And this long at most: a decode process that spends a second on one frame is replaced.
FRAME_NS_MAX = 250_000_000
# A frame with nothing in it may cost 1.3 first looks, all in all. The gate and the search for
# texture take a tenth of one; a still frame, which has no first look, may take more of its own.
EARNED_SHARE, EARNED_SHARE_STILL = 0.05, 0.25
# A second of later rungs at 10 frames a second. A lane starts with enough for one code.
CREDIT_NS_MAX = 120_000_000
CREDIT_NS_FIRST = 20_000_000
# Kept back for a code that comes into view: only what is saved beyond it goes into the sweep.
CREDIT_NS_KEPT = 60_000_000
# A still scene is looked at all the same once a second at 10 frames a second, so that nothing is
# overlooked for ever.
STILL_FRAMES_MAX = 10
# But while an unread code is in view, or what may be one, noise alone may make the next better.
STILL_FRAMES_MAX_UNREAD = 2
# After so many changed frames in a row the scene is an eventful one, and the gate spares no looks.
# The gate and the search for texture cost a third of a look, so they are left out of two frames of
# three: a code that no engine sees is found two frames later at 10 to 15 frames a second.
MOVING_FRAMES_MIN = 3
SPARED_FRAMES_MAX = 2
# With nothing new but where the codes of the last look are, the rest of the frame is looked at
# every third time: another code counts as shown a fifth of a second later.
PLACES_ONLY_MAX = 2
PLACES_MAX = 2  # more codes than these, and the whole frame is as cheap
UNSEEN_FRAMES_MAX = 10  # after which a code that comes is another one

_NOTHING_SEEN = Look(readings=(), sign=Sign.NOTHING)


class Stream:
    """Reads the frames of one camera, in their order.

    Args:
        climber: applies the rungs.
        nanoseconds: the time source.
    """

    def __init__(self, climber: Climber, nanoseconds: Nanoseconds = CPU_TIME) -> None:
        self._climber, self._nanoseconds = climber, nanoseconds
        self._gate = ChangeGate()
        self._credit = Credit(at_first_ns=CREDIT_NS_FIRST, most_ns=CREDIT_NS_MAX)
        self._sweep = Sweep(climber)
        self._seen = NOTHING
        self._last = _NOTHING_SEEN
        self._portraits: tuple[Portrait, ...] = ()
        self._places: tuple[Box, ...] = ()
        self._trail: Trail | None = None
        self._spotter = Spotter()
        self._plain_ns = 0
        self._still_frames = self._moving_frames = self._places_only = self._unseen_frames = 0
        self._spared_frames = 0
        self._shape: tuple[int, ...] = ()

    def read(self, luma: Luma) -> Look:
        """Return what can be read on the next frame."""
        if luma.shape != self._shape:
            self._start_anew(luma)
        if self._may_spare():
            return self._changed(luma, None)
        glance = Glance.of(luma)
        if not self._is_still(glance):
            self._gate.looked_at(glance)
            return self._changed(luma, glance)
        self._still_frames, self._moving_frames = self._still_frames + 1, 0
        self._credit.earn(int(EARNED_SHARE_STILL * self._plain_ns))
        look = self._rest(luma, glance)
        return look if look is self._last else self._remembered(luma, look)

    def _may_spare(self) -> bool:
        """Return whether this frame is looked at without a glance first, and note it."""
        is_eventful = self._moving_frames >= MOVING_FRAMES_MIN
        may = is_eventful and self._spared_frames < SPARED_FRAMES_MAX
        self._spared_frames = self._spared_frames + 1 if may else 0
        return may

    def _is_still(self, glance: Glance) -> bool:
        is_still = self._gate.is_still(glance)
        if is_still and self._moving_frames >= MOVING_FRAMES_MIN:
            # Like the frame before the last. What stands on the last may be another code.
            self._moving_frames = 0
            return False
        return is_still

    def _changed(self, luma: Luma, glance: Glance | None) -> Look:
        self._still_frames, self._moving_frames = 0, self._moving_frames + 1
        self._credit.earn(int(EARNED_SHARE * self._plain_ns))
        self._sweep.begin()
        look = self._places_again(luma) if self._places else None
        return self._remembered(luma, look or self._look(luma, glance))

    def _start_anew(self, luma: Luma) -> None:
        """Forget all places: they are those of frames of another size."""
        self._shape = luma.shape
        self._portraits, self._places = (), ()
        self._spotter, self._moving_frames = Spotter(), 0
        self._forget_code()

    def _rest(self, luma: Luma, glance: Glance) -> Look:
        """Return the look of a frame on which nothing has changed since the last look."""
        last = self._last
        may_be = last.sign is Sign.UNREAD or self._spotter.last is not None
        most = STILL_FRAMES_MAX_UNREAD if may_be else STILL_FRAMES_MAX
        is_due = self._still_frames % most == 0
        if last.readings:
            # The gate may miss a code that was redrawn in pale grey. This doesn't.
            is_same = len(self._portraits) == len(last.readings) and all(
                portrait.shows(luma) for portrait in self._portraits
            )
            if is_same and not is_due:
                return last
            look = self._look(luma, glance)
            # Noise may spoil a look at what is the same, pixel by pixel; and one of two codes that
            # are in view must not seem to be alone.
            return last if is_same and len(look.readings) < len(last.readings) else look
        if is_due:
            return self._look(luma, glance)
        watch = Stopwatch(self._nanoseconds)
        readings = self._further(luma, self._seen, watch, self._spotter.last)
        if readings:
            return Look(readings=readings, sign=Sign.READ, unread=last.unread)
        return last

    def _places_again(self, luma: Luma) -> Look | None:
        """Return what stands where the last codes stood, if it is as many and that is enough."""
        if self._places_only >= PLACES_ONLY_MAX:
            return None
        readings: list[Reading] = []
        for box in self._places:
            _, found = self._climber.look(luma, box, PLACE)
            # The small code beside a large one stands in the large one's place, too.
            if len(found) != 1 or found[0].payload in {reading.payload for reading in readings}:
                return None
            readings += found
        self._places_only += 1
        return Look(readings=tuple(readings), sign=Sign.READ)

    def _look(self, luma: Luma, glance: Glance | None) -> Look:
        self._places_only = 0
        watch = Stopwatch(self._nanoseconds)
        seen, readings = self._climber.plain(luma)
        self._plain_ns = watch.spent_ns
        self._seen, unread = seen, seen.places if seen.unread else ()
        if not readings:
            spotted = None if unread else self._spot(luma, glance)
            if unread or spotted or self._credit.left_ns > CREDIT_NS_KEPT:
                readings = self._further(luma, seen, watch, spotted)
        if readings:
            return Look(readings=readings, sign=Sign.READ, unread=unread)
        if unread:
            return Look(readings=(), sign=Sign.UNREAD, unread=unread)
        self._unseen_frames += 1
        if self._unseen_frames > UNSEEN_FRAMES_MAX and self._trail is not None:
            self._forget_code()
        return _NOTHING_SEEN

    def _spot(self, luma: Luma, glance: Glance | None) -> Box | None:
        """Return where a code may be; without a glance, where one is being tried already."""
        if glance is None:
            return self._spotter.stays if self._trail is not None else None
        return self._spotter.spot(texture(glance), luma)

    def _further(
        self, luma: Luma, seen: Seen, watch: Stopwatch, spotted: Box | None
    ) -> tuple[Reading, ...]:
        """Return what the later rungs read, as far as this frame's time goes."""
        begun_ns = watch.spent_ns
        if seen.unread:
            box = box_around(seen.unread[0].corners, luma)
            limit_ns = min(begun_ns + PLAINS_MAX * self._plain_ns, FRAME_NS_MAX)
            if box is not None:
                trail = self._trail_at(luma, box, COMBINED_AT)
                return self._climbed(luma, trail, seen.unread, lambda: watch.spent_ns < limit_ns)
        readings = self._guess(luma, watch, spotted)
        self._credit.spend(watch.spent_ns - begun_ns)
        return readings

    def _guess(self, luma: Luma, watch: Stopwatch, spotted: Box | None) -> tuple[Reading, ...]:
        """Return what is read where a code may be, else anywhere, as far as the credit goes."""
        # For less than a look's worth no rung would be reached.
        if spotted is not None and self._credit.left_ns > self._plain_ns:
            most_ns = min(PLAINS_MAX_GUESSED * self._plain_ns, self._credit.left_ns)
            limit_ns = min(watch.spent_ns + most_ns, FRAME_NS_MAX)
            trail = self._trail_at(luma, spotted, COMBINED_AT_UNSEEN)
            return self._climbed(luma, trail, (), lambda: watch.spent_ns < limit_ns)
        if self._credit.left_ns > CREDIT_NS_KEPT:
            return self._sweep.go_on(luma)
        return ()

    def _climbed(
        self,
        luma: Luma,
        trail: Trail,
        unread: Sequence[Unread],
        may_go_on: Callable[[], bool],
    ) -> tuple[Reading, ...]:
        if trail.is_at_end:
            return ()
        # At half the size most codes on screens are read, for a fifth of a look.
        _, readings = self._climber.look(luma, whole(luma), HALVED)
        return readings or self._climber.climb(luma, trail, unread, may_go_on)

    def _trail_at(self, luma: Luma, box: Box, combined_at: Sequence[int]) -> Trail:
        """Return the trail on this part of the scene, moved to where it is now."""
        if self._trail is None or not self._trail.box.is_near(box):
            self._trail = trail_of(luma, box, self._climber.lucky, combined_at)
        self._trail.box = box
        return self._trail

    def _remembered(self, luma: Luma, look: Look) -> Look:
        """Take over what the next frame needs to know of this one."""
        self._last = look
        if look.readings or self._portraits:
            self._keep_places(luma, look.readings)
        if look is not _NOTHING_SEEN:
            self._unseen_frames = 0
        if look.readings:
            self._forget_code()
        return look

    def _forget_code(self) -> None:
        """Take what comes into view for another code than what was there."""
        self._trail = None
        self._climber.forget()

    def _keep_places(self, luma: Luma, readings: Sequence[Reading]) -> None:
        boxes = [box_around(reading.corners, luma) for reading in readings]
        known = tuple(box for box in boxes if box is not None)
        self._places = known if len(known) == len(boxes) <= PLACES_MAX else ()
        self._portraits = tuple(Portrait(luma, box) for box in known)
