import json
import tomllib
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.profile_file.fields import NEEDS, PROFILE
from protocol.profile_file.reading import shape_faults
from protocol.profile_file.schema import profile_schema, schema_text
from protocol.profile_file.shapes import (
    Choice,
    Day,
    Flag,
    Listing,
    Shape,
    Table,
    Text,
    TimeOfDay,
    Whole,
)
from tests.conftest import ROOT

SCHEMA = jsonschema_rs.Draft202012Validator(profile_schema(), validate_formats=True)

# What no value of a profile is, or only almost.
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 1_001),
    st.floats(-1, 1e10).filter(lambda number: not number.is_integer()),  # 10.0: see below
    st.text(max_size=3),
    st.sampled_from(["CNY", "24:00", "24:01", "8:00", "2026-02-29", "2028-02-29", "0000-01-01"]),
    st.sampled_from(["CNY\n", "2026-01-01\n", "a" * 81, "type-5", "0" * 32, "0" * 31 + "G"]),
    st.just([]),
    st.just({}),
)


def valid(shape: Shape) -> st.SearchStrategy[object]:  # noqa: PLR0911  # a case a shape
    """Return values of a shape, both ends of it among them."""
    match shape:
        case Choice():
            return st.sampled_from(list(shape.members))
        case Whole():
            least, most = shape.least // shape.step, shape.most // shape.step
            return (st.integers(least, most) | st.sampled_from([least, most])).map(
                lambda number: number * shape.step
            )
        case Flag():
            return st.booleans()
        case TimeOfDay():
            return st.sampled_from(["00:00", "23:59", "24:00", "12:30"])
        case Day():
            return st.dates().map(str)
        case Text():
            return st.just({3: "CNY", 32: "0" * 32}.get(shape.least, "zone-1"))
        case Listing():
            return st.lists(valid(shape.item), min_size=1, max_size=3)
        case Table():
            return st.fixed_dictionaries({}, optional=_fields(shape))
    raise AssertionError(shape)


def _fields(table: Table) -> dict[str, st.SearchStrategy[object]]:
    return {key: valid(field.shape) for key, field in table.fields.items()}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, object]:
    """Return documents that are profiles, or that somebody mistyped in a place or two."""
    keys = draw(st.lists(st.sampled_from(list(PROFILE.fields)), unique=True, max_size=6))
    keys += [need for key in keys for need in NEEDS.get(key, ()) if draw(st.integers(0, 3))]
    document = {key: draw(valid(PROFILE.fields[key].shape)) for key in ("entry_type", *keys)}
    for _ in range(draw(st.integers(0, 2))):
        _spoil(draw, document)
    return document


def _spoil(draw: st.DrawFn, node: object) -> None:
    """Put something odd somewhere below `node`, take something away, or add a key."""
    while True:
        places = list(node) if isinstance(node, dict) else range(len(node))  # type: ignore[arg-type]  # a list
        if not places:
            return
        place = draw(st.sampled_from(list(places)))
        below = node[place]  # type: ignore[index]  # a table or a list
        if isinstance(below, dict | list) and draw(st.booleans()):
            node = below
            continue
        if isinstance(node, dict) and draw(st.integers(0, 4)) == 0:
            del node[place]
        elif isinstance(node, dict) and draw(st.integers(0, 4)) == 0:
            node["extra"] = 1
        else:
            node[place] = draw(ODD)  # type: ignore[index]  # a table or a list
        return


@pytest.mark.slow
@given(documents())
def test_schema_takes_and_refuses_what_the_reader_does(document: dict[str, object]) -> None:
    faults = shape_faults(document)
    assert SCHEMA.is_valid(document) == (not faults), faults


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("open_ms = 86400000", True),
        ("open_ms = 86400001", False),
        ("open_ms = 3000.5", False),
        ("open_ms = true", False),
        ("utc_offset_min = 345", True),
        ("utc_offset_min = 8", False),
        ('zone = "campus-1"', True),
        ('zone = "campus\\n"', False),
        ('zone = ""', False),
        ("hours = []", False),
        ('closed_on = ["2026-02-28"]\nutc_offset_min = 480', True),
        ('closed_on = ["2026-02-29"]\nutc_offset_min = 480', False),
        ('closed_on = ["2026-02-28"]', False),
        ("closed_on = [2026-02-28]\nutc_offset_min = 480", False),
        ("limits = { floor_minor = 0 }", False),
        ("money = 1", False),
    ],
)
def test_schema_and_reader_agree_at_the_edges(text: str, *, is_valid: bool) -> None:
    document = tomllib.loads(f'entry_type = "passage"\n{text}')
    assert (not shape_faults(document)) is is_valid
    as_json = json.loads(json.dumps(document, default=str))  # JSON knows no dates
    if as_json == document:
        assert SCHEMA.is_valid(as_json) is is_valid


def test_what_a_schema_can_not_tell_from_a_whole_number_the_reader_refuses() -> None:
    """A price of 10.00 is meant as ten yuan, and would be ten fen."""
    assert SCHEMA.is_valid({"entry_type": "sale", "open_ms": 3000.0})
    assert shape_faults({"entry_type": "sale", "open_ms": 3000.0})


def test_published_schema_is_the_one_that_the_reader_has(docs: Path) -> None:
    """Made anew by `scan-terminal profile schema > docs/profile.schema.json`."""
    assert (docs / "profile.schema.json").read_text("utf-8") == schema_text()


def test_schema_is_a_schema_and_tells_an_editor_what_each_key_means() -> None:
    jsonschema_rs.meta.validate(profile_schema())
    properties = profile_schema()["properties"]
    assert isinstance(properties, dict)
    assert all(each["description"] for each in properties.values())
    assert "](" not in schema_text()


def test_every_shipped_profile_is_valid_by_the_schema() -> None:
    shipped = sorted((ROOT / "central" / "profiles").glob("*.toml"))
    assert shipped
    for path in shipped:
        SCHEMA.validate(tomllib.loads(path.read_text("utf-8")))
