"""The centre's word on events before they happen, by rules that an operator can add to."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module

from central.centre import Centre
from central.errors import Overloaded, Refused, SiteUnusable
from central.projectors.entry import DAY_S
from central.projectors.reports import ReportProjector
from central.records import Terminal, TerminalState
from central.site import Site
from central.store.approvals import Given
from central.store.sales import CardDay
from protocol.approval import (
    REASON,
    Approval,
    ApprovalMalformed,
    ApprovalRequest,
    Word,
    approval_octets,
    read_approval_request,
)
from protocol.problems import Problem, ProblemCode
from verifier.status import Status

# An operator's list of them is read at each question.
RULES_MAX = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What rules judge."""

    request: ApprovalRequest
    terminal: Terminal
    card_status: Status | None  # None: the card is not stopped, as far as the centre knows
    paid_minor: int  # by this card today, in this currency, with what is approved and yet to come


Rule = Callable[[Question], str | None]
"""Returns why an event is declined, in at most 32 of `a-z 0-9 -`; None: this rule has nothing
against it. Called in a thread that works with the database: it should take no time, reach for no
network, and raise nothing."""


def terminal_may_ask(question: Question) -> str | None:
    """Decline what a suspended terminal asks."""
    is_suspended = question.terminal.state is TerminalState.SUSPENDED
    return "terminal-suspended" if is_suspended else None


def card_is_valid(question: Question) -> str | None:
    """Decline what a stopped card would do, whatever the terminal's lists say of it."""
    match question.card_status:
        case None:
            return None
        case Status.SUSPENDED:
            return "card-suspended"
        case _:
            return "card-revoked"


def within_day_limit(limits: Mapping[str, int]) -> Rule:
    """Return the rule by which a card pays so much a day at most, by currency, in minor units."""

    def rule(question: Question) -> str | None:
        limit = limits.get(question.request.currency)
        would_be = question.paid_minor + question.request.amount_minor
        return "day-limit" if limit is not None and would_be > limit else None

    return rule


def approval_rules(site: Site) -> tuple[Rule, ...]:
    """Return the rules in force: our own, and those that `centre.toml` names.

        [approvals]
        day_limit_minor = { CNY = 50000 }
        rules = ["our_rules:no_sales_at_night"]

    Raises:
        SiteUnusable: the table is not in form, or a rule can't be had.
    """
    path = site.directory / "centre.toml"
    match tomllib.loads(path.read_text("utf-8")).get("approvals", {}):
        case {**table} if not table.keys() - {"day_limit_minor", "rules"}:
            limits, named = table.get("day_limit_minor", {}), table.get("rules", [])
        case _:
            raise SiteUnusable(f"{path}: approvals has day_limit_minor and rules alone")
    if not isinstance(limits, dict) or not all(_is_limit(limit) for limit in limits.values()):
        raise SiteUnusable(f"{path}: day_limit_minor names whole numbers, like {{ CNY = 50000 }}")
    if not isinstance(named, list) or len(named) > RULES_MAX:
        raise SiteUnusable(f"{path}: rules is a list of {RULES_MAX} at most")
    own = (terminal_may_ask, card_is_valid, within_day_limit(limits))
    return (*own, *(_named(str(name), where=str(path)) for name in named))


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _named(name: str, *, where: str) -> Rule:
    module, _, function = name.partition(":")
    try:
        rule: Rule = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise SiteUnusable(
            f"{where}: the rule {name!r} can't be had: {error}; write package.module:function"
        ) from error
    return rule


def answer_request(
    centre: Centre,
    sender: Terminal,
    body: bytes,
    rules: Sequence[Rule],
    *,
    is_late: Callable[[], bool] = bool,
) -> bytes:
    """Return the signed word on an event; the same again for the same key and question.

    Args:
        centre: site, database and clock.
        sender: whose signature was checked; whether it is suspended is a rule's to judge.
        body: the question, as it came.
        rules: are asked in turn.
        is_late: returns whether nobody waits for the answer any more.

    Raises:
        ApprovalMalformed: the question is out of form, or names the card as no sector here does.
        Refused: the key was used for another question; what cards paid is being summed up anew; it
            is too late for an answer, and none is given that would count against the card's day.
    """
    request, asked = read_approval_request(body), sha256(body).digest()
    with centre.store.transaction():
        now = centre.now()
        place = (request.sector, request.pseudonym, now // DAY_S, request.currency)
        centre.store.sales.lock_day(place)  # two questions of one card wait for each other
        given = centre.store.approvals.given(sender.terminal, request.key)
        if given is not None:
            return _given(asked, *given)
        _check_sector(centre, request)
        _check_sums(centre)
        reason = _first_reason(_question(centre, sender, request, place), rules)
        approval = Approval(
            terminal=sender.terminal,
            key=request.key,
            asked=asked,
            word=Word.APPROVE if reason is None else Word.DECLINE,
            reason=reason,
            date=now,
        )
        answer = approval_octets(approval, centre.site.keys.command)
        if is_late():
            raise Overloaded("nobody waits for this answer any more; ask again")
        centre.store.approvals.add(
            Given(
                terminal=sender.terminal,
                request_key=request.key,
                digest=asked,
                answer=answer,
                sector=request.sector,
                pseudonym=request.pseudonym,
                currency=request.currency,
                amount_minor=request.amount_minor,
                day=now // DAY_S,
                is_pending=reason is None,
            )
        )
    return answer


def _given(asked: bytes, before: bytes, answer: bytes) -> bytes:
    if before != asked:
        detail = "this key was used for another question: make one for each event"
        raise Refused(Problem(code=ProblemCode.KEY_USED, detail=detail))
    return answer


def _check_sector(centre: Centre, request: ApprovalRequest) -> None:
    """Take cards by the names alone by which they are stopped and their days are summed up."""
    if request.sector != centre.site.keys.sector.id:
        raise ApprovalMalformed("sector is not the one that this centre gives to terminals")


def _check_sums(centre: Centre) -> None:
    """Give no word while what was paid is not known: it would let a card pay once more."""
    if centre.store.projections.is_made_anew(ReportProjector.name):
        raise Overloaded("what cards paid is being summed up anew; decide by the offline rules")


def _question(
    centre: Centre, sender: Terminal, request: ApprovalRequest, place: CardDay
) -> Question:
    stopped = centre.store.approvals.stopped(request.sector, request.pseudonym)
    pending = centre.store.approvals.pending(*place)
    return Question(
        request=request,
        terminal=centre.store.terminals.get(sender.terminal) or sender,
        card_status=None if stopped is None else Status(stopped),
        paid_minor=centre.store.sales.day(place) + pending,
    )


def _first_reason(question: Question, rules: Sequence[Rule]) -> str | None:
    for rule in rules:
        reason = rule(question)
        if reason is not None:
            if REASON.fullmatch(reason) is None:
                raise ValueError(f"a rule gave {reason!r}, which is no reason's name")
            return reason
    return None
