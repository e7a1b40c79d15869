"""Content packs as the centre writes and the terminal reads them: one JSON file each. Pure."""

import codecs
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn, SupportsIndex

from protocol.content.limits import FAULTS_MAX, PACK_OCTETS_MAX
from protocol.content.model import ContentPack
from protocol.content.sense import contradictions
from protocol.content.shapes import PACK
from protocol.profile_file.faults import Fault
from verifier.errors import TrustError


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedPack:
    """A pack's file, looked at in whole: the pack, or what is wrong with it."""

    pack: ContentPack | None  # None: there are faults
    faults: tuple[Fault, ...]  # FAULTS_MAX at most: what comes behind them is not looked at


def read_pack(octets: bytes, *, name: str) -> ContentPack:
    """Return the pack in a JSON file (docs/visits.md, "Content packs").

    Args:
        octets: the file.
        name: the pack's, that of its file.

    Raises:
        TrustError: no JSON, a key unknown or missing, a value out of place or one that contradicts
            another; says which comes first, and how many follow.
    """
    examined = examine_pack(octets)
    if examined.pack is None:
        first, *others = examined.faults
        more = f" (and {len(others)} more: scan-terminal content check)" if others else ""
        raise TrustError(f"content {name}: {first}{more}")
    return examined.pack


def examine_pack(octets: bytes) -> ExaminedPack:
    """Return all that is to be said of a pack's file."""
    told = _unreadable(octets)
    if told is not None:
        return ExaminedPack(pack=None, faults=(told,))
    try:
        document = json.loads(octets, object_pairs_hook=_object, parse_constant=_no_number)
        json.dumps(document, ensure_ascii=False).encode()  # half of a UTF-16 pair is no text
    except (ValueError, RecursionError) as error:
        why = "too deep" if isinstance(error, RecursionError) else str(error)
        told = Fault(path="", en=f"is no JSON: {why}", zh=f"不是 JSON：{why}")
        return ExaminedPack(pack=None, faults=(told,))
    return _examined(document)


def shape_faults(document: object) -> tuple[Fault, ...]:
    """Return what JSON Schema can tell as well, FAULTS_MAX at most."""
    faults = _Faults()
    with suppress(_TooManyError):
        PACK.read(document, "", faults)
    return tuple(faults)


def _examined(document: object) -> ExaminedPack:
    faults = _Faults()
    try:
        pack = PACK.read(document, "", faults)
        if pack is not None:
            faults.extend(contradictions(pack))
    except _TooManyError:
        pack = None
    if faults:
        return ExaminedPack(pack=None, faults=tuple(faults))
    assert isinstance(pack, ContentPack)  # noqa: S101  # a table without faults makes its value
    return ExaminedPack(pack=pack, faults=())


class _TooManyError(Exception):
    """There are FAULTS_MAX; nobody reads more."""


class _Faults(list[Fault]):
    """Faults, up to a number: each costs a look for what was meant, and a file may have 100,000."""

    def append(self, fault: Fault, /) -> None:
        """Take one more."""
        if len(self) >= FAULTS_MAX:
            raise _TooManyError
        super().append(fault)

    def extend(self, faults: Iterable[Fault], /) -> None:
        """Take each, as long as there is room."""
        for fault in faults:
            self.append(fault)

    def insert(self, _: SupportsIndex, __: Fault, /) -> NoReturn:
        """Refuse: faults stand in the order in which they are found."""
        raise ValueError("faults are added at the end")


def _unreadable(octets: bytes) -> Fault | None:
    """Return why the octets are not even looked at as JSON; None: they are."""
    if len(octets) > PACK_OCTETS_MAX:
        en = f"is too large: above {PACK_OCTETS_MAX} octets"
        return Fault(path="", en=en, zh=f"文件过大：超过 {PACK_OCTETS_MAX} 字节")
    if octets.startswith(codecs.BOM_UTF8):
        en = "begins with a byte order mark: save it as UTF-8 without one (BOM)"
        return Fault(path="", en=en, zh="以 BOM 开头：请另存为不带 BOM 的 UTF-8")
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return Fault(path="", en="is not UTF-8: save it as UTF-8", zh="不是 UTF-8：请另存为 UTF-8")
    return None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return told


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
