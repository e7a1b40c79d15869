"""A family of somebody else's, held to the Protocol: its bugs refuse a code and harm nobody."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from drivers.clock import monotonic_ms
from verifier.errors import MalformedPayload
from verifier.formats.base import Format
from verifier.key_ids import KID_BYTES_MAX
from verifier.model import SUBJECT_BYTES, Credential, HolderProof, SignedOctets
from verifier.reasons import Reason
from verifier.signature import KEY_BYTES

log = logging.getLogger(__name__)

# Who finds the code that a family stumbles over can show it all day; the log must stay readable.
LINE_PERIOD_MS = 60_000

# Whole numbers that every reader of JSON keeps exact (RFC 8259, section 6).
_NUMBER_MAX = (1 << 53) - 1
_UINT32_MAX = (1 << 32) - 1  # a presentation is named by its time in four octets
_CAPABILITIES_MAX = 127  # docs/cc1.md


class GuardedFamily:
    """Satisfies `Format` whatever the family inside does, but for never returning.

    Claims that end in an exception are none: the code may be somebody else's, who has nothing to
    do with this bug. Without a claimant it is refused as of no family. A parse that ends in an
    exception, or returns what is no credential of this family, is a malformed code.
    """

    def __init__(self, family: Format, *, clock_ms: Callable[[], int] = monotonic_ms) -> None:
        self.name: str = family.name
        self._family, self._clock_ms = family, clock_ms
        self._bugs, self._told_ms = 0, -LINE_PERIOD_MS

    def claims(self, payload: bytes) -> bool:
        """Return whether the family claims `payload`."""
        try:
            return bool(self._family.claims(payload))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # foreign code, and native panics are no Exception
            self._tell(f"claims raised {type(error).__name__}")
            return False

    def parse(self, payload: bytes) -> Credential:
        """Return the credential in `payload`, every part of it looked at.

        Raises:
            MalformedPayload: the family says so, or has a bug.
        """
        try:
            found = self._family.parse(payload)
            fault = _fault(found, self.name)
        except MalformedPayload as error:
            raise MalformedPayload(self._reason(error)) from error
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._tell(f"parse raised {type(error).__name__}")
            raise MalformedPayload(Reason.FORM_MALFORMED) from error
        if fault:
            self._tell(f"parse returned {fault}")
            raise MalformedPayload(Reason.FORM_MALFORMED)
        return found

    def _reason(self, error: MalformedPayload) -> Reason:
        """Return why the family refuses; nothing is proven, so it may not speak of a card."""
        reason: object = getattr(error, "reason", None)  # an heir of it may lack one
        if isinstance(reason, Reason) and reason.names_nobody:
            return reason
        self._tell("parse refused with no reason of form or key")
        return Reason.FORM_MALFORMED

    def _tell(self, what: str) -> None:
        """Log a bug by its kind alone: an exception's text may hold what the code says."""
        self._bugs += 1
        now_ms = self._clock_ms()
        if now_ms - self._told_ms < LINE_PERIOD_MS:
            return
        self._told_ms = now_ms
        log.error(
            "family %s: %s (number %d so far); tell who brought the family",
            self.name,
            what,
            self._bugs,
        )


def _is_octets(value: Any) -> bool:
    return type(value) is bytes


def _is_text(value: Any) -> bool:
    """Return whether `value` is text that can be written: half a surrogate pair can't be."""
    return type(value) is str and value.encode(errors="replace").decode() == value


def _is_number(value: Any, largest: int = _NUMBER_MAX) -> bool:
    return type(value) is int and 0 <= value <= largest


def _is_none_or(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or holds(value)


_SIGNED: Mapping[str, Callable[[Any], bool]] = {
    "algorithm": lambda value: type(value) is int,
    "message": _is_octets,
    "signature": _is_octets,
}
_PROOF: Mapping[str, Callable[[Any], bool]] = {
    "key": lambda value: _is_octets(value) and len(value) == KEY_BYTES,
    "signed": lambda value: _misplaced(value, SignedOctets, _SIGNED) is None,
    "drawn_at": lambda value: _is_number(value, _UINT32_MAX),
    "audience": _is_none_or(_is_text),
    "challenge": _is_none_or(_is_octets),
}
_CREDENTIAL: Mapping[str, Callable[[Any], bool]] = {
    "format": _is_text,
    "kid": lambda value: _is_octets(value) and len(value) <= KID_BYTES_MAX,
    "issued": lambda value: _misplaced(value, SignedOctets, _SIGNED) is None,
    "proof": _is_none_or(lambda value: _misplaced(value, HolderProof, _PROOF) is None),
    "not_before": _is_none_or(_is_number),
    "expires_at": _is_none_or(_is_number),
    "subject": lambda value: _is_octets(value) and len(value) == SUBJECT_BYTES,
    "types": _is_number,
    "capabilities": _is_none_or(lambda value: _is_number(value, _CAPABILITIES_MAX)),
    "status_index": _is_none_or(_is_number),
    "status_list": _is_none_or(_is_text),
    "issuer": _is_none_or(_is_text),
    "statement": _is_none_or(_is_text),
}


def _fault(found: object, family: str) -> str:
    """Return what is wrong with that which a family returned; empty: nothing is."""
    if type(found) is not Credential:
        return f"a {type(found).__name__} and no Credential"
    wrong = _misplaced(found, Credential, _CREDENTIAL)
    if wrong is None and found.format != family:
        wrong = "format"
    return "" if wrong is None else f"a Credential with {wrong} out of place"


def _misplaced(value: object, kind: type, parts: Mapping[str, Callable[[Any], bool]]) -> str | None:
    """Return the first part of `value` that is not as its `kind` has it; None: all are."""
    if type(value) is not kind:
        return kind.__name__
    return next((name for name, holds in parts.items() if not holds(getattr(value, name))), None)
