from typing import Any

import pytest

from terminal.lane_devices import Devices, Part
from verifier.profile import Binding

ANY: Any = object()  # what stands behind a part is nobody's matter here


def devices(*parts: Part) -> Devices:
    return Devices(
        scanner=ANY,
        gate=ANY if Part.GATE in parts else None,
        answers=ANY if Part.ANSWERS in parts else None,
        contacts=ANY if Part.CONTACTS in parts else None,
        indicators=(ANY,) if Part.INDICATOR in parts else (),
        printer=ANY if Part.PRINTER in parts else None,
    )


@pytest.mark.parametrize(
    ("parts", "challenge", "needed"),
    [
        ((), Binding.OPTIONAL, (Part.SCANNER,)),
        ((Part.GATE, Part.ANSWERS), Binding.OPTIONAL, (Part.SCANNER, Part.GATE)),
        ((Part.ANSWERS,), Binding.OPTIONAL, (Part.SCANNER, Part.ANSWERS)),
        ((Part.GATE,), Binding.REQUIRED, (Part.SCANNER, Part.GATE, Part.ANSWERS)),
        ((Part.INDICATOR, Part.PRINTER, Part.CONTACTS), Binding.OPTIONAL, (Part.SCANNER,)),
    ],
)
def test_lane_needs_its_scanner_and_what_acts_on_a_grant(
    parts: tuple[Part, ...], challenge: Binding, needed: tuple[Part, ...]
) -> None:
    assert devices(*parts).essential(challenge) == needed


def test_lane_that_awaits_a_passage_needs_contacts_whether_it_has_them_or_not() -> None:
    for parts in ((Part.GATE,), (Part.GATE, Part.CONTACTS)):
        needed = devices(*parts).essential(Binding.OPTIONAL, is_passage_awaited=True)
        assert needed == (Part.SCANNER, Part.GATE, Part.CONTACTS)
