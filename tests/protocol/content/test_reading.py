import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import validator_for

from protocol.content.limits import FAULTS_MAX, PACK_OCTETS_MAX, SERVICES_MAX
from protocol.content.reading import examine_pack, read_pack, shape_faults
from protocol.content.schema import content_schema, schema_text
from tests.conftest import ROOT
from verifier.errors import TrustError

EXAMPLE = (ROOT / "docs" / "examples" / "content.json").read_bytes()
HALL = (ROOT / "simulator" / "content" / "service-hall.json").read_bytes()
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def document() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(EXAMPLE)
    return told


def octets(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


def paths(told: object) -> list[str]:
    return [fault.path for fault in examine_pack(octets(told)).faults]


def changed(*place: str | int, to: object) -> dict[str, Any]:
    """Return the example with one value changed; `...` takes it away."""
    told: Any = document()
    parent = told
    for part in place[:-1]:
        parent = parent[part]
    if to is ...:
        del parent[place[-1]]
    else:
        parent[place[-1]] = to
    result: dict[str, Any] = told
    return result


def test_example_and_the_demos_hall_are_read_whole() -> None:
    pack = read_pack(EXAMPLE, name="content")
    assert [each.id for each in pack.services] == ["senior-allowance", "newborn", "advice"]
    hall = read_pack(HALL, name="service-hall")
    assert len(hall.services) >= 200
    assert all(service.keywords for service in hall.services)
    assert {service.category for service in hall.services} == {c.id for c in hall.categories}


@pytest.mark.parametrize(
    ("told", "path"),
    [
        (changed("version", to=0), "version"),
        (changed("services", 0, "category", to="nowhere"), "services[0].category"),
        (changed("services", 0, "queue", to="nowhere"), "services[0].queue"),
        (changed("services", 1, "checklist", to="nowhere"), "services[1].checklist"),
        (changed("services", 1, "id", to="senior-allowance"), "services[1].id"),
        (changed("services", 0, "needs_card", to=False), "services[0].subsidies"),
        (changed("services", 0, "zh", to=...), "services[0].zh"),
        (changed("services", 0, "zh", to="a\nb"), "services[0].zh"),
        (changed("services", 0, "zh", to="a\u202eb"), "services[0].zh"),
        (changed("services", 0, "en", to="x" * 61), "services[0].en"),
        (changed("services", 0, "keywords", to=["x"] * 17), "services[0].keywords"),
        (changed("services", 0, "colour", to="red"), "services[0].colour"),
        (changed("queues", 1, "prefix", to="A"), "queues[1].prefix"),
        (changed("queues", 1, "prefix", to="b"), "queues[1].prefix"),
        (changed("categories", to=[]), "categories"),
        (changed("checklists", "newborn", "start", to="nowhere"), "checklists.newborn.start"),
        (
            changed("checklists", "newborn", "questions", "abroad", "answers", 1, "next", to="married"),
            "checklists.newborn.questions.married",
        ),
        (
            changed("checklists", "newborn", "questions", "married", "answers", 0, "next", to=...),
            "checklists.newborn.questions.abroad",
        ),
        (
            changed("checklists", "newborn", "items", "marriage", to=...),
            "checklists.newborn.questions.married.answers[0].bring[2]",
        ),
        (changed("checklists", "New Born", to=document()["checklists"]["newborn"]), "checklists.New Born"),
    ],
)  # fmt: skip
def test_fault_is_told_by_its_path(told: dict[str, Any], path: str) -> None:
    assert path in paths(told)
    with pytest.raises(TrustError, match="content hall: "):
        read_pack(octets(told), name="hall")


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"[]",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"version": NaN}',
        b'{"version": 1, "version": 2}',
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b"1" * 5_000,
    ],
    ids=repr,
)
def test_what_is_no_json_object_is_refused(noise: bytes) -> None:
    assert examine_pack(noise).pack is None


@pytest.mark.slow
def test_bounds_hold_on_both_sides() -> None:
    services = [{**document()["services"][2], "id": f"s-{n}"} for n in range(SERVICES_MAX + 1)]
    assert examine_pack(octets(changed("services", to=services[:-1]))).pack is not None
    assert paths(changed("services", to=services)) == ["services"]
    padded = EXAMPLE.ljust(PACK_OCTETS_MAX)
    assert examine_pack(padded).pack is not None
    assert examine_pack(padded + b" ").pack is None


@pytest.mark.slow
def test_file_of_nonsense_is_told_in_some_faults_and_not_in_all() -> None:
    told = {f"k{n}": 0 for n in range(80_000)}
    assert len(examine_pack(octets(told)).faults) == FAULTS_MAX


@pytest.mark.slow
@given(_JSON)
def test_noise_is_refused_with_faults_in_both_languages(noise: object) -> None:
    examined = examine_pack(octets(noise))
    assert examined.pack is None
    assert all(fault.en and fault.zh for fault in examined.faults)


@pytest.mark.slow
@given(st.data())
def test_reader_and_schema_take_the_same_shapes(data: st.DataObject) -> None:
    told = copy.deepcopy(document())
    place: Any = told
    for _ in range(data.draw(st.integers(0, 4))):
        if not isinstance(place, dict | list) or not place:
            break
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(_JSON)
            break
        place = place[key]
    is_valid = validator_for(content_schema()).is_valid(told)
    assert is_valid == (shape_faults(told) == ())


def test_published_schema_is_the_readers_own() -> None:
    published = (ROOT / "docs" / "content.schema.json").read_text(encoding="utf-8")
    assert published == schema_text()
    assert validator_for(content_schema()).is_valid(document())
