"""From a lane's moment and standing to what its screen shows. Pure."""

from collections.abc import Iterator

from terminal.lanes.machine import LaneState
from terminal.presenting import Outcome
from terminal.screens.catalogue import (
    ViewWords,
    badge_words,
    few_words,
    granted_title,
    is_few,
    view_words,
)
from terminal.screens.moment import Moment, Standing
from terminal.screens.screen import NOTHING, Amount, Badge, BadgeKind, Bilingual, Screen, View
from terminal.wording.words import holder_words
from verifier.model import Freshness, Verdict
from verifier.profile import Direction, EntryType, Profile
from verifier.reasons import Reason

# An answer of a second is not read; one of ten keeps the next person waiting. The profile's own
# `show_ms` counts between the two, and the next code ends it at once.
SHOWN_MS_MIN, SHOWN_MS_MAX = 2_000, 5_000
# The centre is asked each half minute, and a cable is moved in less.
OFFLINE_S_MIN = 60
# Pages tell ages by the minute: told by the second, each would be sent and drawn each second.
AGE_STEP_S = 60

_R = Reason
# Codes that help whoever is asked about them, and nobody who made or copied a card: those have the
# same words and no code. A reason that is not listed is not told.
TOLD: frozenset[Reason] = frozenset(
    {
        *(_R.FORMAT_UNKNOWN, _R.PAYLOAD_LENGTH, _R.BASE45_MALFORMED, _R.CODE_IN_PARTS),
        *(_R.NOT_YET_VALID, _R.CREDENTIAL_EXPIRED, _R.TERMINAL_CLOCK_UNTRUSTED),
        *(_R.FORMAT_NOT_FOR_LANE, _R.PAYMENT_CODE, _R.E_HEALTH_CODE, _R.TRANSIT_CODE),
        *(_R.FOREIGN_CITY_CODE, _R.SEVERAL_CARDS, _R.CAPABILITY_MISSING, _R.TYPE_NOT_FOR_LANE),
        *(_R.BOUND_TO_ANOTHER_LANE, _R.CHALLENGE_UNANSWERED, _R.OUTSIDE_HOURS, _R.TAPPED_AGAIN),
        *(_R.ENTRY_UNKNOWN, _R.NOTHING_ASKED, _R.FLOOR_LIMIT, _R.CARD_COUNT_LIMIT),
        *(_R.CARD_SUM_LIMIT, _R.VELOCITY_LIMIT, _R.EXPOSURE_LIMIT, _R.DECLINED_ONLINE),
        _R.VALUE_STOPPED,
    }
)


def compose(moment: Moment, standing: Standing) -> Screen:
    """Return what the screen of a lane shows."""
    view = _view(moment, standing)
    words = _words(view, moment)
    outcome = moment.outcome if view in (View.GRANTED, View.REFUSED, View.HELP) else None
    return Screen(
        lane=moment.lane,
        view=view,
        title=words.title,
        text=words.text,
        few=words.few,
        code=_code(outcome),
        direction=_direction(moment.profile),
        shown_ms=_shown_ms(view, moment.profile),
        badges=tuple(_badges(moment, standing)),
        money=_money(view, moment),
        number=moment.number,
    )


def _view(moment: Moment, standing: Standing) -> View:  # noqa: PLR0911  # one case each
    match moment.state:
        case LaneState.IDLE:
            return View.IDLE if standing.is_open else View.CLOSED
        case LaneState.DECIDING:
            return View.READING
        case LaneState.OPEN | LaneState.AWAITING:
            return View.GRANTED
        case LaneState.REFERRED | LaneState.ATTENDING:
            return View.HELP
        case LaneState.SHOWING:
            return _view_of(moment.outcome)
        case LaneState.HELD_OPEN:
            return View.HELD_OPEN
        case LaneState.OUT_OF_SERVICE:
            return View.STARTING if standing.is_starting else View.OUT_OF_SERVICE


def _view_of(outcome: Outcome | None) -> View:
    """Return how an answer is shown that is not a passage; what came too late is a refusal."""
    if outcome is None:
        return View.REFUSED
    match outcome.verdict:
        case Verdict.GRANT:
            return View.GRANTED
        case Verdict.REFER:
            return View.HELP
        case Verdict.DENY:
            return View.REFUSED


