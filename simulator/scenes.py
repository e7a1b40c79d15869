"""Frames of a fixed camera to which a holder shows a code."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.backdrops import PAN_PX, PICTURES, backdrop, lit, with_noise
from simulator.surfaces import Artwork, Surface, artwork

LENS_SIGMA_PX = 0.55  # what the sharpest cheap lens still blurs
FOCAL_WIDTHS = 0.87  # focal length in frame widths of a 60 degree lens
TREMOR_KEPT = 0.85  # of a hand's offset after one frame; the rest is new

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """How a code is held to which camera; angles are in degrees, grey levels run to 255."""

    width: int = 1280
    height: int = 720
    surface: Surface = Surface.PHONE
    code_px: float = 320.0  # width of the code without its quiet zone, before tilt
    x: float = 0.5  # centre of the code, as a share of the frame's width
    y: float = 0.5  # the same of its height
    tilt: float = 0.0  # top edge away from the camera
    turn: float = 0.0  # right edge away from the camera
    roll: float = 0.0  # clockwise in the frame
    blur: float = 0.0  # defocus: standard deviation, in pixels
    motion: float = 0.0  # way of the hand during one exposure, in pixels
    motion_angle: float = 0.0
    noise: float = 2.0  # standard deviation, in grey levels
    brightness: float = 1.0
    unevenness: float = 0.0  # share of light gained on one side and lost on the other
    light_angle: float = 0.0
    glare: float = 0.0  # grey levels added at the middle of the lamp's reflection
    backdrop: int = 0


def draw(text: str, *, scene: Scene, rng: np.random.Generator) -> Pixels:
    """Return one BGR frame of (scene.height, scene.width, 3) in which `text` is shown.

    Args:
        text: content of a QR code of error level M, in the densest mode that holds it.
        scene: everything that a later frame of the same hand and camera shares.
        rng: the sensor's noise alone.
    """
    frame = backdrop(number=scene.backdrop, width=scene.width, height=scene.height).copy()
    flat = artwork(text=text, surface=scene.surface, code_px=scene.code_px)
    _hold_up(frame, flat=flat, scene=scene)
    return _seen(frame, scene=scene, rng=rng)


def draw_empty(*, scene: Scene, rng: np.random.Generator) -> Pixels:
    """Return the same camera's frame when nobody stands before it."""
    view = backdrop(number=scene.backdrop, width=scene.width, height=scene.height)
    return _seen(view, scene=scene, rng=rng)


def empty_scene(rng: np.random.Generator) -> Pixels:
    """Return a frame of a random camera with no code in it."""
    return draw_empty(scene=random_scene(rng), rng=rng)


def random_scene(rng: np.random.Generator, *, surface: Surface = Surface.PHONE) -> Scene:
    """Return a scene as hard as a usual morning at a gate.

    A code of 375 characters has 65 modules, so that the smallest here has 3.7 pixels a module:
    below 3.5 decoders begin to fail, whatever the light.
    """
    return Scene(
        surface=surface,
        code_px=rng.uniform(240, 400),
        x=rng.uniform(0.38, 0.62),
        y=rng.uniform(0.45, 0.55),
        tilt=rng.normal(0, 11),
        turn=rng.normal(0, 11),
        roll=rng.normal(0, 9),
        blur=rng.uniform(0, 1.5),
        motion=rng.uniform(0, 4.5),
        motion_angle=rng.uniform(0, 180),
        noise=rng.uniform(1.5, 9),
        brightness=rng.uniform(0.5, 1.15),
        unevenness=rng.uniform(0, 0.3),
        light_angle=rng.uniform(0, 360),
        glare=rng.uniform(0, 120),
        backdrop=int(rng.integers(PICTURES * PAN_PX)),
    )


def presentation_frames(
    text: str, *, rng: np.random.Generator, frames: int, surface: Surface
) -> Iterator[Pixels]:
    """Yield `frames` frames of one presentation: one camera, one hand and its tremor."""
    base = random_scene(rng, surface=surface)
    offset = rng.normal(size=6)
    for _ in range(frames):
        offset = TREMOR_KEPT * offset + math.sqrt(1 - TREMOR_KEPT**2) * rng.normal(size=6)
        yield draw(text, scene=_shaken(base, offset), rng=rng)


def _shaken(base: Scene, offset: Matrix) -> Scene:
    """Return `base` with a hand that is off by `offset` standard deviations."""
    x, y, nearer, tilt, roll, speed = offset.tolist()
    return replace(
        base,
        x=base.x + 0.004 * x,
        y=base.y + 0.007 * y,
        code_px=base.code_px * (1 + 0.01 * nearer),
        tilt=base.tilt + 0.8 * tilt,
        roll=base.roll + 0.6 * roll,
        motion=base.motion * abs(speed),
    )


