from dataclasses import replace

import pytest

from central.errors import StoreUnavailable
from central.store.approvals import Given
from tests.central.stores import Held


def test_key_taken_by_another_question_meanwhile_is_a_matter_of_asking_again(held: Held) -> None:
    """Questions of two cards do not wait for each other, so both may find the key unused."""
    given = Given(
        terminal="shop-1",
        request_key="key-000000000001",
        digest=bytes(32),
        answer=b"{}",
        sector="sector-1",
        pseudonym="0" * 32,
        currency="CNY",
        amount_minor=1,
        day=1,
        is_pending=True,
    )
    held.store.approvals.add(given)
    with pytest.raises(StoreUnavailable), held.store.transaction():
        held.store.approvals.add(replace(given, pseudonym="1" * 32, digest=bytes([1] * 32)))
    assert held.store.approvals.given("shop-1", given.request_key) == (bytes(32), b"{}")
    held.store.approvals.add(replace(given, terminal="shop-2"))
