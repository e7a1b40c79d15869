"""A centre that approves whatever is asked, as late as it may."""

import time
from hashlib import sha256

from protocol.approval import Approval, ApprovalRequest, Word, approval_octets
from protocol.keys import SigningKey
from terminal.selling.approvals import Approvals, Ask
from terminal.timekeeping import system_now

# Nearly all of the 0.8 s that a lane waits.
WORD_S = 0.65


def slow_approvals(key: SigningKey, *, terminal: str) -> Approvals:
    """Return what asks it.

    Args:
        key: of role command; it signs the word.
        terminal: who asks.
    """

    def ask(request: ApprovalRequest) -> bytes:
        time.sleep(WORD_S)
        word = Approval(
            terminal=terminal,
            key=request.key,
            asked=sha256(request.octets()).digest(),
            word=Word.APPROVE,
            reason=None,
            date=system_now(),
        )
        return approval_octets(word, key)

    def make_ask() -> Ask:
        return ask

    return Approvals(make_ask, terminal=terminal)