def _hold_up(frame: Pixels, *, flat: Artwork, scene: Scene) -> None:
    """Set the surface into `frame`, as the lens sees it."""
    view = _projection(flat=flat, scene=scene)
    left, top, right, bottom = _bounds(view, flat=flat, scene=scene)
    shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float64)
    held = cv2.warpPerspective(flat.pixels, shift @ view, (right - left, bottom - top))
    held = cv2.GaussianBlur(held, (0, 0), math.hypot(LENS_SIGMA_PX, scene.blur))
    if scene.motion > 1:
        held = cv2.filter2D(held, -1, _smear(length=scene.motion, angle=scene.motion_angle))
    colour, cover = held[:, :, :3], held[:, :, 3]
    spot = cv2.multiply(_reflection(scene)[top:bottom, left:right], cover, scale=1 / 255)
    part = frame[top:bottom, left:right]
    behind = cv2.multiply(part, cv2.merge([255 - cover] * 3), scale=1 / 255)
    part[:] = cv2.add(cv2.add(behind, colour), cv2.merge([spot] * 3))


def _projection(*, flat: Artwork, scene: Scene) -> Matrix:
    """Return the homography from the artwork's pixels to the frame's."""
    focal = FOCAL_WIDTHS * scene.width
    pose = _rotation(scene) * (scene.code_px / flat.code_px)
    plane = np.column_stack([pose[:, 0], pose[:, 1], [0, 0, focal]])
    x, y = scene.x * scene.width, scene.y * scene.height
    camera = np.array([[focal, 0, x], [0, focal, y], [0, 0, 1]])
    origin = np.array([[1, 0, -flat.centre[0]], [0, 1, -flat.centre[1]], [0, 0, 1]])
    return np.asarray(camera @ plane @ origin, np.float64)


def _rotation(scene: Scene) -> Matrix:
    tilt, turn, roll = (math.radians(a) for a in (scene.tilt, scene.turn, scene.roll))
    about_x, _ = cv2.Rodrigues(np.array([tilt, 0, 0]))
    about_y, _ = cv2.Rodrigues(np.array([0, -turn, 0]))
    about_z, _ = cv2.Rodrigues(np.array([0, 0, roll]))
    return np.asarray(about_z @ about_x @ about_y, np.float64)


def _bounds(view: Matrix, *, flat: Artwork, scene: Scene) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the surface within the frame."""
    high, wide = flat.pixels.shape[:2]
    corners = np.array([[[0, 0]], [[wide, 0]], [[wide, high]], [[0, high]]], np.float64)
    seen = cv2.perspectiveTransform(corners, view).reshape(-1, 2)
    low = np.clip(np.floor(seen.min(axis=0)), 0, None).astype(int)
    top = np.clip(np.ceil(seen.max(axis=0)), None, (scene.width, scene.height)).astype(int)
    return int(low[0]), int(low[1]), int(top[0]), int(top[1])


def _smear(*, length: float, angle: float) -> NDArray[np.float32]:
    """Return a line of `length` pixels as a kernel whose sum is 1."""
    half = math.ceil(length / 2) + 1
    along = np.linspace(-length / 2, length / 2, 33)
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    columns = half + np.rint(along * math.cos(math.radians(angle))).astype(int)
    rows = half + np.rint(along * math.sin(math.radians(angle))).astype(int)
    np.add.at(kernel, (rows, columns), 1 / len(along))
    return kernel


def _reflection(scene: Scene) -> Pixels:
    """Return the soft reflection of a lamp beside the code, as grey levels to add."""
    angle, reach = math.radians(scene.light_angle), 0.45 * scene.code_px
    x = scene.x * scene.width + reach * math.cos(angle)
    y = scene.y * scene.height + reach * math.sin(angle)
    spread = 0.35 * scene.code_px
    across = np.exp(-(((np.arange(scene.width) - x) / spread) ** 2)).astype(np.float32)
    down = np.exp(-(((np.arange(scene.height) - y) / spread) ** 2)).astype(np.float32)
    return np.outer(scene.glare * down, across).astype(np.uint8)


def _seen(frame: Pixels, *, scene: Scene, rng: np.random.Generator) -> Pixels:
    """Return what the sensor makes of the light that falls on it."""
    light = lit(
        frame,
        brightness=scene.brightness,
        unevenness=scene.unevenness,
        angle=scene.light_angle,
    )
    return with_noise(light, sigma=scene.noise, rng=rng)
