"""A terminal's own word on how far its journal went: a signed note of three lines.

    scan-terminal/<terminal>/<epoch>
    <number of the last entry>
    <base64 of the chain's value behind it>

It is a C2SP signed note (`note.py`) by the terminal's key under the terminal's name, shaped as
C2SP tlog-checkpoint has it: origin, size, head.
"""

import base64
import re
from dataclasses import dataclass

from protocol.journal import genesis
from protocol.keys import SigningKey
from protocol.note import note_text, read_note, sign_note
from verifier.errors import TrustError

# Three lines with the longest name and numbers are 164 octets; what is longer is not of ours.
TEXT_BYTES_MAX = 300
# Text, an empty line and our signature line are at most 327; so a witness may sign beside us.
NOTE_BYTES_MAX = 500
# As SQLite and every database behind the centre hold them; 19 digits.
_NUMBER_MAX = (1 << 63) - 1

_LINES = re.compile(
    "scan-terminal/(?P<terminal>[A-Za-z0-9._-]{1,64})/(?P<epoch>0|[1-9][0-9]{0,18})\n"
    "(?P<seq>0|[1-9][0-9]{0,18})\n"
    "(?P<head>[A-Za-z0-9+/]{43}=)\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The journal of `terminal` in `epoch` has `seq` entries, and its chain stands at `head`."""

    terminal: str
    epoch: int
    seq: int  # the last entry; 0: none yet
    head: bytes  # 32 octets: the chain's value behind it


def checkpoint_octets(checkpoint: Checkpoint, key: SigningKey) -> bytes:
    """Return the signed note; it is sent, and kept, octet by octet."""
    text = _text(checkpoint)
    if _read(text) != checkpoint:
        raise ValueError("no terminal, epoch, number or head of ours")
    return sign_note(text, name=checkpoint.terminal, key=key)


def read_checkpoint(octets: bytes, *, terminal: str, public: bytes) -> Checkpoint:
    """Return the checkpoint that `terminal` signed with the key `public`.

    Raises:
        TrustError: too long, altered, forged, another terminal's, or no checkpoint.
    """
    _check_size(octets)
    checkpoint = _in_form(read_note(octets, name=terminal, public=public))
    if checkpoint.terminal != terminal:
        raise TrustError("the checkpoint is another terminal's")
    return checkpoint


def claimed_checkpoint(octets: bytes) -> Checkpoint:
    """Return what a note says, whoever signed it: to look up whose key is to be asked.

    Raises:
        TrustError: too long, or no checkpoint.
    """
    _check_size(octets)
    return _in_form(note_text(octets))


def _check_size(octets: bytes) -> None:
    if len(octets) > NOTE_BYTES_MAX:
        raise TrustError(f"the checkpoint is longer than {NOTE_BYTES_MAX} octets")


def _text(checkpoint: Checkpoint) -> str:
    head = base64.b64encode(checkpoint.head).decode()
    return f"scan-terminal/{checkpoint.terminal}/{checkpoint.epoch}\n{checkpoint.seq}\n{head}\n"


def _in_form(text: str) -> Checkpoint:
    checkpoint = _read(text)
    if checkpoint is None:
        raise TrustError("the checkpoint is not in form")
    return checkpoint


def _read(text: str) -> Checkpoint | None:
    """Return the checkpoint in `text`; None: there is none in its one form."""
    found = _LINES.fullmatch(text) if len(text) <= TEXT_BYTES_MAX else None
    if found is None:
        return None
    checkpoint = Checkpoint(
        terminal=found["terminal"],
        epoch=int(found["epoch"]),
        seq=int(found["seq"]),
        head=base64.b64decode(found["head"]),
    )
    # The last character of `head` carries bits that mean nothing (RFC 4648, section 3.5).
    is_in_one_form = _text(checkpoint) == text
    is_small = max(checkpoint.epoch, checkpoint.seq) <= _NUMBER_MAX
    return checkpoint if is_in_one_form and is_small and _is_begun(checkpoint) else None


def _is_begun(checkpoint: Checkpoint) -> bool:
    """Return whether a chain without entries stands where it begins."""
    beginning = genesis(checkpoint.terminal, checkpoint.epoch)
    return checkpoint.seq > 0 or checkpoint.head == beginning
