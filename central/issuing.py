"""The test issuer: new cards, and what becomes of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from central.cards import TIME_MAX, TIME_MIN, CardClaims, code_text, issuer_part
from central.errors import BadRequest, NotFound
from central.site import Site
from central.stopping import stop_card
from central.store.store import Store
from protocol.keys import new_signing_key, random_octets, to_base64url
from protocol.profile_file.reading import capability_names
from protocol.profile_file.tables import CARD_TYPES
from verifier.model import SUBJECT_BYTES, UnixSeconds
from verifier.signature import is_valid_key
from verifier.status import Status

# One transaction, some seconds of signing; a city's first issue runs the command again and again.
ISSUE_COUNT_MAX = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which cards to make."""

    count: int
    dynamic: bool
    holder_key: bytes | None  # the phone's, for one dynamic card; None: the issuer makes one
    not_before: UnixSeconds
    expires_at: UnixSeconds
    types: int
    capabilities: int


def issue(site: Site, order: Order, *, now: UnixSeconds) -> Iterator[dict[str, object]]:
    """Return new cards, each as the members of a JSON object; their places are taken at once.

    Raises:
        BadRequest: the order makes no sense.
        StoreUnavailable: the database can't be written.
    """
    _check(order)
    subjects = [random_octets(SUBJECT_BYTES) for _ in range(order.count)]
    store = site.open_store()
    try:
        indexes = store.cards.allot(subjects, now)
    finally:
        store.close()
    return (
        _card(site, order, subject=subject, index=index)
        for subject, index in zip(subjects, indexes, strict=True)
    )


def _check(order: Order) -> None:
    if not 1 <= order.count <= ISSUE_COUNT_MAX:
        raise BadRequest(f"--count must be 1 to {ISSUE_COUNT_MAX}")
    if not all(TIME_MIN <= time <= TIME_MAX for time in (order.not_before, order.expires_at)):
        raise BadRequest("--not-before and --expires lie between 2004-01-10 and 2106-02-07")
    if order.not_before >= order.expires_at:
        raise BadRequest("the card would end before it begins: see --not-before, --expires, --days")
    if order.holder_key is not None and (order.count != 1 or not order.dynamic):
        raise BadRequest("--holder-key is for one dynamic card")
    if order.holder_key is not None and not is_valid_key(order.holder_key):
        raise BadRequest("--holder-key is no Ed25519 public key")


def _card(site: Site, order: Order, *, subject: bytes, index: int) -> dict[str, object]:
    claims = CardClaims(
        not_before=order.not_before,
        expires_at=order.expires_at,
        subject=subject,
        types=order.types,
        capabilities=order.capabilities,
        status_index=index,
    )
    card = {"subject": subject.hex(), "status": index}
    if not order.dynamic:
        part = issuer_part(claims=claims, key=site.keys.card, holder_key=None)
        return card | {
            "kind": "static",
            "code": code_text(part),
            "issuer_part": to_base64url(part),
        }
    made = new_signing_key() if order.holder_key is None else None
    holder_key = order.holder_key if made is None else made.public
    part = issuer_part(claims=claims, key=site.keys.card, holder_key=holder_key)
    secret = {} if made is None else {"holder_key": to_base64url(made.seed)}
    return card | {"kind": "dynamic", "issuer_part": to_base64url(part)} | secret


def set_status(site: Site, index: int, status: Status) -> None:
    """Write a card's status; terminals learn of it by the next publication, approvals at once.

    Raises:
        NotFound: no card has that status index.
    """
    store = site.open_store()
    try:
        with store.transaction():
            write_status(store, site, index, status)
    finally:
        store.close()


def write_status(store: Store, site: Site, index: int, status: Status) -> None:
    """Do so in a store that is open already; inside a transaction.

    Raises:
        NotFound: no card has that status index.
    """
    subject = store.cards.set_status(index, status)
    if subject is None:
        raise NotFound(f"no card has status index {index}")
    stop_card(store, site, subject, status.value)


def capability_mask(names: str) -> int:
    """Return the mask of comma-separated capabilities.

    Raises:
        BadRequest: one is unknown.
    """
    return _mask(names, capability_names(), "capability")


def type_mask(names: str) -> int:
    """Return the mask of comma-separated card types.

    Raises:
        BadRequest: one is unknown.
    """
    return _mask(names, CARD_TYPES, "type")


def _mask(names: str, known: Mapping[str, int], word: str) -> int:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise BadRequest(f"no {word} is called {unknown[0]!r}: choose from {', '.join(known)}")
    return reduce(or_, (int(known[name]) for name in wanted), 0)
