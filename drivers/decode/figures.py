"""The figures by which a camera is placed: apart from their measuring, which needs NumPy."""

from dataclasses import dataclass

# Levels that a sensor of 8 bits gives for what it can't tell any more from lighter or darker.
BURNT_LEVEL, BLACK_LEVEL = 250, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What was measured of one code on one frame."""

    modules: int | None  # a side; None: they can't be counted, so what follows in modules neither
    pixels_per_module: float | None  # along the shortest side
    blur_px: float  # standard deviation of the blur at the sharpest edges; 0.4 can't be told from 0
    dark: int  # the level of dark modules, 0 to 255
    light: int  # the level of light ones
    burnt: float  # share of the code's area at BURNT_LEVEL and above, 0 to 1
    black: float  # share at BLACK_LEVEL and below
    glare: float  # share of the area in which no module is dark
    covered: float  # share of the area in which no module is light
    tilt_degrees: float  # between the code's plane and the sensor's; below 8 it is noise

    @property
    def contrast(self) -> float:
        """Return the distance of light and dark as a share of all levels, 0 to 1."""
        return (self.light - self.dark) / 255

    @property
    def blur_modules(self) -> float | None:
        """Return the blur in modules, which decides whether a code can be read."""
        return None if self.pixels_per_module is None else self.blur_px / self.pixels_per_module


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What was measured of a whole frame."""

    level: int  # the mean, 0 to 255
    spread: int  # between the darkest and the lightest twentieth
    burnt: float  # share at BURNT_LEVEL and above
    black: float  # share at BLACK_LEVEL and below
