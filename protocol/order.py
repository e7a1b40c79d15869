"""An order of the centre to one terminal: that it erase itself.

It travels in the answer to a checkpoint, as a document of its own, so that the terminal can keep
it as evidence and obey it whatever happens in between.
"""

import re
from dataclasses import dataclass

from protocol.keys import SigningKey, to_base64url
from protocol.signed_json import read_signed_json, sign_json
from verifier.errors import TrustError
from verifier.model import KeyTable, Role, UnixSeconds
from verifier.trust import base64url

# As for requests: a clock may be wrong by a day, and an order that was taken back can't be sent
# again for longer by whoever has seen it.
DATE_S_MAX = 86_400

_PURPOSE = "st-wipe-1"
_ID = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WipeOrder:
    """`terminal`, as it was enrolled in `epoch` with the key `public`, must erase itself."""

    terminal: str
    epoch: int
    public: bytes
    order_id: str  # 16 hex digits
    date: UnixSeconds  # when it was signed: anew at each answer


def wipe_order_octets(order: WipeOrder, key: SigningKey) -> bytes:
    """Return the signed document."""
    members = {
        "terminal": order.terminal,
        "epoch": order.epoch,
        "public_key": to_base64url(order.public),
        "order": order.order_id,
        "date": order.date,
    }
    return sign_json(_PURPOSE, members, key)


def read_wipe_order(
    octets: bytes, keys: KeyTable, *, terminal: str, epoch: int, public: bytes, now: UnixSeconds
) -> WipeOrder:
    """Return the order in `octets`, for the terminal of that name, epoch and key alone.

    Raises:
        TrustError: not signed by a key of role command; for another terminal, an earlier or later
            enrolment; dated more than a day away; or not in form.
    """
    order = _order(read_signed_json(_PURPOSE, octets, keys, role=Role.COMMAND, now=now))
    if (order.terminal, order.epoch, order.public) != (terminal, epoch, public):
        raise TrustError("the order is for another terminal, or for another enrolment of this one")
    if abs(order.date - now) > DATE_S_MAX:
        raise TrustError("the order was signed more than a day away from now")
    return order


def _order(members: dict[str, object]) -> WipeOrder:
    match members:
        case {
            "terminal": str() as terminal,
            "epoch": int() as epoch,
            "public_key": str() as public,
            "order": str() as order_id,
            "date": int() as date,
            **rest,
        } if not rest and _ID.fullmatch(order_id):
            return WipeOrder(
                terminal=terminal,
                epoch=epoch,
                public=base64url(public),
                order_id=order_id,
                date=UnixSeconds(date),
            )
        case _:
            raise TrustError("the order lacks a member or has one too many")
