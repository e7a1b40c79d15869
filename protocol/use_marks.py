"""The marks that one journal entry leaves in a ledger, as its line tells them."""

from collections.abc import Mapping

from protocol.snapshot import KeyMark, UseMark, is_name
from protocol.use import is_short, key_digest, read_place, read_use
from verifier.model import UnixSeconds, Verdict
from verifier.profile import EntryType

_GRANT, _ANNUL = Verdict.GRANT.value, EntryType.ANNUL.value
# A plain passage has none of these, and is passed over as soon as that is seen.
_USED = frozenset(
    {"zone", "direction", "amount_minor", "currency", "fund", "client", "key", "approval"}
)


def is_used(entry: Mapping[str, object]) -> bool:
    """Return whether an entry may leave a mark."""
    return not _USED.isdisjoint(entry)


def is_annul(entry: Mapping[str, object]) -> bool:
    """Return whether an entry takes an earlier one back."""
    return entry.get("type") == _ANNUL


def is_granted(entry: Mapping[str, object]) -> bool:
    """Return whether an entry grants."""
    return entry.get("verdict") == _GRANT and not is_annul(entry)


def answers(entry: Mapping[str, object]) -> tuple[int, int] | None:
    """Return the place of the entry that `entry` takes back or overrides; None: of none.

    Raises:
        ValueError: its reference is not in form.
    """
    if "reference" not in entry or not (is_annul(entry) or is_granted(entry)):
        return None
    place = read_place(entry["reference"])
    return place.epoch, place.seq


def marks_of_entry(entry: Mapping[str, object]) -> tuple[UseMark | None, KeyMark | None]:
    """Return the use that an entry granted and the key that it was made for; None: none.

    Raises:
        ValueError: a member is not in form.
    """
    use = read_use(entry)
    match entry:
        case {"epoch": int() as epoch, "seq": int() as seq, "at": int() as at} if use is not None:
            moment = UnixSeconds(at)
        case _:
            return None, None
    key = KeyMark(
        digest=key_digest(use.client, use.key),
        epoch=epoch,
        seq=seq,
        at=moment,
        is_final=is_granted(entry) or is_annul(entry),
    )
    if not is_granted(entry):
        return None, key if use.key else None
    pseudonym, profile = str(entry.get("pseudonym")), str(entry.get("profile"))
    if not is_name(pseudonym) or not is_short(profile):
        raise ValueError("a use names no card or no profile")
    mark = UseMark(
        pseudonym=pseudonym,
        epoch=epoch,
        seq=seq,
        at=moment,
        zone=use.zone,
        profile=profile,
        direction=use.direction,
        currency=use.currency,
        amount_minor=use.amount_minor or 0,
        is_online=use.approval != "",
    )
    return mark, key if use.key else None
