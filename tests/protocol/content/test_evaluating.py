import pytest

from protocol.content.evaluating import AnswersMalformed, things_to_bring
from protocol.content.reading import read_pack
from tests.protocol.content.test_reading import EXAMPLE

CHECKLIST = read_pack(EXAMPLE, name="content").checklist("newborn")
assert CHECKLIST is not None


def test_each_way_through_leads_to_its_things_once() -> None:
    assert things_to_bring(CHECKLIST, [("married", "no")]) == ("birth", "booklet")
    way = [("married", "yes"), ("abroad", "yes")]
    assert things_to_bring(CHECKLIST, way) == ("birth", "booklet", "marriage", "translation")


@pytest.mark.parametrize(
    "way",
    [
        [],
        [("married", "yes")],
        [("abroad", "yes")],
        [("married", "perhaps")],
        [("married", "no"), ("abroad", "no")],
        [("married", "yes"), ("married", "yes")],
        [("nothing", "yes")],
    ],
)
def test_what_is_no_way_through_is_refused(way: list[tuple[str, str]]) -> None:
    with pytest.raises(AnswersMalformed):
        things_to_bring(CHECKLIST, way)
