"""Where `decode --annotate` puts its pictures: named, refused or written whole."""

from collections.abc import Sequence
from pathlib import Path

from drivers.annotate import annotated, can_write, picture_octets
from drivers.luma import Luma
from drivers.pictures import is_image
from drivers.reading import Look
from offline_cache.files import write_durably
from terminal.errors import UsageError

# A phone redraws its code every 20 s: this is 20 minutes of one. Fresh codes on every frame are
# no presentation, and must not fill the disk.
FRAMES_A_VIDEO_MAX = 64


def check_place(option: str, out: Path) -> None:
    """Look whether a picture can be put at `out`, as far as that is known before.

    Raises:
        UsageError: its ending is no picture's, or its folder is not there.
    """
    if not can_write(out.suffix):
        raise UsageError(f"{option} {out}: no kind of picture has this ending; use .png or .jpg")
    if not out.parent.is_dir():
        raise UsageError(f"{option} {out}: there is no folder {out.parent}")


def write_picture(out: Path, luma: Luma, look: Look, *, with_text: bool) -> None:
    """Draw what was found on a frame, and put it at `out` whole.

    Raises:
        OSError: it can't be written; what was there is as it was.
    """
    write_durably(out, picture_octets(annotated(luma, look, with_text=with_text), out.suffix))


class Annotations:
    """Draws what was found on pictures and frames.

    Args:
        out: a picture's path where `sources` is one image; else a folder, made when needed.
        sources: everything that is looked at; none of it is ever written over.
        text: also write what the codes say.

    Raises:
        UsageError: `out` can't be what it would have to be.
    """

    def __init__(self, out: Path, sources: Sequence[str], *, text: bool) -> None:
        self._out, self._with_text = out, text
        self._sources = [Path(source) for source in sources]
        self._is_folder = out.is_dir() or len(sources) != 1 or not is_image(sources[0])
        self._names = set[str]()
        self._frames: dict[str, int] = {}
        if self._is_folder:
            self._make_folder()
        else:
            check_place("--annotate", out)
            self._refuse_source(out)

    def draw(self, path: str, frame: int | None, luma: Luma, look: Look) -> None:
        """Draw one image (`frame` is None), or one frame of a video while there are not too many.

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
        write_picture(target, luma, look, with_text=self._with_text)

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
