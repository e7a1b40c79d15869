"""What each hardship does to a scene in which nothing is hard."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from simulator.backdrops import PAN_PX, PICTURES
from simulator.optics import Display, Lamp
from simulator.scenes import Scene
from simulator.surfaces import Finger, Ink, Surface

CODE_PX_MAX = 470.0  # a larger one leaves a frame of 720 lines when the hand is off the middle


def usual_scene(rng: np.random.Generator, *, surface: Surface, code_px: float) -> Scene:
    """Return a scene in which nothing is hard."""
    return Scene(
        surface=surface,
        code_px=min(CODE_PX_MAX, code_px),
        x=rng.uniform(0.38, 0.62),
        y=rng.uniform(0.46, 0.54),
        tilt=rng.normal(0, 5),
        turn=rng.normal(0, 5),
        roll=rng.normal(0, 6),
        blur=rng.uniform(0, 0.5),
        noise=rng.uniform(1.5, 5),
        brightness=rng.uniform(0.8, 1.05),
        unevenness=rng.uniform(0, 0.15),
        light_angle=rng.uniform(0, 360),
        backdrop=int(rng.integers(PICTURES * PAN_PX)),
    )


# Each takes the usual scene, the code's width in modules, and what else to draw at random from.
Hardener = Callable[[Scene, int, np.random.Generator], Scene]


def clean(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Leave the scene as it is."""
    del modules, rng
    return base


def tilted(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Lean the code away to one side; it is held nearer, so that its far edge can be read."""
    lean, way = rng.uniform(35, 66), rng.uniform(0, 2 * np.pi)
    return replace(
        base,
        code_px=min(CODE_PX_MAX, modules * rng.uniform(3, 5.5)),
        tilt=lean * np.sin(way),
        turn=lean * np.cos(way),
    )


def rolled(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Turn the code any way up, leaning a little."""
    del modules
    return replace(base, roll=rng.uniform(0, 360), tilt=rng.normal(0, 12), turn=rng.normal(0, 12))


def moving(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Move the hand by one or two modules while the frame is exposed."""
    module_px = base.code_px / modules
    return replace(base, motion=module_px * rng.uniform(0.8, 2.1), motion_angle=rng.uniform(0, 180))


def defocused(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Hold the code out of the lens's depth of field."""
    module_px = base.code_px / modules
    return replace(base, defocus=module_px * rng.uniform(0.9, 1.9))


def dark(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Turn the light down: the camera's gain makes noise of it, its long exposure a smear."""
    module_px = base.code_px / modules
    return replace(
        base,
        brightness=rng.uniform(0.12, 0.4),
        noise=rng.uniform(6, 17),
        motion=module_px * rng.uniform(0, 0.9),
        motion_angle=rng.uniform(0, 180),
        unevenness=rng.uniform(0, 0.4),
    )


def glaring(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Mirror a tube, bulbs or a window in what is held up."""
    del modules
    lamps = _REFLECTED[int(rng.integers(len(_REFLECTED)))](rng)
    return replace(base, lamps=lamps, brightness=rng.uniform(0.45, 1.0))


def _tube(rng: np.random.Generator) -> tuple[Lamp, ...]:
    return (
        Lamp(
            x=rng.uniform(-0.5, 0.5),
            y=rng.uniform(-0.5, 0.5),
            length=rng.uniform(0.5, 1.6),
            breadth=rng.uniform(0.02, 0.07),
            angle=rng.uniform(0, 180),
            grey=rng.uniform(250, 700),
            softness=rng.uniform(0.02, 0.06),
        ),
    )


def _bulbs(rng: np.random.Generator) -> tuple[Lamp, ...]:
    return tuple(
        Lamp(
            x=rng.uniform(-0.6, 0.6),
            y=rng.uniform(-0.6, 0.6),
            length=0,
            breadth=rng.uniform(0.02, 0.12),
            grey=rng.uniform(300, 900),
            softness=rng.uniform(0.04, 0.12),
        )
        for _ in range(int(rng.integers(1, 4)))
    )


def _window(rng: np.random.Generator) -> tuple[Lamp, ...]:
    """Return the panes of a window: the glass mirrors less of the sky than of a lamp."""
    x, y, pane = rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.5), rng.uniform(0.16, 0.34)
    grey, angle = rng.uniform(90, 260), rng.uniform(-15, 15)
    return tuple(
        Lamp(x=x + across, y=y + down, length=pane, breadth=pane, angle=angle, grey=grey)
        for across in (0, 1.15 * pane)
        for down in (0, 1.15 * pane)
    )


_REFLECTED = (_tube, _bulbs, _window)


def on_display(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Show the screen's own pixels: as moire where they are fine, as a grid where they are not."""
    del modules
    fine = rng.uniform() < 0.6
    display = Display(
        pitch_px=rng.uniform(0.9, 2.1) if fine else rng.uniform(2.1, 4.2),
        depth=rng.uniform(0.2, 0.7) if fine else rng.uniform(0.4, 0.9),
        flicker=rng.uniform(0, 0.5),
        band_px=rng.uniform(60, 260),
        phase=rng.uniform(),
    )
    return replace(base, surface=Surface.PHONE, display=display)


def fingered(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Hold the code with a fingertip upon it."""
    del modules
    finger = Finger(
        angle=90 * int(rng.integers(4)) + rng.normal(0, 12),
        reach=rng.uniform(0.02, 0.3),
        aside=rng.uniform(-0.35, 0.35),
        breadth=rng.uniform(0.2, 0.32),
    )
    return replace(base, finger=finger)


def faint(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Print the code in grey, or dim it on a white screen."""
    del modules
    return replace(
        base,
        ink=Ink(contrast=rng.uniform(0.06, 0.25)),
        noise=rng.uniform(2, 6),
        unevenness=rng.uniform(0, 0.5),
    )


def inverted(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Show the code in dark mode."""
    return replace(
        base,
        surface=Surface.PHONE,
        ink=Ink(inverted=True),
        code_px=min(CODE_PX_MAX, modules * rng.uniform(2, 4.5)),
        glare=rng.uniform(0, 120),
        noise=rng.uniform(2, 9),
    )


def far(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Hold the code so far away that its modules are hardly two pixels wide."""
    return replace(base, code_px=modules * rng.uniform(1.4, 2.6), blur=rng.uniform(0, 0.7))


def before_patterns(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Hold a rather small code before a wall of notices and other patterns."""
    return replace(base, busy=True, code_px=min(CODE_PX_MAX, modules * rng.uniform(1.5, 3)))


def mixed(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Draw several mild hardships at once: a morning at a gate."""
    module_px = rng.uniform(2.5, 5)
    share = 0.15 if base.surface is Surface.PHONE else 0  # of dark mode: no card has one
    scene = replace(
        base,
        code_px=min(CODE_PX_MAX, modules * module_px),
        tilt=rng.normal(0, 14),
        turn=rng.normal(0, 14),
        roll=rng.normal(0, 12),
        defocus=module_px * rng.uniform(0, 1.2),
        motion=module_px * rng.uniform(0, 1.0),
        motion_angle=rng.uniform(0, 180),
        noise=rng.uniform(2, 10),
        brightness=rng.uniform(0.35, 1.15),
        unevenness=rng.uniform(0, 0.4),
        glare=rng.uniform(0, 140),
        ink=Ink(contrast=rng.uniform(0.5, 1), inverted=rng.uniform() < share),
    )
    if rng.uniform() < 0.3:
        scene = fingered(scene, modules, rng)
    if rng.uniform() < 0.25:
        scene = replace(scene, lamps=_bulbs(rng))
    return scene
