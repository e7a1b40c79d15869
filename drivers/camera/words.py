"""A camera's troubles in a technician's words, each with its remedy."""

from collections.abc import Mapping

from drivers.camera.controls import Control, Deviation
from drivers.camera.messages import Trouble

_TROUBLES: Mapping[Trouble, str] = {
    Trouble.MISSING: "camera {} is not there: check the cable and the source in the settings",
    Trouble.DENIED: "no permission to open camera {}: add the user to group video",
    Trouble.UNOPENED: "camera {} cannot be opened: is it on, and held by no other program?",
    Trouble.SILENT: "camera {} gives no pictures: check camera, cable and network",
    Trouble.COVERED: "camera {} sees nothing: is the lens covered, or the light off?",
    Trouble.FROZEN: "camera {} gives the same picture again and again: restart the camera",
    Trouble.FLOODING: "camera {} gives more pictures than any camera does: restart the camera",
    Trouble.GARBLED: "camera {} sends what is no picture: check its cable, or its address",
    Trouble.TOO_LARGE: "camera {} sends pictures over 16 megapixels: set it to a smaller size",
}

_CONTROLS: Mapping[Control, str] = {
    Control.EXPOSURE: "exposure",
    Control.GAIN: "gain",
    Control.FOCUS: "focus",
    Control.BRIGHTNESS: "brightness",
}


def trouble_words(trouble: Trouble, device: str) -> str:
    """Return why the camera gives no frames, and what to do."""
    return _TROUBLES[trouble].format(device)


def deviation_words(deviation: Deviation) -> str:
    """Return what of its settings a camera did not take; empty where it took them all."""
    told = []
    if Control.SIZE in deviation.refused:
        told.append(f"gives pictures of {deviation.width} x {deviation.height}")
    if names := [name for control, name in _CONTROLS.items() if control in deviation.refused]:
        told.append(f"does not take the settings' {', '.join(names)}")
    return " and ".join(told)
