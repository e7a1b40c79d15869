import hashlib
from pathlib import Path

import pytest

from protocol.keys import to_base64url
from terminal.diagnosis.centre import look_at_centre
from terminal.diagnosis.ground import Ground
from terminal.settings import CentreSettings, Settings
from tests.support.middleman import Asked, Middleman, Told


@pytest.mark.parametrize(
    ("files", "level", "told"),
    [
        ({"1.root.json": b"root", "timestamp.json": b"t"}, "ok", "answers"),
        ({"1.root.json": b"root"}, "fail", "publishes no trust"),
        ({"timestamp.json": b"t"}, "fail", "publishes no trust"),
        ({"1.root.json": b"anew", "timestamp.json": b"t"}, "fail", "another trust root"),
    ],
)
def test_centre_that_began_anew_is_told_from_one_that_publishes_nothing(
    files: dict[str, bytes], level: str, told: str
) -> None:
    def answer(asked: Asked) -> Told:
        body = files.get(asked.path.rpartition("/")[2])
        return Told(status=404) if body is None else Told(body=body)

    root = to_base64url(hashlib.sha256(b"root").digest())
    with Middleman(answer) as man:
        settings = Settings(centre=CentreSettings(url=man.url, trust_root=root))
        (found,) = look_at_centre(Ground(config=Path("/nowhere"), settings=settings))
    assert (found.check, found.level) == ("centre", level)
    assert told in found.what
    assert bool(found.remedy) == (level != "ok")
