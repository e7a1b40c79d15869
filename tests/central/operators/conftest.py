from collections.abc import Callable

import pytest

from central.operators.accounts import add_operator
from central.operators.values import Operator, OperatorRole
from protocol.keys import PasswordCost
from tests.central.peers import START
from tests.central.stores import Held

# The least that libsodium takes: what a test wants to know is not how slow it is.
CHEAP = PasswordCost(passes=1, memory_octets=8_192)
PASSWORD = "correct horse battery"

AddOperator = Callable[..., Operator]


@pytest.fixture
def add(held: Held) -> AddOperator:
    """Make an operator with the password PASSWORD."""

    def add_one(name: str, role: OperatorRole = OperatorRole.OPERATOR) -> Operator:
        return add_operator(held.store, name, role, PASSWORD, by="root", now=START, cost=CHEAP)

    return add_one
