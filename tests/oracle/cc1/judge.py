"""What a reader finds of a code: the first reason of stages D, S, T and R, in docs/cc1.md's order.

Keys are the entries of a keys.json and status lists plain arrays, so that the oracle needs no other
format than CC1 itself.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from tests.oracle.cc1 import codes, curve

Entry = Mapping[str, object]  # of a keys.json

TIME_END = 1 << 32  # of nbf and exp in a keys.json
KEYS_PER_KID_MAX = 16
# Families that no Ed25519 key signs, and the one whose keys have no kid.
NOT_BESIDE_CC1 = {"eu-dcc", "pretix", "shc", "vds-nc"}

ALG_NAMES = {codes.ALG_ED25519: "Ed25519", codes.ALG_EDDSA: "EdDSA"}
IAT_BEHIND_S, IAT_AHEAD_S = 60, 15
SHARD_BITS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """One list of an issuer: a value for each place."""

    values: Sequence[int]
    iat: int
    exp: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that a verdict depends on, beside the code."""

    keys: Sequence[Entry]
    now: int
    uncertainty_s: int = 0
    clock_trusted: bool = True
    lists: Mapping[tuple[str, str], StatusList] = field(default_factory=dict)  # issuer and name
    status_age_max_s: int = 259_200


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first reason, or None for a code that is proven; the key that proved it, if one did."""

    reason: str | None
    parts: codes.Code | None = None
    key: Entry | None = None

    @property
    def verdict(self) -> str:
        """`open` where all is proven but the status, which is the profile's to weigh."""
        if self.reason is None:
            return "proven"
        return "open" if self.reason in ("R.UNK", "R.OLD") else "refused"

    @property
    def stages(self) -> dict[str, str]:
        """What became of each stage: `passed`, its reason, or `not reached`."""
        outcome, stages = "passed", {}
        for stage in "DSTR":
            if self.reason and self.reason.startswith(stage):
                stages[stage], outcome = self.reason, "not reached"
            else:
                stages[stage] = outcome
        return stages


def judge(text: bytes, world: World) -> Finding:
    """Find what a reader finds of `text`."""
    try:
        parts = codes.read_text(text)
    except codes.RefusedError as refused:
        return Finding(reason=refused.reason)
    try:
        key = _signatures(parts, world)
    except codes.RefusedError as refused:
        return Finding(reason=refused.reason, parts=parts)
    reason = _time(parts, world) or _status(parts, key, world)
    return Finding(reason=reason, parts=parts, key=key)


def _signatures(parts: codes.Code, world: World) -> Entry:
    issuer, holder = parts.issuer, parts.holder
    keys = _narrow([key for key in usable_keys(world.keys) if _is_of(key, issuer.kid)], "S.KEY")
    alg = ALG_NAMES[issuer.alg]
    keys = _narrow([key for key in keys if key.get("alg") in (None, alg)], "S.ALG")
    keys = _narrow([key for key in keys if _in_window(key, world)], "S.KEX")
    keys = _narrow([key for key in keys if _signed(public(key), issuer)], "S.ISS")
    keys = _narrow([key for key in keys if _covers(key, issuer.capabilities)], "S.CAP")
    if holder is not None and not _signed(issuer.holder_key, holder):
        raise codes.RefusedError("S.HLD")
    return keys[0]


def _narrow(keys: list[Entry], reason: str) -> list[Entry]:
    if not keys:
        raise codes.RefusedError(reason)
    return keys


def _is_of(key: Entry, kid: bytes) -> bool:
    return (
        key["role"] == "card"
        and "cc1" in key.get("formats", ())
        and str(key["kid"]).lower() == kid.hex()
    )


def _in_window(key: Entry, world: World) -> bool:
    if world.clock_trusted and world.now < key["nbf"]:
        return False
    return world.now < key["exp"]


def _covers(key: Entry, capabilities: int) -> bool:
    return not capabilities & ~int(key.get("capabilities", 0))


