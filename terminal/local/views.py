"""From values to what programs read, and back."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from protocol.profile_file.reading import capability_names
from protocol.use import AMOUNT_MAX, Place
from terminal.local.clients import Client
from terminal.local.port import LaneView
from terminal.presenting import Outcome
from terminal.selling.requests import REQUEST_MS_MAX, RequestView, ScanRequest
from terminal.wording.words import words_for
from verifier.reasons import Reason

KEY = r"[A-Za-z0-9_-]{16,64}"
LANE = r"[a-z0-9][a-z0-9-]{0,15}"
CURRENCY = r"[A-Z]{3}"
# A receipt's number, a till's and a day; both go sealed into one entry of 4,096 octets.
REFERENCE_MAX = 128
# A holder takes a minute to find his phone.
DEADLINE_MS_DEFAULT = 60_000


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ScanBody(_Body):
    """What arms a lane for one scan."""

    amount_minor: Annotated[int, Field(ge=0, le=AMOUNT_MAX)] | None = None
    currency: str = Field(default="", pattern=f"^({CURRENCY})?$")
    capability: str | None = None
    reference: str = Field(default="", max_length=REFERENCE_MAX, pattern=r"^[^\x00-\x1f\x7f]*$")
    details: dict[str, Any] = Field(default_factory=dict)
    deadline_ms: int = Field(default=DEADLINE_MS_DEFAULT, ge=1, le=REQUEST_MS_MAX)

    def request(self, client: Client, key: str, lane: str) -> ScanRequest:
        """Return the value.

        Raises:
            ValueError: a capability that is none, or an amount without its currency.
        """
        names = capability_names()
        if self.capability is not None and self.capability not in names:
            raise ValueError(f"capability is none of {', '.join(names)}")
        if (self.amount_minor is None) == bool(self.currency):
            raise ValueError("amount_minor and currency are said together, or neither")
        return ScanRequest(
            client=client.name,
            key=key,
            lane=lane,
            deadline_ms=self.deadline_ms,
            amount_minor=self.amount_minor,
            currency=self.currency,
            capability=None if self.capability is None else names[self.capability],
            reference=self.reference,
            details=self.details,
        )


class AbortBody(_Body):
    """What may be said with an abort."""

    not_handed_over: bool = False


class EmergencyBody(_Body):
    """Whether a gate is held open."""

    open: bool


def lane_members(lane: LaneView) -> dict[str, object]:
    """Return a lane as members of a JSON object."""
    return {
        "name": lane.name,
        "profile": lane.profile,
        "state": lane.state,
        "trouble": lane.trouble,
        "asked": lane.is_asked,
        "held_open": lane.is_held_open,
        "currency": lane.currency,
        "decimals": lane.decimals,
        "fund": lane.fund,
        "amount_max_minor": lane.amount_max_minor,
        "prints": lane.can_print,
    }


def request_members(view: RequestView) -> dict[str, object]:
    """Return a request as members of a JSON object; nothing in it names the holder."""
    return {
        "key": view.key,
        "lane": view.lane,
        "state": view.state.value,
        "ends_in_ms": view.ends_in_ms,
        "outcome": None if view.outcome is None else _outcome(view.outcome),
    }


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        "verdict": outcome.verdict.value,
        "reason": None if outcome.reason is None else outcome.reason.value,
        "entry": _place(outcome.place),
        "amount_minor": outcome.amount_minor,
        "currency": outcome.currency,
        "fund": outcome.fund,
        "at": outcome.at,
        "online": outcome.is_online,
        "declined": outcome.declined,
        "remaining_minor": outcome.remaining_minor,
        "annulled": _place(outcome.annulled),
        "words": None if outcome.reason is None else _words(outcome.reason),
    }


def _words(reason: Reason) -> dict[str, object]:
    told = words_for(reason)
    return {
        "holder": {"zh": told.holder_zh, "en": told.holder_en},
        "attendant": {"zh": told.attendant_zh, "en": told.attendant_en},
    }


def _place(place: Place | None) -> dict[str, object] | None:
    return None if place is None else place.members()
