"""Frames of a fixed camera to which a holder shows a code."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.backdrops import backdrop, busy_backdrop, lit, with_noise, with_passer
from simulator.optics import Box, Display, Lamp, blurred, reflections, through_display
from simulator.surfaces import (
    USUAL_INK,
    Artwork,
    Finger,
    Ink,
    Surface,
    artwork,
    modules_in,
    touched,
)

FOCAL_WIDTHS = 0.87  # focal length in frame widths of a 60 degree lens
# Smaller modules are drawn twice as large first, as a sensor's pixel gathers light from its
# whole area, and not from one point.
COARSE_MODULE_PX = 3.5

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]
Sheet = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """How a code is held to which camera; angles are in degrees, grey levels run to 255."""

    width: int = 1280
    height: int = 720
    surface: Surface = Surface.PHONE
    ink: Ink = USUAL_INK
    code_px: float = 320.0  # width of the code without its quiet zone, before tilt
    x: float = 0.5  # centre of the code, as a share of the frame's width
    y: float = 0.5  # the same of its height
    tilt: float = 0.0  # top edge away from the camera
    turn: float = 0.0  # right edge away from the camera
    roll: float = 0.0  # clockwise in the frame
    blur: float = 0.0  # of a soft lens: standard deviation, in pixels
    defocus: float = 0.0  # diameter of what a point becomes, in pixels
    motion: float = 0.0  # way of the hand during one exposure, in pixels
    motion_angle: float = 0.0
    noise: float = 2.0  # standard deviation, in grey levels
    brightness: float = 1.0
    unevenness: float = 0.0  # share of light gained on one side and lost on the other
    light_angle: float = 0.0
    glare: float = 0.0  # grey levels added at the middle of a soft reflection beside the code
    lamps: tuple[Lamp, ...] = ()  # hard reflections
    display: Display | None = None  # None: the screen's pixels are too fine to be seen
    finger: Finger | None = None  # upon the code
    backdrop: int = 0
    busy: bool = False  # whether the backdrop is full of patterns
    passer: float | None = None  # how far someone behind is on his way, 0 to 1; None: nobody


def draw(text: str, *, scene: Scene, rng: np.random.Generator) -> Pixels:
    """Return one BGR frame of (scene.height, scene.width, 3) in which `text` is shown.

    Args:
        text: content of a QR code of error level M, in the densest mode that holds it.
        scene: everything that a later frame of the same hand and camera shares.
        rng: the sensor's noise alone.
    """
    fine = 2 if scene.code_px / modules_in(text) < COARSE_MODULE_PX else 1
    flat = artwork(text=text, surface=scene.surface, code_px=fine * scene.code_px, ink=scene.ink)
    if scene.finger is not None:
        flat = touched(flat, scene.finger)
    frame = _view(scene).copy()
    box, cover = _hold_up(frame, flat=flat, scene=scene, fine=fine)
    return _seen(frame, scene=scene, rng=rng, mirror=(box, cover))


def draw_empty(*, scene: Scene, rng: np.random.Generator) -> Pixels:
    """Return the same camera's frame when nobody stands before it."""
    return _seen(_view(scene), scene=scene, rng=rng, mirror=None)


def _view(scene: Scene) -> Pixels:
    drawn = busy_backdrop if scene.busy else backdrop
    view = drawn(number=scene.backdrop, width=scene.width, height=scene.height)
    if scene.passer is None:
        return view
    return with_passer(view, at=scene.passer, look=scene.backdrop)