def _signed(public_key: bytes, part: codes.IssuerPart | codes.HolderPart) -> bool:
    try:
        crypto_sign_open(part.signature + part.to_be_signed, public_key)
    except BadSignatureError:
        return False
    return True


def _time(parts: codes.Code, world: World) -> str | None:
    """A floor is past for certain, so what ended before it is refused under any clock."""
    now, issuer, holder = world.now, parts.issuer, parts.holder
    if now >= issuer.exp:
        return "T.EXP"
    if world.clock_trusted and now < issuer.nbf:
        return "T.NBF"
    if holder is None:
        return None
    if holder.iat < now - IAT_BEHIND_S - world.uncertainty_s:
        return "T.OLD"
    if world.clock_trusted and holder.iat > now + IAT_AHEAD_S + world.uncertainty_s:
        return "T.FUT"
    return None


def _status(parts: codes.Code, key: Entry, world: World) -> str | None:
    shard, place = divmod(parts.issuer.status, 1 << SHARD_BITS)
    name = str(key.get("status_lists") or "").replace("{shard}", str(shard))
    status_list = world.lists.get((str(key["issuer"]), name))
    if status_list is None:
        return "R.UNK"
    if place >= len(status_list.values):
        return "R.IDX"
    value = status_list.values[place]
    if value:
        return {1: "R.REV", 2: "R.SUS"}.get(value, "R.VAL")
    ended = status_list.exp is not None and world.now >= status_list.exp
    if ended or world.now - status_list.iat > world.status_age_max_s:
        return "R.OLD"
    return None


# --- the trust list (docs/protocol.md, "Trust folder")


def public(key: Entry) -> bytes:
    """Return the raw public key of an entry."""
    text = str(key["x"])
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def usable_keys(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that are of form; one out of form loses only itself."""
    first: dict[bytes, tuple[object, object]] = {}
    sharing: Counter[tuple[object, str]] = Counter()
    usable = []
    for entry in entries:
        if not _is_usable(entry):
            continue
        owner = (entry["role"], entry["issuer"])
        name = entry["role"], str(entry["kid"]).lower()
        if first.setdefault(public(entry), owner) != owner or sharing[name] == KEYS_PER_KID_MAX:
            continue
        sharing[name] += 1
        usable.append(entry)
    return usable


def _is_usable(entry: Entry) -> bool:
    if (entry.get("kty"), entry.get("crv")) != ("OKP", "Ed25519") or "d" in entry:
        return False
    if not _is_base64url(str(entry.get("x"))) or entry.get("x5c", []) != []:
        return False
    if str(entry.get("kid")).lower() != codes.kid_of(public(entry)).hex():
        return False
    return _has_sound_members(entry) and curve.is_sound_key(public(entry))


def _is_base64url(text: str) -> bool:
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", text):
        return False
    return urlsafe_b64encode(urlsafe_b64decode(text + "=")).decode() == text + "="


def _has_sound_members(entry: Entry) -> bool:
    issuer, lists = entry.get("issuer"), entry.get("status_lists")
    return (
        entry.get("alg") in (None, *ALG_NAMES.values())
        and entry.get("role") in ("card", "status", "command")
        and isinstance(issuer, str)
        and issuer.isprintable()
        and issuer != ""
        and all(_is_number(entry.get(name), TIME_END) for name in ("nbf", "exp"))
        and _is_number(entry.get("capabilities", 0), 128)
        and _are_formats(entry.get("formats", []), entry["role"])
        and (lists is None or _is_template(lists))
    )


def _are_formats(value: object, role: object) -> bool:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return False
    return role != "card" or NOT_BESIDE_CC1.isdisjoint(value)


def _is_template(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[^{}]*\{shard\}[^{}]*", value) is not None


def _is_number(value: object, end: int) -> bool:
    return type(value) is int and 0 <= value < end
