import pytest

from central.details import details_of
from protocol.keys import OpeningKey
from protocol.sealed import seal_details
from verifier.trust import kid_of

NEW, OLD, STRANGE = (OpeningKey(bytes([number]) * 32) for number in (1, 2, 3))
DETAILS: dict[str, object] = {"account": "0000-0007"}


@pytest.mark.parametrize("key", [NEW, OLD])
def test_details_open_with_the_key_that_the_entry_names(key: OpeningKey) -> None:
    fields = {"type": "sale", "sealed": seal_details(DETAILS, key.public).members()}
    assert details_of(fields, [NEW, OLD]) == DETAILS


def test_an_entry_without_details_has_none() -> None:
    assert details_of({"type": "passage"}, [NEW]) is None


def test_details_for_a_key_that_is_not_here_are_told_by_its_id() -> None:
    fields = {"sealed": seal_details(DETAILS, STRANGE.public).members()}
    with pytest.raises(ValueError, match=kid_of(STRANGE.public).hex()):
        details_of(fields, [NEW, OLD])


@pytest.mark.parametrize("sealed", [None, {}, {"key": "00" * 8, "box": ""}])
def test_a_member_out_of_form_is_refused(sealed: object) -> None:
    with pytest.raises(ValueError, match="sealed"):
        details_of({"sealed": sealed}, [NEW])
