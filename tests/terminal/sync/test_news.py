import pytest

from terminal.sync.news import NEWS_S, TELL_S, tell_after_s

_TOLD = {"lanes": 2, "lanes_out": 0, "lists": "fresh", "keys_age_s": 5, "status_age_s": 5}


@pytest.mark.parametrize(
    "changed",
    [{"lanes_out": 1}, {"lists": "stale"}, {"fault.1": "gate scanner: down"}, {"lanes": 3}],
    ids=str,
)
def test_what_an_operator_would_act_on_is_told_soon(changed: dict[str, object]) -> None:
    assert tell_after_s(_TOLD, {**_TOLD, **changed}) == NEWS_S  # type: ignore[dict-item]  # flat
    assert tell_after_s({}, _TOLD) == NEWS_S


def test_lists_that_grow_older_are_no_news() -> None:
    assert tell_after_s(_TOLD, {**_TOLD, "keys_age_s": 65, "status_age_s": 65}) == TELL_S
    assert tell_after_s(_TOLD, dict(_TOLD)) == TELL_S
    assert tell_after_s({}, {}) == TELL_S