def _hold_up(frame: Pixels, *, flat: Artwork, scene: Scene, fine: int) -> tuple[Box, Pixels]:
    """Set the surface into `frame`, as the lens sees it; return where, and how much it covers."""
    view = _projection(flat=flat, scene=scene)
    box = left, top, right, bottom = _bounds(view, flat=flat, scene=scene)
    shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float64)
    held = _warped(flat.pixels, shift @ view, size=(right - left, bottom - top), fine=fine)
    way = scene.motion, scene.motion_angle
    held = blurred(held, sigma=scene.blur, disc=scene.defocus, motion=way)
    colour, cover = np.ascontiguousarray(held[:, :, :3]), held[:, :, 3]
    if scene.display is not None:
        pitch = scene.display.pitch_px * flat.code_px / scene.code_px
        colour = through_display(colour, view=shift @ view, pitch=pitch, display=scene.display)
    spot = cv2.multiply(_soft_reflection(scene)[top:bottom, left:right], cover, scale=1 / 255)
    part = frame[top:bottom, left:right]
    behind = cv2.multiply(part, cv2.merge([255 - cover] * 3), scale=1 / 255)
    part[:] = cv2.add(cv2.add(behind, colour), cv2.merge([spot] * 3))
    return box, cover


def _warped(flat: Pixels, view: Matrix, *, size: tuple[int, int], fine: int) -> Pixels:
    """Return what `view` makes of `flat`, gathered from `fine` times as many points a side."""
    wide, high = size
    points = np.array([[fine, 0, (fine - 1) / 2], [0, fine, (fine - 1) / 2], [0, 0, 1]], np.float64)
    large = cv2.warpPerspective(flat, points @ view, (fine * wide, fine * high))
    if fine == 1:
        return np.asarray(large, np.uint8)
    return np.asarray(cv2.resize(large, size, interpolation=cv2.INTER_AREA), np.uint8)


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


def _bounds(view: Matrix, *, flat: Artwork, scene: Scene) -> Box:
    """Return where the surface lies within the frame."""
    high, wide = flat.pixels.shape[:2]
    corners = np.array([[[0, 0]], [[wide, 0]], [[wide, high]], [[0, high]]], np.float64)
    seen = cv2.perspectiveTransform(corners, view).reshape(-1, 2)
    low = np.clip(np.floor(seen.min(axis=0)), 0, None).astype(int)
    top = np.clip(np.ceil(seen.max(axis=0)), None, (scene.width, scene.height)).astype(int)
    return int(low[0]), int(low[1]), int(top[0]), int(top[1])


def _soft_reflection(scene: Scene) -> Pixels:
    """Return the soft reflection of a lamp beside the code, as grey levels to add."""
    angle, reach = math.radians(scene.light_angle), 0.45 * scene.code_px
    x = scene.x * scene.width + reach * math.cos(angle)
    y = scene.y * scene.height + reach * math.sin(angle)
    spread = 0.35 * scene.code_px
    across = np.exp(-(((np.arange(scene.width) - x) / spread) ** 2)).astype(np.float32)
    down = np.exp(-(((np.arange(scene.height) - y) / spread) ** 2)).astype(np.float32)
    return np.outer(scene.glare * down, across).astype(np.uint8)


def _seen(
    frame: Pixels,
    *,
    scene: Scene,
    rng: np.random.Generator,
    mirror: tuple[Box, Pixels] | None,
) -> Pixels:
    """Return what the sensor makes of the light that falls on it."""
    light = lit(
        frame,
        brightness=scene.brightness,
        unevenness=scene.unevenness,
        angle=scene.light_angle,
    )
    if scene.lamps and mirror is not None:
        _mirror(light, scene=scene, box=mirror[0], cover=mirror[1])
    return with_noise(light, sigma=scene.noise, rng=rng)


def _mirror(light: Pixels, *, scene: Scene, box: Box, cover: Pixels) -> None:
    """Add the lamps' reflections, after all that dims the scene: a lamp saturates the sensor."""
    centre = scene.x * scene.width, scene.y * scene.height
    added = reflections(scene.lamps, box=box, centre=centre, code_px=scene.code_px)
    left, top, right, bottom = box
    part = light[top:bottom, left:right]
    added *= cover / np.float32(255)
    part[:] = np.clip(part + added[:, :, None], 0, 255).astype(np.uint8)
