import pytest

from verifier.encoding.printable import printable
from verifier.errors import MalformedPayload


@pytest.mark.parametrize("text", ["city.example", "https://issuer.example/a b", "市政府"])
def test_text_that_can_be_written_is_returned(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("value", ["", "a\nb", "\x00", "\ud800", "\u202e", None, 7, b"a", ["a"]])
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(MalformedPayload):
        printable(value)
