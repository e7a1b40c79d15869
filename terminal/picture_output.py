"""Where `decode --annotate` puts its pictures: named, refused or written whole."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.picture_files.messages import SUFFIXES
from drivers.reading import Look
from offline_cache.files import write_durably
from terminal.errors import UsageError

if TYPE_CHECKING:
    from drivers.luma import Luma

# A phone redraws its code every 20 s: this is 20 minutes of one. Fresh codes on every frame are
# no presentation, and must not fill the disk.
FRAMES_A_VIDEO_MAX = 64


def check_place(option: str, out: Path) -> None:
    """Look whether a picture can be put at `out`, as far as that is known before.

    Raises:
        UsageError: its ending is no picture's, or its folder is not there.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{option} {out}: no kind of picture has this ending; use .png or .jpg")
    if not out.parent.is_dir():
        raise UsageError(f"{option} {out}: there is no folder {out.parent}")


def write_picture(out: Path, luma: "Luma", look: Look, *, with_text: bool) -> None:
    """Draw what was found on a frame, and put it at `out` whole.

    Raises:
        OSError: it can't be written; what was there is as it was.
    """
    from drivers.annotate import annotated, picture_octets  # noqa: PLC0415  # OpenCV, when used

    write_durably(out, picture_octets(annotated(luma, look, with_text=with_text), out.suffix))


class Annotations:
    """Puts the drawings of pictures and frames where they belong.

    Args:
        out: a picture's path where there is one source, and it's an image; else a folder, made
            when needed.
        sources: everything that is looked at; none of it is ever written over.

    Raises:
        UsageError: `out` can't be what it would have to be.
    """

    def __init__(self, out: Path, sources: Sequence[str]) -> None:
        self._out = out
        self._sources = [Path(source) for source in sources]
        self._is_folder: bool | None = None  # not known before the only source is opened
        self._names = set[str]()
        self._frames: dict[str, int] = {}
        if out.is_dir() or len(sources) != 1:
            self.prepare(is_still=False)

    def prepare(self, *, is_still: bool) -> None:
        """Make sure of the place, before anything is told of the first source.

        Args:
            is_still: what it is: one image; else a video.

        Raises:
            UsageError: `out` can't be what it would have to be.
        """
        if self._is_folder is not None:
            return
        self._is_folder = not is_still
        if self._is_folder:
            self._make_folder()
        else:
            check_place("--annotate", self._out)
            self._refuse_source(self._out)

    def put(self, path: str, frame: int | None, drawn: Callable[[str], bytes]) -> None:
        """Write one image (`frame` is None), or one frame of a video while there are not too many.

        Args:
            path: of the source.
            frame: its number.
            drawn: returns the drawing as a file with this suffix.

        Raises:
            UsageError: it would be written over a source.
            OSError: it can't be written; what was there is as it was.
        """
        if frame is not None:
            self._frames[path] = self._frames.get(path, 0) + 1
            if self._frames[path] > FRAMES_A_VIDEO_MAX:
                return
        target = self._target(path, frame)
        self._refuse_source(target)
        write_durably(target, drawn(target.suffix.lower()))

    def _make_folder(self) -> None:
        if not self._out.is_dir() and self._out.exists():
            raise UsageError(
                f"--annotate {self._out}: is no folder; several pictures, and videos, need one"
            )
        try:
            self._out.mkdir(exist_ok=True)
        except OSError as error:
            raise UsageError(f"--annotate {self._out}: can't be made ({error.strerror})") from error

    def _refuse_source(self, target: Path) -> None:
        for source in self._sources:
            if target.exists() and source.exists() and target.samefile(source):
                raise UsageError(
                    f"--annotate {self._out}: would write over {source}; name another place"
                )

    def _target(self, path: str, frame: int | None) -> Path:
        if not self._is_folder:
            return self._out
        name = Path(path).name + ("" if frame is None else f"-{frame:06d}")
        count, unique = 1, name
        while unique in self._names:  # two sources of one name
            count += 1
            unique = f"{name}-{count}"
        self._names.add(unique)
        return self._out / f"{unique}.png"