def _words(view: View, moment: Moment) -> ViewWords:
    profile, outcome = moment.profile, moment.outcome
    match view:
        case View.IDLE:
            return _idle(moment)
        case View.GRANTED:
            return _granted(profile)
        case View.REFUSED if profile is None or profile.entry_type is EntryType.PASSAGE:
            return _answered(view_words("refused-passage"), outcome, profile)
        case View.REFUSED | View.HELP:
            return _answered(view_words(view.value), outcome, profile)
        case _:
            return view_words(view.value)


def _idle(moment: Moment) -> ViewWords:
    """Return what to do here, in the profile's words where it has any."""
    profile = moment.profile
    if profile is not None and profile.is_asked and not moment.is_asked:
        return view_words("waiting")
    words = view_words("idle")
    own = None if profile is None or profile.texts is None else profile.texts.idle
    if own is None:
        return words
    text = Bilingual(zh=own.zh, en=own.en)
    return ViewWords(title=words.title, text=text, few=words.few)


def _granted(profile: Profile | None) -> ViewWords:
    """Return what is said of a grant: large what it is, below it what the profile adds."""
    own = None if profile is None or profile.texts is None else profile.texts.granted
    text = NOTHING if own is None else Bilingual(zh=own.zh, en=own.en)
    few = text if is_few(text) else NOTHING  # the title says it
    return ViewWords(title=granted_title(profile), text=text, few=few)


def _answered(usual: ViewWords, outcome: Outcome | None, profile: Profile | None) -> ViewWords:
    """Return what whoever is not let through does next."""
    if outcome is None:
        return usual
    said = holder_words(outcome.verdict, outcome.reason, None if profile is None else profile.texts)
    few = few_words(outcome.reason or Reason.FORM_MALFORMED)
    return ViewWords(title=usual.title, text=Bilingual(zh=said.zh, en=said.en), few=few)


def _code(outcome: Outcome | None) -> str:
    reason = None if outcome is None else outcome.reason
    if reason is None or reason not in TOLD:
        return ""
    return reason.value


def _direction(profile: Profile | None) -> str:
    if profile is None or profile.direction is Direction.BOTH:
        return ""
    way: str = profile.direction.value
    return way


def _shown_ms(view: View, profile: Profile | None) -> int:
    if view not in (View.GRANTED, View.REFUSED, View.HELP):
        return 0
    if view is View.HELP or profile is None:
        return SHOWN_MS_MAX
    return min(max(profile.show_ms, SHOWN_MS_MIN), SHOWN_MS_MAX)


def _money(view: View, moment: Moment) -> Amount | None:
    """Return what is due before a code is shown, and what was paid after."""
    outcome = moment.outcome
    if view in (View.IDLE, View.READING):
        return moment.due
    if view is not View.GRANTED or outcome is None or outcome.amount_minor is None:
        return None
    return Amount(
        amount_minor=outcome.amount_minor,
        currency=outcome.currency,
        remaining_minor=outcome.remaining_minor,
    )


def _badges(moment: Moment, standing: Standing) -> Iterator[Badge]:
    """Yield what a lane does not hide, what matters most first."""
    profile = moment.profile
    if standing.is_value_stopped and profile is not None and profile.money is not None:
        yield Badge(kind=BadgeKind.NO_MONEY, text=badge_words("no-money"))
    if not standing.is_clock_trusted:
        yield Badge(kind=BadgeKind.CLOCK, text=badge_words("clock"))
    if standing.lists is not Freshness.FRESH:
        name = "expired" if standing.lists is Freshness.EXPIRED else "stale"
        yield Badge(
            kind=BadgeKind.STALE, text=badge_words(name), since_s=_age(standing.lists_age_s)
        )
    if standing.offline_s is not None and standing.offline_s >= OFFLINE_S_MIN:
        since_s = _age(standing.offline_s)
        yield Badge(kind=BadgeKind.OFFLINE, text=badge_words("offline"), since_s=since_s)
    if standing.down:
        name = "printer" if standing.down == ("printer",) else "degraded"
        yield Badge(kind=BadgeKind.DEGRADED, text=badge_words(name))


def _age(seconds: int) -> int:
    return seconds - seconds % AGE_STEP_S
