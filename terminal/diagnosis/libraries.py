"""The doctor's look at libraries: engines, OpenCV, what confines processes, families."""

from collections.abc import Iterator
from importlib.metadata import distributions

from drivers.base import DriverError
from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.errors import FamilyError
from terminal.families import load_families

# Each holds the same module cv2: whichever was installed last has overwritten the other's files.
_OPENCV = frozenset(
    {
        "opencv-python",
        "opencv-python-headless",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    }
)


def look_at_opencv(ground: Ground) -> Iterator[Finding]:
    """Yield whether OpenCV can be loaded, and is there once."""
    from drivers.pictures import opencv_trouble  # noqa: PLC0415  # when used

    installed = installed_opencv(ground.packages)
    if len(installed) > 1:
        what = f"{' and '.join(installed)} are installed over each other"
        remedy = f"pip uninstall -y {' '.join(installed)}; pip install opencv-python"
        yield fail("engine.opencv-doubled", "camera", what, remedy)
    if trouble := opencv_trouble():
        remedy = "no camera and no picture can be read before that"
        yield fail("engine.opencv", "camera", trouble, remedy)
    else:
        yield ok("engine.opencv", "camera", "OpenCV can be loaded")


def installed_opencv(packages: tuple[str, ...] = ()) -> list[str]:
    """Return which packages that bring cv2 are installed.

    Args:
        packages: folders to look into instead of those that Python looks into.
    """
    found = distributions(path=list(packages)) if packages else distributions()
    names = {str(each.metadata["Name"]).lower().replace("_", "-") for each in found}
    return sorted(names & _OPENCV)


def look_at_decoders(_ground: Ground) -> Iterator[Finding]:
    """Yield which engines that read codes in pictures are missing."""
    from drivers.decode.ladder import Ladder  # noqa: PLC0415  # engines, when used

    try:
        missing = Ladder().missing
    except DriverError as error:
        remedy = "install the package that it names"
        yield fail("engine.decoders", "decoder", str(error), remedy)
        return
    for what in missing:
        remedy = "codes are read all the same, a few less of them"
        yield warn("engine.decoders", "decoder", what, remedy)
    if not missing:
        yield ok("engine.decoders", "decoder", "both engines are there")


def look_at_confinement(_ground: Ground) -> Iterator[Finding]:
    """Yield whether camera processes can be held to their work."""
    from drivers.camera.confinement import seccomp_trouble  # noqa: PLC0415  # when used
    from drivers.camera.landlock import landlock_version  # noqa: PLC0415

    code, check = "engine.confinement", "confinement"
    if trouble := seccomp_trouble():
        yield fail(code, check, trouble, "no camera serves before that")
    elif not landlock_version():
        what = "the kernel has no Landlock: a capture process could read this user's files"
        yield warn(code, check, what, "take a kernel from 5.13 on, with lsm=…,landlock")
    else:
        yield ok(code, check, "camera processes are held by seccomp and Landlock")


def look_at_families(ground: Ground) -> Iterator[Finding]:
    """Yield whether every family of codes that the settings name can be had."""
    code, check = "family.loaded", "families"
    try:
        families = load_families(ground.settings.terminal.families)
    except FamilyError as error:
        remedy = "install it beside scan-terminal, or take it out of terminal.families"
        yield fail(code, check, str(error), f"{remedy}; the daemon does not start before")
        return
    yield ok(code, check, ", ".join(family.name for family in families))
