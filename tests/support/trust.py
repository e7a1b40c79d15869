"""What a terminal in these tests trusts: keys, lists and a clock, each replaceable."""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

import cbor2
from nacl.signing import SigningKey

from tests.support.cards import ISSUER, NOW, kid, public, sign1
from verifier.clock import ClockQuality, ClockReading
from verifier.model import (
    FreshnessLimits,
    KeyKind,
    KeyTable,
    Role,
    TrustedKey,
    UnixSeconds,
    Verdict,
)
from verifier.pipeline import Judgement, judge
from verifier.profile import EntryType, Profile
from verifier.reasons import Reason
from verifier.status import StatusList
from verifier.verify import Circumstances, TrustedSet

LANE = "gate-1"
CITY = "city.example"
STATUS = SigningKey(bytes(range(96, 128)))
COMMAND = SigningKey(bytes(range(128, 160)))
TEMPLATE = f"status/{CITY}/{{shard}}.cwt"
LIST_NAME = f"status/{CITY}/1.cwt"
GATE = Profile(name="gate", entry_type=EntryType.PASSAGE, static=Verdict.GRANT)
CARD_KEY = TrustedKey(
    kid=kid(ISSUER),
    role=Role.CARD,
    issuer=CITY,
    key=public(ISSUER),
    kind=KeyKind.ED25519,
    algorithms=(-19, -8),
    formats=("cc1",),
    not_before=UnixSeconds(NOW - 1_000_000),
    expires_at=UnixSeconds(NOW + 1_000_000),
    capabilities=127,
    status_lists=TEMPLATE,
)
LIMITS = GATE.status_limits


def signing_key(role: Role, key: SigningKey, **changes: object) -> TrustedKey:
    """Return a trusted key for something other than cards."""
    own = {"kid": kid(key), "role": role, "key": public(key), "formats": (), "status_lists": None}
    return replace(CARD_KEY, **{**own, **changes})  # type: ignore[arg-type]  # fields by name


STATUS_KEY = signing_key(Role.STATUS, STATUS)
COMMAND_KEY = signing_key(Role.COMMAND, COMMAND)


def table(*keys: TrustedKey) -> KeyTable:
    found: dict[tuple[Role, bytes], tuple[TrustedKey, ...]] = {}
    for key in keys:
        found[key.role, key.kid] = (*found.get((key.role, key.kid), ()), key)
    return found


def status_list(**changes: object) -> StatusList:
    """Return shard 1 of the city's, every card valid."""
    members: dict[str, object] = {
        "name": LIST_NAME,
        "issuer": CITY,
        "bits": 2,
        "octets": bytes(1 << 18),
        "issued_at": NOW,
        "expires_at": None,
    }
    return StatusList(**{**members, **changes})  # type: ignore[arg-type]  # fields by name


def with_value(index: int, value: int, *, bits: int = 2) -> bytes:
    """Return a list's octets in which one place holds `value`."""
    octets = bytearray((1 << 20) * bits // 8)
    place = index % (1 << 20) * bits
    octets[place // 8] |= value << place % 8
    return bytes(octets)


def clock(now: int = NOW, *, uncertainty_s: int = 0, trusted: bool = True) -> ClockReading:
    quality = ClockQuality.TRUSTED if trusted else ClockQuality.UNTRUSTED
    return ClockReading(now=UnixSeconds(now), quality=quality, uncertainty_s=uncertainty_s)


def world(
    keys: Iterable[TrustedKey] = (CARD_KEY,),
    *,
    lists: Iterable[StatusList] | None = None,
    reading: ClockReading | None = None,
    issued_at: int | None = None,
    limits: FreshnessLimits = LIMITS,
) -> Circumstances:
    """Return what a terminal knows; the set is undated, so that lists tell their own age."""
    held = [status_list()] if lists is None else lists
    trusted = TrustedSet(
        keys=table(*keys),
        issued_at=None if issued_at is None else UnixSeconds(issued_at),
        lists={(each.issuer, each.name): each for each in held},
    )
    reading = clock() if reading is None else reading
    return Circumstances(trusted=trusted, clock=reading, status_limits=limits)


def judged(
    payload: bytes,
    known: Circumstances | None = None,
    *,
    profile: Profile = GATE,
    lane: str | None = LANE,
) -> Judgement:
    return judge(payload, profile=profile, lane=lane, known=world() if known is None else known)


def answer(
    payload: bytes,
    known: Circumstances | None = None,
    *,
    profile: Profile = GATE,
    lane: str | None = LANE,
) -> tuple[Verdict, Reason | None]:
    """Return verdict and reason of one presentation."""
    decision = judged(payload, known, profile=profile, lane=lane).decision
    return decision.verdict, decision.reason


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def jwk(key: bytes, **changes: object) -> dict[str, object]:
    """Return one entry of keys.json as DESIGN's section on trust writes it."""
    entry: dict[str, object] = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": base64url(key),
        "kid": hashlib.sha256(key).hexdigest()[:16],
        "role": "card",
        "formats": ["cc1"],
        "issuer": CITY,
        "nbf": 1_790_000_000,
        "exp": 1_900_000_000,
        "capabilities": 127,
        "status_lists": TEMPLATE,
    }
    return {**entry, **changes}


def keys_json(*entries: object) -> bytes:
    return json.dumps({"keys": list(entries)}).encode()


def status_token(
    octets: bytes = b"\x00\x01",
    *,
    claims: Mapping[object, object] | None = None,
    header: Mapping[int, object] | None = None,
    key: SigningKey = STATUS,
    unprotected: bytes = b"\xa0",
    packed: bytes | None = None,
) -> bytes:
    """Return a status list token, CWT form, with tag 18."""
    lst = zlib.compress(octets, 9) if packed is None else packed
    own = {2: LIST_NAME, 6: NOW - 60, 65533: {"lst": lst, "bits": 2}}
    named = {1: -19, 4: kid(key), 16: "application/statuslist+cwt"}
    return b"\xd2" + sign1(
        cbor2.dumps({**named, **(header or {})}, canonical=True),
        cbor2.dumps({**own, **(claims or {})}, canonical=True),
        key,
        unprotected=unprotected,
    )
