"""What tells of a journal's history: checkpoints, snapshots, boxes, orders, questions."""

import json
from random import Random

from protocol.approval import ApprovalMalformed, ApprovalRequest, read_approval_request
from protocol.checkpoint import Checkpoint, checkpoint_octets, claimed_checkpoint, read_checkpoint
from protocol.health import Telling, TellingMalformed, read_telling
from protocol.journal import compact
from protocol.keys import OpeningKey, SigningKey
from protocol.order import WipeOrder, read_wipe_order, wipe_order_octets
from protocol.sealed import read_sealed, seal_details
from protocol.snapshot_entry import read_snapshot
from tests.fuzz.cc1_codes import is_by
from tests.fuzz.target import Noise, Target, mutated_json, mutated_tree
from tests.support.cards import HOLDER, NOW, public
from tests.support.trust import COMMAND, COMMAND_KEY, table
from verifier.encoding.base64url import decode as base64url
from verifier.errors import TrustError
from verifier.model import UnixSeconds
from verifier.profile import EntryType

_AT = UnixSeconds(NOW)
_KEYS = table(COMMAND_KEY)
_COMMAND, _OWN = SigningKey(bytes(COMMAND)), SigningKey(bytes(HOLDER))
_CHECKPOINT = Checkpoint(terminal="gate-7", epoch=1, seq=9, head=bytes(range(32)))


def check_checkpoint(octets: bytes) -> None:
    """Read noise as a terminal's note: what is believed is the one that it signed."""
    try:
        told = claimed_checkpoint(octets)
    except TrustError:
        pass
    else:
        assert checkpoint_octets(told, _OWN)
    try:
        read = read_checkpoint(octets, terminal="gate-7", public=_OWN.public)
    except TrustError:
        return
    assert read == _CHECKPOINT, "a note that nobody signed was believed"


def _members(octets: bytes) -> dict[str, object] | None:
    try:
        members = json.loads(octets)
    except (ValueError, RecursionError):
        return None
    return members if isinstance(members, dict) else None


def check_snapshot(octets: bytes) -> None:
    """Read noise as a part of a snapshot: what is read is written the same again."""
    members = _members(octets)
    if members is None:
        return
    try:
        told = read_snapshot(members)
    except ValueError:
        return
    assert read_snapshot(told.members()) == told


def check_sealed(octets: bytes) -> None:
    """Read noise as a sealed box: what is read is written the same again."""
    members = _members(octets)
    try:
        told = read_sealed(members)
    except ValueError:
        return
    assert told.members() == members


def check_telling(octets: bytes) -> None:
    """Read noise as the body of a checkpoint's request: what is read can be kept."""
    try:
        told = read_telling(octets)
    except TellingMalformed:
        return
    assert read_telling(compact(told.members())) == told


def check_approval_request(octets: bytes) -> None:
    """Read noise as a question: what is read is asked the same again."""
    try:
        told = read_approval_request(octets)
    except ApprovalMalformed:
        return
    assert read_approval_request(told.octets()) == told


def check_wipe_order(octets: bytes) -> None:
    """Read noise as an order: what is obeyed was signed for this terminal, epoch and key."""
    try:
        told = read_wipe_order(
            octets, _KEYS, terminal="gate-7", epoch=1, public=_OWN.public, now=_AT
        )
    except TrustError:
        return
    assert told.public == _OWN.public
    members = json.loads(octets)
    signed = {name: members[name] for name in members if name not in ("kid", "sig")}
    signature = base64url(members["sig"])
    assert is_by(public(COMMAND), b"st-wipe-1\0" + compact(signed), signature)


def _ordered_again(octets: bytes, random: Random, noise: Noise) -> bytes:
    """Return another order that the centre did sign, or noise."""
    if random.random() < 0.3:
        return noise(octets)
    words = mutated_tree({"terminal": "gate-7", "epoch": 1, "date": NOW}, random, noise)
    match words:
        case {"terminal": str() as terminal, "epoch": int() as epoch, "date": int() as date}:
            return wipe_order_octets(_order(terminal, epoch, date), _COMMAND)
        case _:
            return noise(octets)


def _order(terminal: str, epoch: int, date: int) -> WipeOrder:
    return WipeOrder(
        terminal=terminal,
        epoch=epoch,
        public=_OWN.public,
        order_id="ab" * 8,
        date=UnixSeconds(date),
    )


_QUESTION = ApprovalRequest(
    key="till-7-0001",
    at=_AT,
    lane="till-7",
    entry_type=EntryType.SALE,
    sector="s-1",
    pseudonym="aa" * 16,
    presentation="bb" * 16,
    amount_minor=1_250,
    currency="CNY",
)
_SNAPSHOT = {
    "through": 9,
    "part": 0,
    "last": True,
    "phones": [["aa" * 16, NOW, NOW]],
    "cards": [["bb" * 16, NOW, "gate-1"]],
}
_NOTE = checkpoint_octets(_CHECKPOINT, _OWN)
_TELLING = Telling(checkpoint=_NOTE, health={"version": "0.1.0", "queue": 9, "clock": None})
_BOX = seal_details({"account": "1"}, OpeningKey(bytes(range(32))).public).members()

TARGETS = (
    Target(name="checkpoint", run=check_checkpoint, seeds=(_NOTE,), size_max=600),
    Target(
        name="snapshot",
        run=check_snapshot,
        seeds=(compact(_SNAPSHOT), compact({**_SNAPSHOT, "phones": [], "cards": []})),
        size_max=4_096,
        mutate=mutated_json,
    ),
    Target(
        name="sealed", run=check_sealed, seeds=(compact(_BOX),), size_max=2_200, mutate=mutated_json
    ),
    Target(
        name="telling",
        run=check_telling,
        seeds=(compact(_TELLING.members()),),
        size_max=4_096,
        mutate=mutated_json,
    ),
    Target(
        name="approval-request",
        run=check_approval_request,
        seeds=(_QUESTION.octets(),),
        size_max=2_048,
        mutate=mutated_json,
    ),
    Target(
        name="wipe-order",
        run=check_wipe_order,
        seeds=(wipe_order_octets(_order("gate-7", 1, NOW), _COMMAND),),
        size_max=2_048,
        mutate=_ordered_again,
    ),
)
