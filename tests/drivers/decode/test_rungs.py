import re
from pathlib import Path

from drivers.decode.rungs import PART_RUNGS, PLACE, WHOLE_RUNGS
from drivers.decode.trail import COMBINED
from drivers.reading import RUNGS

ROOT = Path(__file__).parents[3]


def test_every_rung_is_known_by_name_and_named_once() -> None:
    built = [rung.name for rung in (PLACE, *PART_RUNGS, COMBINED, *WHOLE_RUNGS)]
    assert sorted([*built, "plain"]) == sorted(RUNGS)


def test_every_rung_is_documented() -> None:
    page = (ROOT / "docs/drivers.md").read_text(encoding="utf-8")
    section = page.partition("## The ladder\n")[2].partition("\n## ")[0]
    told = {name for row in re.findall(r"(?m)^\| (`[^|]*)\|", section) for name in row.split("`")}
    assert set(RUNGS) <= told
