"""A centre that gives its word on events over real HTTP, and does so well or badly."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from protocol.approval import (
    Approval,
    ApprovalRequest,
    Word,
    approval_octets,
    read_approval_request,
)
from protocol.keys import SigningKey
from tests.support.cards import NOW
from tests.support.middleman import Answer, Asked, Told
from tests.support.trust import COMMAND
from verifier.model import UnixSeconds

COMMAND_KEY = SigningKey(bytes(COMMAND))
STRANGER_KEY = SigningKey(bytes(range(7, 39)))


def word_on(request: ApprovalRequest, body: bytes, reason: str | None = None) -> Approval:
    """Return what a centre says: yes, or why not."""
    return Approval(
        terminal="gate-7",
        key=request.key,
        asked=sha256(body).digest(),
        word=Word.APPROVE if reason is None else Word.DECLINE,
        reason=reason,
        date=UnixSeconds(NOW),
    )


def says(
    reason: str | None = None, *, key: SigningKey = COMMAND_KEY, first: Callable[[], object] = bool
) -> Answer:
    """Return a centre that approves, or declines for `reason`, once `first` has returned."""

    def answer(asked: Asked) -> Told:
        first()
        word = word_on(read_approval_request(asked.body), asked.body, reason)
        return Told(body=approval_octets(word, key))

    return answer


def says_of_another(**changes: object) -> Answer:
    """Return a centre whose word, well signed, is on something else."""

    def answer(asked: Asked) -> Told:
        word = word_on(read_approval_request(asked.body), asked.body)
        changed = replace(word, **changes)  # type: ignore[arg-type]  # as the tests name them
        return Told(body=approval_octets(changed, COMMAND_KEY))

    return answer
